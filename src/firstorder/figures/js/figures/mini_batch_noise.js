// Mini-batches on least squares: the path, the loss by passes, and the variance of the gradient by batch size.

/** @import {Domain, State} from "../types.d.ts" */
import { stamp, stroke, write } from "../canvas.js";
import { Chart } from "../chart.js";
import { Contours, survey } from "../contours.js";
import { add } from "../kinds.js";
import { clamp, format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";
import { DISC, STAR } from "../styles.js";

/** @type {Domain} */
const DOMAIN = [-2, 3, -3, 3];

/** @typedef {Record<"path" | "loss" | "derived", Float64Array>} Curves */

export class MiniBatchNoise extends Panel {
  static layout = "beside";
  static hint = "Drag the line to another batch size.";

  map = new Chart("Path of θ", "θ₁", { ylabel: "θ₂", height: 330, low: 210, layers: 2 });
  contours = new Contours(this.map.plot, { cell: 4 });
  loss = new Chart("Loss above the minimum", "passes over the records", { height: 130, low: 64 });
  noise = new Chart("Gradient variance", "batch size B", { height: 130, low: 64 });

  charts() {
    this.loss.listen({ hover: (x) => this.hover(x) });
    this.noise.listen({
      press: (x) =>
        this.set({ batch: 2 ** clamp(Math.round(Math.log2(x)), 0, this.data.measured.length - 1) }),
    });
    return [this.map, this.loss, this.noise];
  }

  /** @type {(x: number, y: number) => number} the mean loss of all records at θ */
  whole = (x, y) => this.mathematics.expressions.loss({ ...this.data, point: [x, y] });

  /** The run is of SGD. */
  get path() {
    return this.colour("sgd");
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { batch }) {
    this.drawPath(curves);
    this.drawLoss(curves, batch);
    this.drawNoise(curves, batch);
  }

  /** @param {Curves} curves */
  drawPath({ path, loss }) {
    const { theme, map } = this;
    const { minimum } = this.data;
    const [x0, x1, y0, y1] = DOMAIN;
    const context = map.draw(theme, { x: [x0, x1], y: [y0, y1] });
    this.contours.draw("loss", theme, (columns, rows) => survey(this.whole, DOMAIN, columns, rows));
    const xs = Float64Array.from(loss, (_, k) => map.x(path[2 * k]));
    const ys = Float64Array.from(loss, (_, k) => map.y(path[2 * k + 1]));
    const line = map.plot.line(xs, ys);
    stroke(context, line, { colour: theme.surface, width: 4, alpha: 0.6 });
    stroke(context, line, { colour: this.path, width: xs.length > 400 ? 0.8 : 1.6 });
    stamp(context, STAR, map.x(minimum[0]), map.y(minimum[1]), theme.text, theme.surface);
    write(context, "start", xs[0], ys[0] - 11, theme.text, theme.surface, "center");
    stamp(context, DISC, xs[0], ys[0], theme.text, theme.surface, 0.6);
    const last = xs.length - 1;
    if (map.plot.inside(xs[last], ys[last]))
      stamp(context, DISC, xs[last], ys[last], this.path, theme.surface);
  }

  /**
   * @param {Curves} curves
   * @param {number} batch
   */
  drawLoss({ loss }, batch) {
    const { minimum, y: records, orders } = this.data;
    const least = this.whole(minimum[0], minimum[1]);
    const passes = loss.map((_, k) => (k * batch) / records.length);
    this.loss.draw(this.theme, {
      x: [0, orders.length / records.length],
      y: [1e-6, 10],
      log: true,
      curves: [{ xs: passes, ys: loss.map((f) => f - least), ...this.look("sgd"), width: 1.6, named: true }],
      cursor: this.hovered,
    });
  }

  /**
   * @param {Curves} curves
   * @param {number} batch
   */
  drawNoise({ derived }, batch) {
    const { theme, path: colour } = this;
    const { measured } = this.data;
    const sizes = Array.from(derived, (_, k) => 2 ** k);
    const finite = sizes.length - 1; // of all records the variance is 0: no place on this axis
    const [low, high] = extent(derived.slice(0, finite).map(Math.log10));
    const at = Math.log2(batch);
    this.noise.draw(theme, {
      x: [0.8, 160],
      y: [10 ** (low - 0.2), 10 ** (high + 0.2)],
      logx: true,
      log: true,
      xticks: sizes.filter((_, k) => k % 2 === 0 && k < finite),
      marks: [{ x: batch, dash: [], colour: theme.text, grip: true }],
      curves: [{ xs: sizes, ys: derived.slice(0, finite), colour: theme.muted, dash: [5, 4], width: 1.6 }],
      dots: [
        { xs: sizes, ys: measured.slice(0, finite), colour, size: 3.5, alpha: 1, over: true },
        { xs: [batch], ys: [at < finite ? measured[at] : 0], colour, size: 6, alpha: 1, over: true },
      ],
      note: at < finite ? "dashed: derived" : "0 with all records",
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ path, loss, derived }, { batch }) {
    const k = Math.log2(batch);
    const steps = loss.length - 1;
    if (!Number.isFinite(loss[steps]) || loss[steps] > 1e3)
      return `With mini-batches of ${batch} it diverges.`;
    const { minimum, measured } = this.data;
    const away = Math.hypot(path[2 * steps] - minimum[0], path[2 * steps + 1] - minimum[1]);
    return `${steps} steps of ${batch}: the last is ${format(away, 2)} from the minimum. Variance of the gradient: ${format(measured[k])} measured, ${format(derived[k])} derived.`;
  }
}

add("mini_batch_noise", MiniBatchNoise);
