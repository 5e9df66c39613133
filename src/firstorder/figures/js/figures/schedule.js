// A learning-rate schedule, and what SGD makes of it in a noisy bowl.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { known } from "../known.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { SERIES } from "../styles.js";

/** Of each curve of loss what is said of it, and its place among the series. @type {[string, string, number][]} */
const LOSSES = [
  ["steep", "steep direction", 1],
  ["flat", "flat direction", 3],
  ["loss", "both", 7],
];

/** @typedef {Record<string, Float64Array>} Curves */

/** @type {(one: Float64Array, other: Float64Array) => Float64Array} */
const sum = (one, other) => one.map((value, k) => value + other[k]);

export class ScheduleFigure extends Panel {
  rate = new Chart("Learning rate η", "step t", { height: 130, low: 100, first: 1 });
  loss = new Chart("Expected loss", "step t", { height: 230, low: 190 });

  charts() {
    const charts = [this.rate, this.loss];
    for (const chart of charts) chart.listen({ hover: (x) => this.hover(x) });
    return charts;
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { lr, shape }) {
    const { theme } = this;
    const { steep, flat, rate } = curves;
    /** @type {[number, number]} */
    const x = [0, rate.length];
    const losses = /** @type {Curves} */ ({ steep, flat, loss: sum(steep, flat) });
    const still = sum(curves.steep_constant, curves.flat_constant);
    this.rate.draw(theme, {
      x,
      y: [0, 1.1 * lr],
      curves: [
        { ys: rate, colour: this.series(7), width: 2.4, named: true },
        { ys: [], colour: theme.text, label: "steep direction" }, // the room that the names below take
      ],
      cursor: this.hovered,
    });
    this.loss.draw(theme, {
      x,
      y: [1e-4, 10],
      log: true,
      curves: [
        ...LOSSES.map(([name, label, place]) => ({
          ys: losses[name],
          label,
          colour: this.series(place),
          dash: SERIES[place].dash,
        })),
        { ys: still, label: "constant", colour: theme.muted, dash: [4, 4], thin: true },
      ],
      cursor: this.hovered,
      note: `${this.last(losses.loss)}; constant ${this.last(still)}`,
    });
    known(this.controls, "decay").element.hidden = shape !== "wsd";
  }

  /** @param {Float64Array} row */
  last(row) {
    return format(row[row.length - 1], 2);
  }

  /** @param {Curves} curves */
  report({ steep, flat, rate, steep_constant, flat_constant }) {
    const ends = [sum(steep, flat), sum(steep_constant, flat_constant)].map((row) => this.last(row));
    return `After ${rate.length} steps the expected loss is ${ends[0]}: ${this.last(steep)} of the steep direction, ${this.last(flat)} of the flat one. At the largest rate from first to last it is ${ends[1]}.`;
  }
}

add("schedule", ScheduleFigure);
