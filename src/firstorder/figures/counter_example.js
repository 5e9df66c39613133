// The counter-example of Reddi et al.: where three rules go, and their regret.

import { Chart, extent, lane, Panel } from "./panel.js";
import { clamp, format, front } from "./parts.js";

class CounterExample extends Panel {
  charts() {
    this.path = new Chart("Point x", "step t", { height: 230 });
    this.regret = new Chart("Mean regret", "step t", { height: 150, first: 1 });
    for (const chart of [this.path, this.regret]) chart.listen((x) => this.hover(x));
    return [this.path, this.regret];
  }

  curves({ C, decaying, lr, ...values }) {
    const { large } = this.data;
    const losses = this.mathematics.expressions;
    const slope = (t) => losses[large[t - 1] ? "large_slope" : "small_slope"]({ C });
    const loss = (t, x) => losses[large[t - 1] ? "large" : "small"]({ C, x });
    const found = {};
    for (const id of this.rules.keys()) {
      const kept = this.drive(id, {
        start: [0],
        steps: large.length,
        values: (t) => ({ ...values, lr: decaying ? lr / Math.sqrt(t) : lr }),
        gradient: (g, p, t) => (g[0] = slope(t)),
        after: (p) => (p[0] = clamp(p[0], -1, 1)),
      });
      const x = lane(kept.p);
      let sum = 0;
      found[id] = x;
      found[`${id}_regret`] = x
        .slice(1)
        .map((_, k) => (sum += loss(k + 1, x[k]) - loss(k + 1, -1)) / (k + 1));
    }
    return found;
  }

  show(curves) {
    const { theme, hovered: cursor } = this;
    const steps = this.data.large.length;
    const rules = [...this.rules.values()];
    const drawn = (key) =>
      rules.map(({ id, label }, k) => ({
        ys: curves[key(id)],
        label,
        colour: this.colour(id),
        dash: [[2, 3], [], [9, 4]][k],
      }));
    this.path.draw(theme, {
      x: [0, steps],
      y: [-1.15, 1.15],
      marks: [
        { y: -1, label: "best point", dash: [2, 3] },
        { y: 1, label: "worst point", dash: [2, 3], left: true },
      ],
      curves: drawn((id) => id),
      cursor,
    });
    // After whole rounds of slopes: within one the regret leaps.
    const rounds = (ys) => ys.filter((_, k) => k % this.data.period === this.data.period - 1);
    const regrets = drawn((id) => `${id}_regret`).map((curve) => ({
      ...curve,
      ys: rounds(curve.ys),
      xs: rounds(curve.ys.map((_, k) => k + 1)),
    }));
    this.regret.draw(theme, {
      x: [0, steps],
      y: extent([0], ...regrets.map(({ ys }) => ys.slice(8))),
      marks: [{ y: 0, dash: [2, 3] }],
      curves: regrets,
      cursor,
    });
  }

  report(curves, { C }) {
    const ends = [...this.rules.values()].map(
      ({ id, label }) => `${label} at ${format(curves[id].at(-1), 2)}`,
    );
    const best = C > 2 ? "the best point is −1" : C < 2 ? "the best point is 1" : "every point is as good";
    return `After ${this.data.large.length} steps: ${ends.join(", ")}; ${best}.`;
  }
}

export default front(CounterExample);
