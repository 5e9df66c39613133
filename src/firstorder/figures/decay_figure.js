// Weight decay against an L2 penalty: weights whose gradients cancel, so that only the decay moves them.

import { Chart, Panel } from "./panel.js";
import { format, front, h, SERIES } from "./parts.js";

const LOOKS = [1, 4, 7, 2]; // of the series, one for each size of the gradients

class DecayFigure extends Panel {
  static layout = "trio";

  charts() {
    this.plots = new Map(
      [...this.rules.values()].map(({ id, label }) => {
        const chart = new Chart(this.decoupled(id) ? label : `${label} + L2`, "step t", { height: 210 });
        chart.listen((x) => this.hover(x));
        return [id, chart];
      }),
    );
    const charts = [...this.plots.values()];
    for (const chart of charts) chart.legend.remove(); // one for all, above them
    return [{ element: h("div", { class: "fo-above" }, charts[0].legend) }, ...charts];
  }

  /** Whether the rule has a decay of its own; another gets it through its gradient. */
  decoupled(id) {
    return this.rules.get(id).hyperparameters.some(({ name }) => this.names.includes(name) && name !== "lr");
  }

  curves(values) {
    const { signs, scales } = this.data;
    const { pull } = this.mathematics.expressions;
    const found = {};
    for (const id of this.rules.keys()) {
      const penalty = this.decoupled(id) ? () => 0 : (p) => pull({ ...values, p });
      const gradient = (g, p, t) =>
        scales.forEach((scale, k) => (g[k] = scale * signs[t - 1] + penalty(p[k])));
      const kept = this.drive(id, { start: scales.map(() => 1), steps: signs.length, values, gradient });
      found[id] = Float64Array.from(kept.p.flatMap((p) => [...p]));
    }
    return found;
  }

  show(curves) {
    const { theme } = this;
    const { signs, scales } = this.data;
    const ends = Object.fromEntries(
      [...this.plots.keys()].map((id) => [id, curves[id].slice(-scales.length)]),
    );
    for (const [id, chart] of this.plots) {
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
            colour: this.colour(LOOKS[lane]),
            dash: SERIES[LOOKS[lane]].dash,
            width: 2,
          }))
          .reverse(),
        cursor: this.hovered === null ? null : 2 * Math.round(this.hovered / 2),
        note: ends[id].every((end) => Math.abs(end - ends[id][0]) < 0.01) ? "all alike" : "",
      });
    }
  }

  report(curves) {
    const { scales, signs } = this.data;
    const ends = [...this.plots.keys()].map((id) => {
      const name = this.rules.get(id).label + (this.decoupled(id) ? "" : " + L2");
      const left = [...curves[id].slice(-scales.length)].map((value) => format(value, 2));
      return `${name} ${new Set(left).size === 1 ? left[0] : left.join(", ")}`;
    });
    return `Left of a weight of 1 after ${signs.length} steps, smallest gradients first: ${ends.join("; ")}.`;
  }
}

export default front(DecayFigure);
