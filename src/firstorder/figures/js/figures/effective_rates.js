// The effective rates of AdaGrad and RMSProp along gradients whose scale changes at a step.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";

/** @typedef {{gradients: Float64Array} & Record<string, Float64Array>} Curves the gradients, and the rate of each rule */

export class EffectiveRates extends Panel {
  static hint = "Drag the line to another step.";

  stream = new Chart("Gradients", "step t", { height: 130, low: 100, first: 1 });
  rates = new Chart("Effective learning rate", "step t", { height: 230, low: 190, first: 1 });

  charts() {
    this.stream.listen({ press: (x) => this.set({ change: Math.max(1, Math.round(x)) }) });
    this.rates.listen({ hover: (x) => this.hover(x === null ? null : Math.max(1, x)) });
    return [this.stream, this.rates];
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show({ gradients, ...rates }, { change, factor }) {
    const { theme } = this;
    /** @type {[number, number]} */
    const x = [0, gradients.length + 1];
    this.stream.draw(theme, {
      x,
      y: extent(gradients, [-1, 1]),
      bars: [{ ys: gradients, colour: theme.muted, alpha: 0.8 }],
      marks: [
        { x: change, colour: theme.text, dash: [], width: 2, grip: true, label: `× ${format(factor)}` },
      ],
      curves: this.ruled.map(({ label, id }) => ({ ys: [], label, colour: this.colour(id) })),
    });
    // The first steps divide by hardly anything: they leave the frame rather than flattening the rest.
    const [low, high] = extent(...Object.values(rates).map((ys) => ys.slice(10).map(Math.log10)));
    this.rates.draw(theme, {
      x,
      y: [10 ** Math.min(low, high - 1), 10 ** high],
      log: true,
      marks: [{ x: change, colour: theme.text, dash: [], width: 1 }],
      curves: this.ruled.map(({ id, label }) => ({
        ys: rates[id],
        label,
        ...this.look(id),
        width: 2.4,
      })),
      cursor: this.hovered,
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report(curves, { change }) {
    const said = this.ruled.map(({ id, label }) => {
      const [before, end] = [curves[id][Math.max(0, change - 2)], curves[id].at(-1) ?? 0];
      return `${label} ${format(before, 2)} before, ${format(end, 2)} at the end`;
    });
    return `Effective rate: ${said.join("; ")}.`;
  }
}

add("effective_rates", EffectiveRates);
