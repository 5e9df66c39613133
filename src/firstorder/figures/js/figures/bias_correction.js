// Adam's moments and steps along a stream of gradients, with and without bias correction.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format, mean } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";

const SHOWN = 100;

/** @typedef {Record<"m" | "v" | "m_hat" | "v_hat" | "step" | "step_uncorrected", Float64Array>} Curves */

/** @type {(title: string, height: number, low: number) => Chart} */
const chart = (title, height, low) => new Chart(title, "step t", { height, low, first: 1 });

export class BiasCorrection extends Panel {
  static layout = "pair-first";

  step = chart("Size of a step in units of η", 200, 112);
  moments = { m: chart("First moment", 170, 72), v: chart("Second moment", 170, 72) };

  charts() {
    const charts = [this.step, this.moments.m, this.moments.v];
    for (const chart of charts)
      chart.listen({ hover: (x) => this.hover(x === null ? null : Math.max(1, x)) });
    return charts;
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { stream }) {
    const { theme } = this;
    const [colour, plain] = [this.colour(this.ruled[0].id), theme.text]; // a colour of a method is of that alone
    /** @type {number[]} */
    const g = this.data[stream].slice(0, SHOWN);
    const short = (/** @type {keyof Curves} */ name) => curves[name].slice(0, SHOWN);
    /** @type {{x: [number, number], cursor: number | null}} */
    const rest = { x: [0, SHOWN + 1], cursor: this.hovered };
    const both = (
      /** @type {keyof Curves} */ corrected,
      /** @type {keyof Curves} */ plainly,
      /** @type {string[]} */ names,
      /** @type {string[]} */ symbols = [],
      /** @type {string[]} */ of = [],
    ) => [
      { ys: short(plainly), colour: plain, dash: [6, 4], label: names[1], symbol: symbols[1], of },
      { ys: short(corrected), colour, label: names[0], symbol: symbols[0], of, width: 2.6 },
    ];
    this.step.draw(theme, {
      ...rest,
      y: [0, 1.08 * Math.max(1, ...short("step"), ...short("step_uncorrected"))],
      marks: [{ y: 1, dash: [2, 3] }],
      curves: both("step", "step_uncorrected", ["corrected", "uncorrected"]),
    });
    const moment = (
      /** @type {"m" | "v"} */ name,
      /** @type {number[]} */ seen,
      /** @type {[string, string]} */ [corrected, dial],
    ) =>
      this.moments[name].draw(theme, {
        ...rest,
        y: extent([0], short(name), short(`${name}_hat`), seen),
        dots: [{ xs: g.map((_, k) => k + 1), ys: seen, colour: theme.muted, size: 1.5 }],
        marks: [{ y: mean(seen), dash: [2, 3] }],
        curves: both(`${name}_hat`, name, [`${name}̂`, name], [corrected, name], [dial]),
      });
    const rates = [...this.described.values()].filter(({ kind }) => kind === "number");
    moment("m", g, ["m_hat", rates[0].name]);
    moment(
      "v",
      g.map((value) => value ** 2),
      ["sqrt_v_hat", rates[1].name],
    );
  }

  /** @param {Curves} curves */
  report({ step, step_uncorrected: without }) {
    const most = without.reduce((best, size, k) => (size > without[best] ? k : best), 0);
    return `First step in units of η: ${format(step[0])} corrected, ${format(without[0])} uncorrected. The largest uncorrected step is ${format(without[most])}, at step ${most + 1}.`;
  }
}

add("bias_correction", BiasCorrection);
