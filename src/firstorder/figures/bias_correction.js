// Adam's moments and steps along a stream of gradients, with and without bias correction.

import { Chart, extent, lane, Panel } from "./panel.js";
import { format, front } from "./parts.js";

const SHOWN = 100;

class BiasCorrection extends Panel {
  static layout = "pair-first";

  get id() {
    return [...this.rules.keys()][0];
  }

  charts() {
    const chart = (title, height) => new Chart(title, "step t", { height, first: 1 });
    this.step = chart("Size of a step in units of η", 200);
    this.first = chart("First moment", 170);
    this.second = chart("Second moment", 170);
    const charts = [this.step, this.first, this.second];
    for (const chart of charts) chart.listen((x) => this.hover(x === null ? null : Math.max(1, x)));
    return charts;
  }

  curves({ stream, ...values }) {
    const gradients = this.data.streams[stream];
    const { m: first, v: second } = this.mathematics.expressions;
    const run = (corrected) =>
      this.drive(this.id, {
        start: [0],
        steps: gradients.length,
        values: { ...values, lr: 1 },
        gradient: (g, p, t) => (g[0] = gradients[t - 1]),
        corrected,
        anew: true,
      });
    const kept = run(true);
    const [m, v] = [lane(kept.m).slice(1), lane(kept.v).slice(1)];
    return {
      m,
      v,
      m_hat: m.map((value, k) => value / first({ ...values, t: k + 1 })),
      v_hat: v.map((value, k) => value / second({ ...values, t: k + 1 })),
      step: lane(kept.p).slice(1).map(Math.abs),
      step_uncorrected: lane(run(false).p).slice(1).map(Math.abs),
    };
  }

  show(curves, { stream }) {
    const { theme } = this;
    const short = Object.fromEntries(Object.entries(curves).map(([name, ys]) => [name, ys.slice(0, SHOWN)]));
    const g = this.data.streams[stream].slice(0, SHOWN);
    const [colour, plain] = [this.colour(this.id), this.colour(1)];
    const steps = g.map((_, k) => k + 1);
    const rest = { x: [0, SHOWN + 1], cursor: this.hovered };
    const both = (with_, without, label, other) => [
      { ys: without, colour: plain, dash: [6, 4], label: other },
      { ys: with_, colour, label, width: 2.6 },
    ];
    const moment = (chart, name, seen, expected) =>
      chart.draw(theme, {
        ...rest,
        y: extent([0], short[name], short[`${name}_hat`], seen),
        dots: [{ xs: steps, ys: seen, colour: theme.muted, size: 1.5 }],
        marks: [{ y: expected, dash: [2, 3] }],
        curves: both(short[`${name}_hat`], short[name], `${name}̂`, name),
      });
    const squares = g.map((value) => value ** 2);
    const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
    this.step.draw(theme, {
      ...rest,
      y: [0, 1.08 * Math.max(1, ...short.step, ...short.step_uncorrected)],
      marks: [{ y: 1, dash: [2, 3] }],
      curves: both(short.step, short.step_uncorrected, "corrected", "uncorrected"),
    });
    moment(this.first, "m", g, mean(g));
    moment(this.second, "v", squares, mean(squares));
  }

  report({ step, step_uncorrected: without }) {
    const most = without.reduce((best, size, k) => (size > without[best] ? k : best), 0);
    return `First step in units of η: ${format(step[0])} corrected, ${format(without[0])} uncorrected. The largest uncorrected step is ${format(without[most])}, at step ${most + 1}.`;
  }
}

export default front(BiasCorrection);
