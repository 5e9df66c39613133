// Rules that estimate how far they have to go.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";

/** @typedef {Record<string, Float64Array>} Curves */

export class GrowingD extends Panel {
  estimate = new Chart("Estimate d", "step t", { height: 210, low: 160 });
  way = new Chart("θ over D: the minimum is at 1", "step t", { height: 140, low: 100 });

  charts() {
    const charts = [this.estimate, this.way];
    for (const chart of charts) chart.listen({ hover: (x) => this.hover(x) });
    return charts;
  }

  /**
   * @param {Curves} curves
   * @param {string} of which of a rule's two curves
   */
  lines(curves, of) {
    return this.ruled.map(({ id, label }) => ({ ...this.look(id), ys: curves[id + of], label }));
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { distance }) {
    const { theme, hovered: cursor } = this;
    /** @type {[number, number]} */
    const x = [0, this.data.steps];
    this.estimate.draw(theme, {
      x,
      y: [1e-8, 1e4],
      log: true,
      marks: [{ y: distance, label: "D", colour: theme.text, left: true }],
      curves: this.lines(curves, ""),
      cursor,
    });
    this.way.draw(theme, {
      x,
      y: [-3, 8],
      marks: [{ y: 1, colour: theme.text }],
      curves: this.lines(curves, "_way"),
      cursor,
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report(curves, { distance }) {
    const said = this.ruled.map(({ id, label }) => {
      const d = curves[id];
      const last = d[d.length - 1];
      return `${label} ${format(last / distance, 2)} D, half of it after ${d.findIndex((value) => value >= last / 2)} steps`;
    });
    return `The last estimates: ${said.join("; ")}.`;
  }
}

add("growing_d", GrowingD);
