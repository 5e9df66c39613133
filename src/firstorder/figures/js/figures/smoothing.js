// Exponential smoothing: a signal, its moving average, and the weights of the past.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { known } from "../known.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";

/** @typedef {{average: Float64Array, weights: Float64Array, window: number}} Curves */

export class Smoothing extends Panel {
  static hint = "Drag the line to another step.";

  signal = new Chart("Signal and moving average", "step t", { height: 250, low: 190, first: 1 });
  weights = new Chart("Weight of each past value", "step", { height: 150, low: 110, first: 1 });

  charts() {
    const charts = [this.signal, this.weights];
    for (const chart of charts)
      chart.listen({ press: (x) => this.set({ step: Math.max(1, Math.round(x)) }) });
    return charts;
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show({ average, weights, window }, { rule, step, bias_correction }) {
    const { theme } = this;
    /** @type {{signal: number[], truth: number[]}} */
    const { signal, truth } = /** @type {any} */ (this.data);
    const accent = this.colour(rule);
    const [name, biased] = this.data.averages[rule];
    const bands = [{ from: Math.max(0.5, step + 0.5 - window), to: step + 0.5, colour: accent }];
    const marks = [{ x: step, colour: theme.text, dash: [], grip: true }];
    /** @type {[number, number]} */
    const x = [0, signal.length + 1];
    this.signal.draw(theme, {
      x,
      y: extent(signal, [0]),
      bands,
      marks: [...marks, { y: 0, dash: [] }],
      dots: [{ xs: signal.map((_, k) => k + 1), ys: signal, colour: theme.muted, size: 2 }],
      curves: [
        { ys: truth, colour: theme.muted, dash: [5, 4], thin: true, label: "true mean" },
        {
          ys: average,
          colour: accent,
          width: 2.6,
          label: biased && bias_correction ? `${name}̂` : name,
          symbol: name,
        },
      ],
      note: `step ${step}`,
    });
    this.weights.draw(theme, {
      x,
      y: [0, 1.12 * Math.max(...weights)],
      bands,
      marks,
      bars: [{ ys: weights, colour: accent, alpha: 0.9 }],
      curves: [{ ys: [], label: "true mean", colour: accent }], // the room that the names above take
      note: `window 1/(1 − β) = ${format(window)} steps`,
    });
    known(this.controls, "bias_correction").element.hidden = !biased;
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ average, weights, window }, { step }) {
    const total = (/** @type {Float64Array} */ values) => values.reduce((a, b) => a + b, 0);
    const sum = total(weights);
    const share = total(weights.slice(Math.max(0, Math.round(step - window)))) / sum;
    return `At step ${step} the average is ${format(average[step - 1])}, the true mean ${format(this.data.truth[step - 1])}. The weights sum to ${format(sum)}; the last ${format(window)} steps hold ${format(100 * share, 2)} % of that.`;
  }
}

add("smoothing", Smoothing);
