// Exponential smoothing: a signal, its moving average, and the weights of the past.

import { extent, Chart, lane, Panel } from "./panel.js";
import { format, front } from "./parts.js";

class Smoothing extends Panel {
  charts() {
    this.signal = new Chart("Signal and moving average", "step t", { height: 250, first: 1 });
    this.weights = new Chart("Weight of each past value", "step", { height: 150, first: 1 });
    for (const chart of [this.signal, this.weights])
      chart.listen((x) => this.set({ step: Math.max(1, Math.round(x)) }), true);
    return [this.signal, this.weights];
  }

  curves({ rule, decay, step, bias_correction }) {
    const { signal, averages } = this.data;
    const { window, total } = this.mathematics.expressions;
    const [name, decays, biased] = averages[rule];
    const values = Object.fromEntries(decays.map((name) => [name, decay]));
    const run = (lanes, steps, gradient) =>
      this.drive(rule, { start: new Float64Array(lanes), steps, values, gradient })[name];
    let average = lane(run(1, signal.length, (g, p, t) => (g[0] = signal[t - 1]))).slice(1);
    // The average is linear: the weight of a value is what the rule makes of that value if it is 1 and the others 0.
    let weights = run(step, step, (g, p, t) => (g.fill(0)[t - 1] = 1))[step];
    if (biased && bias_correction) {
      average = average.map((value, k) => value / total({ decay, t: k + 1 }));
      weights = weights.map((value) => value / total({ decay, t: step }));
    }
    return { average, weights, window: window({ decay }) };
  }

  show({ average, weights, window }, { rule, step, bias_correction }) {
    const { theme } = this;
    const { signal, truth } = this.data;
    const x = [0, signal.length + 1];
    const steps = Float64Array.from(signal, (_, k) => k + 1);
    const accent = this.colour(rule);
    const [name, , biased] = this.data.averages[rule];
    const bands = [{ from: Math.max(0.5, step + 0.5 - window), to: step + 0.5, colour: accent }];
    const marks = [{ x: step, colour: theme.text, dash: [] }];
    this.signal.draw(theme, {
      x,
      y: extent(signal, [0]),
      bands,
      marks: [...marks, { y: 0, dash: [] }],
      dots: [{ xs: steps, ys: signal, colour: theme.muted, size: 2 }],
      curves: [
        { ys: truth, colour: theme.muted, dash: [5, 4], thin: true, label: "true mean" },
        { ys: average, colour: accent, width: 2.6, label: biased && bias_correction ? `${name}̂` : name },
      ],
      note: `step ${step}`,
    });
    this.weights.draw(theme, {
      x,
      y: [0, 1.12 * Math.max(...weights)],
      bands,
      marks,
      bars: [{ ys: weights, colour: accent, alpha: 0.9 }],
      curves: [{ ys: [], label: "true mean" }], // the room that the names above take
      note: `window 1/(1 − β) = ${format(window)} steps`,
    });
    this.controls.get("bias_correction").element.hidden = !biased;
  }

  report({ average, weights, window }, { step }) {
    const within = weights.slice(Math.max(0, Math.round(step - window))).reduce((a, b) => a + b, 0);
    const sum = weights.reduce((a, b) => a + b, 0);
    return `At step ${step} the average is ${format(average[step - 1])}, the true mean ${format(this.data.truth[step - 1])}. The weights sum to ${format(sum)}; the last ${format(window)} steps hold ${format((100 * within) / sum, 2)} % of that.`;
  }
}

export default front(Smoothing);
