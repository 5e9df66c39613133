// A learning-rate schedule, and what SGD makes of it in a noisy bowl.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { known } from "../known.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";

/**
 * Of each curve of loss what is said of it, its colour among those of the theme, and its dash.
 * @type {[string, string, "text" | "accent", number[]][]}
 */
const LOSSES = [
  ["steep", "steep direction", "accent", [7, 4]],
  ["flat", "flat direction", "accent", [2, 3]],
  ["loss", "both", "text", []],
];

/** @typedef {Record<string, Float64Array>} Curves */

/** @type {(one: Float64Array, other: Float64Array) => Float64Array} */
const sum = (one, other) => one.map((value, k) => value + other[k]);

export class ScheduleFigure extends Panel {
  rate = new Chart("Learning rate η", "step t", { height: 110, low: 78, first: 1 });
  loss = new Chart("Expected loss", "step t", { height: 190, low: 140 });

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
        { ys: rate, colour: theme.text, width: 2.4, named: true },
        { ys: [], colour: theme.text, label: "steep direction" }, // the room that the names below take
      ],
      cursor: this.hovered,
    });
    this.loss.draw(theme, {
      x,
      y: [1e-4, 10],
      log: true,
      curves: [
        ...LOSSES.map(([name, label, role, dash]) => ({
          ys: losses[name],
          label,
          colour: theme[role],
          dash,
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
