// A weight in 16 bits under steps of one size: which of them are lost.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";
import { SERIES } from "../styles.js";

/** Of each curve what is said of it, and its place among the series. @type {Record<string, [string, number]>} */
const WEIGHTS = {
  exact: ["float32", 0],
  copy: ["float32 copy", 4],
  random: ["at random", 7],
  nearest: ["to nearest", 8],
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
    /** @type {[number, number]} */
    const x = [0, curves.exact.length - 1];
    this.weight.draw(theme, {
      x,
      y: extent(...Object.keys(WEIGHTS).map((name) => curves[name])),
      curves: Object.entries(WEIGHTS).map(([name, [label, place]]) => ({
        ys: curves[name],
        label,
        colour: this.series(place),
        dash: SERIES[place].dash,
      })),
      cursor: this.hovered,
    });
    this.spacing.draw(theme, {
      x,
      y: [1e-5, 0.1],
      log: true,
      marks: [{ y: lr, label: `η = ${format(lr)}`, colour: theme.text, dash: [], left: true }],
      curves: [{ ys: curves.half, label: "half a spacing", colour: this.series(8), width: 2.4 }],
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
