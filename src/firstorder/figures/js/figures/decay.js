// Weight decay against an L2 penalty: weights whose gradients cancel, so that only the decay moves them.

import { Chart } from "../chart.js";
import { h } from "../dom.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { SERIES } from "../styles.js";

const LOOKS = [1, 3, 7, 2]; // whose dashes; the colours are those of methods

/** @typedef {Record<string, Float64Array>} Curves for each rule its weights, in one row */

export class DecayFigure extends Panel {
  static layout = "trio";

  plots = new Map(
    this.ruled.map(({ id }) => [id, new Chart(this.name(id), "step t", { height: 210, low: 84 })]),
  );

  charts() {
    const charts = [...this.plots.values()];
    for (const chart of charts) {
      chart.listen({ hover: (x) => this.hover(x) });
      chart.legend.remove(); // one for all, above them
    }
    return [{ element: h("div", { class: "fo-above" }, charts[0].legend) }, ...charts];
  }

  /**
   * A rule that has no decay of its own gets it through its gradient.
   * @param {string} id
   */
  name(id) {
    const rule = this.rules.get(id);
    const own = rule?.hyperparameters.some(({ name }) => this.names.includes(name) && name !== "lr");
    return `${rule?.label}${own ? "" : " + L2"}`;
  }

  /** @param {Curves} curves */
  show(curves) {
    const { theme } = this;
    /** @type {{signs: number[], scales: number[]}} */
    const { signs, scales } = /** @type {any} */ (this.data);
    for (const [id, chart] of this.plots) {
      const ends = curves[id].slice(-scales.length);
      chart.draw(theme, {
        x: [0, signs.length],
        y: [-0.2, 1.2],
        marks: [{ y: 0, dash: [] }],
        curves: scales
          .map((scale, lane) => ({
            // After every second step, when the two gradients have cancelled.
            xs: signs.flatMap((_, k) => (k % 2 ? [] : [k])).concat(signs.length),
            ys: curves[id].filter((_, k) => k % (2 * scales.length) === lane),
            label: `gradients ±${format(scale)}`,
            colour: theme.text,
            dash: SERIES[LOOKS[lane]].dash,
            width: 2,
            of: this.dials(id),
          }))
          .reverse(),
        cursor: this.hovered === null ? null : 2 * Math.round(this.hovered / 2),
        note: ends.every((end) => Math.abs(end - ends[0]) < 0.01) ? "all alike" : "",
      });
    }
  }

  /** @param {Curves} curves */
  report(curves) {
    const { scales, signs } = this.data;
    const ends = [...this.plots.keys()].map((id) => {
      const left = [...curves[id].slice(-scales.length)].map((value) => format(value, 2));
      return `${this.name(id)} ${new Set(left).size === 1 ? left[0] : left.join(", ")}`;
    });
    return `Left of a weight of 1 after ${signs.length} steps, smallest gradients first: ${ends.join("; ")}.`;
  }
}

add("decay", DecayFigure);
