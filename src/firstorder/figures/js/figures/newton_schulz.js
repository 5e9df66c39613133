// What Newton–Schulz steps do to singular values.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { clamp, format } from "../numbers.js";
import { Panel } from "../panel.js";

/** @typedef {{sizes: Float64Array, values: Float64Array}} Curves after 0, 1, … steps, in one row */

export class NewtonSchulz extends Panel {
  static hint = "Drag the line in the first plot to the smallest singular value, in the second to a step.";

  sizes = new Chart("Size after k steps, by the size before", "singular value before", {
    height: 230,
    low: 190,
  });
  values = new Chart("Twelve singular values, step by step", "step k", { height: 150, low: 130 });

  charts() {
    const { min, max } = /** @type {{min: number, max: number}} */ (this.described.get("least"));
    this.sizes.listen({ press: (x) => this.set({ least: Number(clamp(x, min, max).toPrecision(3)) }) });
    this.values.listen({ press: (x) => this.set({ steps: Math.round(x) }) });
    return [this.sizes, this.values];
  }

  /**
   * What a row has after k steps.
   * @param {Float64Array} row
   * @param {number} k
   */
  after(row, k) {
    const width = row.length / (this.data.most + 1);
    return row.subarray(k * width, (k + 1) * width);
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { steps, least }) {
    const { theme } = this;
    const { most, count } = this.data;
    const sizes = this.after(curves.sizes, 0);
    const colour = theme.accent;
    const label = `${steps} steps`;
    const one = { y: 1, dash: [] };
    this.sizes.draw(theme, {
      x: [sizes[0], 1],
      y: [0, 1.3],
      logx: true,
      marks: [one, { x: least, colour: theme.text, dash: [], grip: true }],
      curves: [
        ...Array.from({ length: steps }, (_, k) => ({
          xs: sizes,
          ys: this.after(curves.sizes, k),
          colour: theme.muted,
          thin: true,
        })),
        { xs: sizes, ys: this.after(curves.sizes, steps), colour, label, width: 2.6 },
      ],
      dots: [
        {
          xs: this.after(curves.values, 0),
          ys: this.after(curves.values, steps),
          colour: theme.text,
          size: 3,
          alpha: 1,
          over: true,
        },
      ],
    });
    this.values.draw(theme, {
      x: [0, most],
      y: [0, 1.3],
      marks: [one, { x: steps, colour: theme.text, dash: [], grip: true }],
      curves: [
        ...Array.from({ length: count }, (_, lane) => ({
          ys: curves.values.filter((_, k) => k % count === lane),
          colour,
          width: 1.4,
        })),
        { ys: [], label, colour }, // the room that the name above takes
      ],
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ values }, { steps, least }) {
    const now = [...this.after(values, steps)];
    const [low, high] = [Math.min(...now), Math.max(...now)];
    return `After ${steps} steps the singular values, at first from ${format(least)} to 1, lie between ${format(low, 3)} and ${format(high, 3)}: the largest is ${format(high / low, 3)} times the smallest, and was ${format(1 / least, 3)} times.`;
  }
}

add("newton_schulz", NewtonSchulz);
