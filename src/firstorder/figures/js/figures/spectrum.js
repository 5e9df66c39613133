// The rate of convergence on a quadratic over ηh and μ, and the iterates at one point of that map.

/** @import {Mathematics, Model, State} from "../types.d.ts" */
import { stroke, write } from "../canvas.js";
import { Chart } from "../chart.js";
import { Contours, rampOf } from "../contours.js";
import { h } from "../dom.js";
import { Handle } from "../handle.js";
import { add } from "../kinds.js";
import { clamp, format } from "../numbers.js";
import { Panel } from "../panel.js";

/** @typedef {{theta: Float64Array, rate: number}} Curves */

export class Spectrum extends Panel {
  static layout = "beside";
  static hint = "Drag the ring, or touch the map.";

  map = new Chart("Convergence rate", "ηh", { ylabel: "μ", height: 330, low: 210, layers: 2 });
  contours = new Contours(this.map.plot, { bands: 10 });
  strip = h("i");
  scale = h("span", { class: "fo-scale", "aria-hidden": "true" }, "0", this.strip, "1");
  path = new Chart("θ, step by step", "step t", { height: 130, low: 64 });
  decay = new Chart("Size of θ", "step t", { height: 130, low: 64 });

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics);
    const thousandths = (/** @type {number} */ value, /** @type {number} */ high) =>
      Number(clamp(value, 0, high).toFixed(3));
    this.handle = new Handle(this.map.plot, {
      label: "Point of the map, ηh and μ",
      describedby: this.hintId,
      names: ["ηh", "μ"],
      read: () => [this.state.x, this.state.mu],
      home: () => [this.given.x, this.given.mu],
      move: (x, mu, done) => this.set({ x: thousandths(x, 4), mu: thousandths(mu, 1) }, done),
    });
    this.map.plot.element.style.cursor = "crosshair";
  }

  charts() {
    for (const chart of [this.path, this.decay]) chart.listen({ hover: (x) => this.hover(x) });
    return [this.map, this.path, this.decay];
  }

  /**
   * @param {string} name
   * @param {string} rule
   */
  of(name, rule) {
    return this.mathematics.expressions[`${rule}_${name}`];
  }

  /**
   * The rate over the map. Bands are equal steps of its square.
   * @param {string} rule
   */
  drawMap(rule) {
    const radius = this.of("radius", rule);
    this.contours.draw(rule, this.theme, (columns, rows) => {
      const heights = new Float32Array(columns * rows);
      for (let j = 0, n = 0; j < rows; j++)
        for (let i = 0; i < columns; i++)
          heights[n++] = Math.min(1, radius({ x: (4 * i) / (columns - 1), mu: 1 - j / (rows - 1) }) ** 2);
      return { columns, rows, heights, low: 0, high: 1 };
    });
    this.strip.style.background = rampOf(this.theme);
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { rule }) {
    this.showMap(rule);
    this.handle.update();
    this.showPath(curves, this.colour(rule));
  }

  /** @param {string} rule */
  showMap(rule) {
    const { theme, map } = this;
    const { plot } = map;
    const context = map.draw(theme, { x: [0, 4], y: [0, 1], note: this.scale });
    this.drawMap(rule);
    const over = Array.from({ length: 101 }, (_, k) => k / 100);
    const ys = Float64Array.from(over, (mu) => map.y(mu));
    const along = (/** @type {string} */ name) =>
      Float64Array.from(over, (mu) => map.x(this.of(name, rule)({ mu })));
    const xs = along("boundary");
    const beyond = new Path2D();
    beyond.moveTo(xs[0], ys[0]);
    xs.forEach((px, k) => {
      beyond.lineTo(px, ys[k]);
    });
    beyond.lineTo(plot.width + 9, 0);
    beyond.lineTo(plot.width + 9, plot.height);
    context.fillStyle = theme.surface;
    context.fill(beyond);
    context.globalAlpha = 0.16;
    context.fillStyle = theme.warning;
    context.fill(beyond);
    context.globalAlpha = 1;
    stroke(context, plot.line(xs, ys), { colour: theme.warning, width: 2.5 });
    for (const root of ["root0", "root1"])
      stroke(context, plot.line(along(root), ys), { colour: theme.text, width: 1.5, dash: [5, 4] });
    const put = (
      /** @type {string} */ text,
      /** @type {number} */ x,
      /** @type {number} */ mu,
      colour = theme.text,
    ) => write(context, text, map.x(x), map.y(mu), colour, theme.surface, "center");
    put("diverges", 3.45, 0.13, theme.warning);
    const [from, to] = ["root0", "root1"].map((root) => this.of(root, rule)({ mu: 0.6 }));
    put("complex", (from + to) / 2, 0.6);
  }

  /**
   * @param {Curves} curves
   * @param {string} colour
   */
  showPath({ theta, rate }, colour) {
    const { theme, hovered: cursor } = this;
    const size = theta.map(Math.abs);
    const bound = theta.map((_, t) => rate ** t);
    const cap = clamp(1.05 * Math.max(...size), 1.15, 4);
    const envelope = { colour: theme.muted, dash: [4, 4], thin: true };
    /** @type {[number, number]} */
    const x = [0, theta.length - 1];
    this.path.draw(theme, {
      x,
      y: [-cap, cap],
      marks: [{ y: 0, dash: [] }],
      curves: [
        { ...envelope, ys: bound },
        { ...envelope, ys: bound.map((size) => -size) },
        { ys: theta, colour, named: true, of: ["p"] },
      ],
      dots: [{ xs: theta.map((_, t) => t), ys: theta, colour, size: 2.6, alpha: 1 }],
      cursor,
    });
    this.decay.draw(theme, {
      x,
      y: [1e-8, rate > 1 ? 1e4 : 10],
      log: true,
      curves: [
        { ...envelope, ys: bound },
        { ys: size, colour, named: true },
      ],
      note: `dashed: rateᵗ = ${format(rate)}ᵗ`,
      cursor,
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ rate }, { rule, x, mu }) {
    const place = `At ηh = ${format(x)} and μ = ${format(mu)} the rate is ${format(rate, 4)}`;
    if (rate >= 1) return `${place}: ${rate > 1 ? "it diverges" : "it does not converge"}.`;
    const real = this.of("discriminant", rule)({ x, mu }) >= 0;
    const digit = rate > 0 ? `${format(-1 / Math.log10(rate))} steps for a digit` : "one step and done";
    return `${place}: ${digit}, ${real ? "real roots" : "complex roots: it oscillates"}.`;
  }
}

add("spectrum", Spectrum);
