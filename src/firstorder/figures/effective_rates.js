// The effective rates of AdaGrad and RMSProp along gradients whose scale changes at a step.

import { Chart, extent, lane, Panel } from "./panel.js";
import { format, front } from "./parts.js";

class EffectiveRates extends Panel {
  charts() {
    this.stream = new Chart("Gradients", "step t", { height: 130, first: 1 });
    this.rates = new Chart("Effective learning rate", "step t", { height: 230, first: 1 });
    this.stream.listen((x) => this.set({ change: Math.max(1, Math.round(x)) }), true);
    this.rates.listen((x) => this.hover(x === null ? null : Math.max(1, x)));
    return [this.stream, this.rates];
  }

  curves({ change, factor, ...values }) {
    const { noise } = this.data;
    const gradients = Float64Array.from(noise, (value, k) => value * (k + 1 < change ? 1 : factor));
    const found = { gradients };
    for (const [id, rule] of this.rules) {
      const usual = Object.fromEntries(rule.hyperparameters.map((h) => [h.name, h.default]));
      const gradient = (g, p, t) => (g[0] = gradients[t - 1]);
      const kept = this.drive(id, { start: [0], steps: noise.length, values, gradient });
      const rate = this.mathematics.expressions[id];
      found[id] = lane(kept[rule.state[0].name])
        .slice(1)
        .map((v) => rate({ ...usual, ...values, v }));
    }
    return found;
  }

  show({ gradients, ...rates }, { change, factor }) {
    const { theme } = this;
    const x = [0, gradients.length + 1];
    const rules = [...this.rules.values()];
    const room = rules.map(({ label, id }) => ({ ys: [], label, colour: this.colour(id) }));
    this.stream.draw(theme, {
      x,
      y: extent(gradients, [-1, 1]),
      bars: [{ ys: gradients, colour: theme.muted, alpha: 0.8 }],
      marks: [{ x: change, colour: theme.text, dash: [], width: 2, label: `× ${format(factor)}` }],
      curves: room,
      note: "drag the line",
    });
    // The first steps divide by hardly anything: they leave the frame rather than flattening the rest.
    const late = Object.values(rates).map((ys) => ys.slice(10).map(Math.log10));
    const [low, high] = extent(...late);
    this.rates.draw(theme, {
      x,
      y: [10 ** Math.min(low, high - 1), 10 ** high],
      log: true,
      marks: [{ x: change, colour: theme.text, dash: [], width: 1 }],
      curves: rules.map(({ id, label }) => ({ ys: rates[id], label, colour: this.colour(id), width: 2.4 })),
      cursor: this.hovered,
    });
  }

  report({ gradients, ...rates }, { change }) {
    const said = [...this.rules.values()].map(({ id, label }) => {
      const [before, end] = [rates[id][Math.max(0, change - 2)], rates[id].at(-1)];
      return `${label} ${format(before, 2)} before, ${format(end, 2)} at the end`;
    });
    return `Effective rate: ${said.join("; ")}.`;
  }
}

export default front(EffectiveRates);
