// What a larger batch buys: steps against examples, and the best learning rate.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { clamp, format } from "../numbers.js";
import { Panel } from "../panel.js";
import { DISC } from "../styles.js";

/**
 * Of each curve of the rate what is said of it, its colour among those of the theme, and its dash.
 * @type {[string, string, "text" | "accent", number[]][]}
 */
const RATES = [
  ["rate", "best", "accent", []],
  ["linear", "linear scaling", "text", [7, 4]],
  ["root", "root scaling", "text", [2, 3]],
];

/** The hyperbola: what both are more than their fewest, in inverse proportion. */
const FINE = Float64Array.from({ length: 121 }, (_, k) => 10 ** (k / 20 - 3));

/** @typedef {Record<string, Float64Array> & {steps_now: number, examples_now: number, rate_now: number}} Curves */

export class BatchSize extends Panel {
  static hint = "Drag the line to another batch size.";

  trade = new Chart("Steps over the fewest", "examples over the fewest", {
    height: 230,
    low: 190,
  });
  rate = new Chart("Best learning rate over the largest", "batch size B", { height: 170, low: 140 });

  charts() {
    const { max } = /** @type {{max: number}} */ (this.described.get("batch"));
    this.rate.listen({
      press: (x) => this.set({ batch: clamp(2 ** Math.round(Math.log2(Math.max(x, 1))), 1, max) }),
    });
    return [this.trade, this.rate];
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { batch, noise_scale }) {
    const { theme } = this;
    /** @type {number[]} */
    const sizes = this.data.sizes;
    this.trade.draw(theme, {
      x: [0.9, 300],
      y: [0.9, 300],
      logx: true,
      log: true,
      marks: [{ x: 1 }, { y: 1 }],
      curves: [
        {
          xs: FINE.map((value) => 1 + value),
          ys: FINE.map((value) => 1 + 1 / value),
          colour: theme.accent,
          width: 2.4,
        },
        { ys: [], label: "linear scaling", colour: theme.text }, // the room that the names below take
      ],
      dots: [{ xs: curves.examples, ys: curves.steps, colour: theme.muted, size: 3, alpha: 1, over: true }],
      stamps: [{ x: curves.examples_now, y: curves.steps_now, path: DISC, colour: theme.text }],
    });
    this.rate.draw(theme, {
      x: [sizes[0], sizes[sizes.length - 1]],
      y: [1e-3, 3],
      logx: true,
      log: true,
      marks: [
        { x: batch, colour: theme.text, dash: [], grip: true },
        { x: noise_scale, label: "noise scale", colour: theme.muted },
      ],
      curves: RATES.map(([name, label, role, dash]) => ({
        xs: sizes,
        ys: curves[name],
        label,
        colour: theme[role],
        dash,
      })),
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ steps_now, examples_now, rate_now }, { batch, noise_scale }) {
    const saved = 1 - (1 + noise_scale / (2 * batch)) / steps_now;
    const more = (1 + (2 * batch) / noise_scale) / examples_now - 1;
    const share = (/** @type {number} */ value) => `${format(100 * value, 2)} %`;
    return `With ${batch} records a batch: ${format(steps_now, 3)} times the fewest steps, ${format(examples_now, 3)} times the fewest examples, the best rate ${share(rate_now)} of the largest. Twice the batch would save ${share(saved)} of the steps and cost ${share(more)} more examples.`;
  }
}

add("batch_size", BatchSize);
