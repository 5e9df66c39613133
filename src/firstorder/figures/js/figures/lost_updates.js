// A weight in 16 bits under steps of one size: which of them are lost.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";

/**
 * Of each curve what is said of it, and its colour among those of the theme, or the rule's.
 * @type {Record<string, [string, "text" | "muted" | "accent" | "", number[]]>}
 */
const WEIGHTS = {
  exact: ["float32", "text", []],
  copy: ["float32 copy", "muted", [7, 4]],
  random: ["at random", "accent", [2, 3]],
  nearest: ["to nearest", "", []],
};

/** @typedef {Record<string, Float64Array>} Curves */

export class LostUpdates extends Panel {
  weight = new Chart("The weight, by how it is rounded", "step t", { height: 230, low: 190 });
  spacing = new Chart("Half a spacing around “to nearest”", "step t", {
    height: 130,
    low: 100,
  });

  charts() {
    const charts = [this.weight, this.spacing];
    for (const chart of charts) chart.listen({ hover: (x) => this.hover(x) });
    return charts;
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { lr }) {
    const { theme } = this;
    const [{ id }] = this.ruled;
    const colour = this.colour(id);
    /** @type {[number, number]} */
    const x = [0, curves.exact.length - 1];
    this.weight.draw(theme, {
      x,
      y: extent(...Object.keys(WEIGHTS).map((name) => curves[name])),
      curves: Object.entries(WEIGHTS).map(([name, [label, role, dash]]) => ({
        ys: curves[name],
        label,
        colour: role ? theme[role] : colour,
        dash,
      })),
      cursor: this.hovered,
    });
    this.spacing.draw(theme, {
      x,
      y: [1e-5, 0.1],
      log: true,
      marks: [{ y: lr, label: `η = ${format(lr)}`, colour: theme.text, dash: [], left: true }],
      curves: [{ ys: curves.half, label: "half a spacing", colour, width: 2.4 }],
      cursor: this.hovered,
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ exact, nearest, random }, { number_format }) {
    const steps = exact.length - 1;
    const stood = nearest.findIndex((value, k) => k > 0 && value === nearest[k - 1]);
    const fate = stood < 0 ? "no step is lost" : `step ${stood} and all after it are lost`;
    const ends = [exact, nearest, random].map((row) => format(row[steps], 3));
    return `In ${number_format}, rounded to nearest, ${fate}. After ${steps} steps: float32 ${ends[0]}, to nearest ${ends[1]}, at random ${ends[2]}.`;
  }
}

add("lost_updates", LostUpdates);
