// Mini-batches on least squares: the path, the loss by passes, and the variance of the gradient by batch size.

import { Chart, extent, Panel } from "./panel.js";
import { format, front, paintContours, shape, stamp, STAR, stroke, survey } from "./parts.js";

const DOMAIN = [-2, 3, -3, 3];
const CELL = 4;

class MiniBatchNoise extends Panel {
  static layout = "beside";

  charts() {
    this.map = new Chart("Path of θ", "θ₁", { ylabel: "θ₂", height: 330, layers: 2 });
    this.loss = new Chart("Loss above the minimum", "passes over the records", { height: 130 });
    this.noise = new Chart("Gradient variance", "batch size B", { height: 130 });
    return [this.map, this.loss, this.noise];
  }

  /** The mean over `rows` of one of the record's expressions at θ. */
  mean(name, [p1, p2], rows) {
    const { a1, a2, y } = this.data;
    const of = this.mathematics.expressions[name];
    let sum = 0;
    for (const k of rows) sum += of({ a1: a1[k], a2: a2[k], y: y[k], p1, p2 });
    return sum / rows.length;
  }

  curves({ batch, ...values }) {
    const { orders, start, minimum, y } = this.data;
    const all = y.map((_, k) => k);
    const cut = (size) =>
      orders.flatMap((order) =>
        all.slice(0, y.length / size).map((k) => order.slice(k * size, (k + 1) * size)),
      );
    const batches = cut(batch);
    const slope = (p, rows) => [this.mean("slope1", p, rows), this.mean("slope2", p, rows)];
    const gradient = (g, p, t) => g.set(slope(p, batches[t - 1]));
    const points = this.drive("sgd", { start, steps: batches.length, gradient, values }).p;
    this.measured ??= this.measure(cut, slope, minimum, all);
    return {
      path: Float64Array.from(points.flatMap((p) => [...p])),
      loss: Float64Array.from(points, (p) => this.mean("loss", p, all)),
      ...this.measured,
    };
  }

  /** The variance at the minimum, of the mini-batches at hand and as it was derived: the same for every state. */
  measure(cut, slope, minimum, all) {
    const whole = slope(minimum, all);
    const apart = (rows) => slope(minimum, rows).reduce((sum, s, k) => sum + (s - whole[k]) ** 2, 0);
    const mean = (values) => values.reduce((a, b) => a + b, 0) / values.length;
    const sizes = Array.from({ length: Math.log2(all.length) + 1 }, (_, k) => 2 ** k);
    const spread = mean(all.map((k) => apart([k])));
    const { variance } = this.mathematics.expressions;
    return {
      measured: sizes.map((size) => mean(cut(size).map(apart))),
      derived: sizes.map((B) => variance({ B, n: all.length, spread })),
    };
  }

  paint() {
    const { plot } = this.map;
    if (!plot.fit(0) && this.painted === this.theme) return;
    this.painted = this.theme;
    const all = this.data.y.map((_, k) => k);
    const value = (x, y) => this.mean("loss", [x, y], all);
    const [columns, rows] = [plot.width, plot.height].map((size) => Math.ceil(size / CELL) + 1);
    this.field = survey({ value }, {}, DOMAIN, columns, rows);
    paintContours(plot.canvases[0], this.field, this.theme);
  }

  show({ path, loss, measured, derived }, { batch }) {
    const { theme } = this;
    const { minimum, orders, y } = this.data;
    const colour = this.colour(7);
    const [x0, x1, y0, y1] = DOMAIN;
    const context = this.map.draw(theme, { x: [x0, x1], y: [y0, y1] });
    const { plot } = this.map;
    this.paint();
    const xs = Float64Array.from(loss, (_, k) => this.map.x(path[2 * k]));
    const ys = Float64Array.from(loss, (_, k) => this.map.y(path[2 * k + 1]));
    stroke(context, plot.line(xs, ys, 0, xs.length - 1), { colour: theme.surface, width: 4, alpha: 0.6 });
    stroke(context, plot.line(xs, ys, 0, xs.length - 1), { colour, width: xs.length > 400 ? 0.8 : 1.6 });
    stamp(context, shape(STAR), this.map.x(minimum[0]), this.map.y(minimum[1]), theme.text, theme.surface);
    stamp(context, shape("M-4.5-4.5h9v9h-9z"), xs[0], ys[0], theme.text, theme.surface);
    const last = xs.length - 1;
    if (plot.inside(xs[last], ys[last]))
      stamp(
        context,
        shape("M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"),
        xs[last],
        ys[last],
        colour,
        theme.surface,
      );

    const least = this.mean(
      "loss",
      minimum,
      y.map((_, k) => k),
    );
    this.loss.draw(theme, {
      x: [0, orders.length],
      y: [1e-6, 10],
      log: true,
      curves: [
        {
          xs: loss.map((_, k) => (k * batch) / y.length),
          ys: loss.map((f) => f - least),
          colour,
          width: 1.6,
        },
      ],
    });
    const sizes = derived.map((_, k) => 2 ** k);
    const finite = sizes.length - 1; // of all records the variance is 0: no place on this axis
    const [low, high] = extent(derived.slice(0, finite).map(Math.log10));
    const at = Math.log2(batch);
    this.noise.draw(theme, {
      x: [0.8, 160],
      y: [10 ** (low - 0.2), 10 ** (high + 0.2)],
      logx: true,
      log: true,
      xticks: sizes.filter((_, k) => k % 2 === 0 || k === finite),
      marks: [{ x: batch, dash: [] }],
      curves: [{ xs: sizes, ys: derived.slice(0, finite), colour: theme.muted, dash: [5, 4], width: 1.6 }],
      dots: [
        { xs: sizes, ys: measured.slice(0, finite), colour, size: 3.5, alpha: 1, over: true },
        { xs: [batch], ys: [at < finite ? measured[at] : 0], colour, size: 6, alpha: 1, over: true },
      ],
      note: "dashed: derived",
    });
  }

  report({ path, loss, measured, derived }, { batch }) {
    const k = Math.log2(batch);
    const steps = loss.length - 1;
    if (!Number.isFinite(loss[steps]) || loss[steps] > 1e3)
      return `With mini-batches of ${batch} it diverges.`;
    const [x, y] = this.data.minimum;
    const away = Math.hypot(path.at(-2) - x, path.at(-1) - y);
    return `${steps} steps of ${batch}: the last is ${format(away, 2)} from the minimum. Variance of the gradient: ${format(measured[k])} measured, ${format(derived[k])} derived.`;
  }
}

export default front(MiniBatchNoise);
