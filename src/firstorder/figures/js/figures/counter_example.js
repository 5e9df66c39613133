// The counter-example of Reddi et al.: where three rules go, and their regret.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";

/** @typedef {Record<string, Float64Array>} Curves for each rule its points and its regret */

export class CounterExample extends Panel {
  path = new Chart("Point x", "step t", { height: 230, low: 170 });
  regret = new Chart("Mean regret", "step t", { height: 150, low: 120, first: 1 });

  charts() {
    const charts = [this.path, this.regret];
    for (const chart of charts) chart.listen({ hover: (x) => this.hover(x) });
    return charts;
  }

  /** @param {Curves} curves */
  show(curves) {
    const { theme, hovered: cursor } = this;
    const { large, period } = this.data;
    const drawn = (/** @type {(id: string) => Float64Array} */ of) =>
      this.ruled.map(({ id, label }) => ({ ys: of(id), label, ...this.look(id) }));
    this.path.draw(theme, {
      x: [0, large.length],
      y: [-1.15, 1.15],
      marks: [
        { y: -1, label: "best point", dash: [2, 3] },
        { y: 1, label: "worst point", dash: [2, 3], left: true },
      ],
      curves: drawn((id) => curves[id]),
      cursor,
    });
    // After whole rounds of slopes: within one the regret leaps.
    const rounds = (/** @type {Float64Array} */ ys) => ys.filter((_, k) => k % period === period - 1);
    const regrets = drawn((id) => curves[`${id}_regret`]).map((curve) => ({
      ...curve,
      ys: rounds(curve.ys),
      xs: rounds(curve.ys.map((_, k) => k + 1)),
    }));
    this.regret.draw(theme, {
      x: [0, large.length],
      y: extent([0], ...regrets.map(({ ys }) => ys.slice(8))),
      marks: [{ y: 0, dash: [2, 3] }],
      curves: regrets,
      cursor,
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report(curves, { C }) {
    const ends = this.ruled.map(({ id, label }) => `${label} at ${format(curves[id].at(-1) ?? 0, 2)}`);
    const best = C > 2 ? "the best point is −1" : C < 2 ? "the best point is 1" : "every point is as good";
    return `After ${this.data.large.length} steps: ${ends.join(", ")}; ${best}.`;
  }
}

add("counter_example", CounterExample);
