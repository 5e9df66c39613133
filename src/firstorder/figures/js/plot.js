// A frame with axes.

/** @import {Child} from "./dom.js" */
/** @import {Domain, Point, Tick} from "./types.d.ts" */
import { contextOf, cutAtFrame } from "./canvas.js";
import { h } from "./dom.js";

/** Canvases to draw on, tick labels in the DOM, and the scales between data and CSS pixels. */
export class Plot {
  /**
   * @param {number} layers
   * @param {Child} xlabel
   * @param {Child} [ylabel]
   */
  constructor(layers, xlabel, ylabel = "") {
    this.canvases = Array.from({ length: layers }, () => h("canvas", { "aria-hidden": "true" }));
    this.ticks = h("div", { "aria-hidden": "true" });
    const axis = (/** @type {string} */ side, /** @type {Child} */ label) =>
      h("span", { class: `fo-${side}label`, "aria-hidden": "true" }, label);
    this.element = h(
      "div",
      { class: "fo-plot" },
      ...this.canvases,
      this.ticks,
      axis("x", xlabel),
      axis("y", ylabel),
    );
    this.written = "";
    this.width = 0;
    this.height = 0;
    this.ratio = 1;
    /** @type {Domain} */
    this.domain = [0, 1, 0, 1];
  }

  measure() {
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.ratio = (window.devicePixelRatio || 1) * this.zoom;
  }

  /** @param {number} x */
  x(x) {
    const [x0, x1] = this.domain;
    return ((x - x0) / (x1 - x0)) * this.width;
  }

  /** @param {number} y */
  y(y) {
    const [, , y0, y1] = this.domain;
    return ((y1 - y) / (y1 - y0)) * this.height;
  }

  /** @type {(px: number, py: number) => Point} */
  data(px, py) {
    const [x0, x1, y0, y1] = this.domain;
    return [x0 + (px / this.width) * (x1 - x0), y1 - (py / this.height) * (y1 - y0)];
  }

  /**
   * Tick labels; rewritten only when they change, and when all is drawn: text on a canvas would make the browser style
   * the whole page anew if anything in it has just changed.
   * @param {Tick[]} xs
   * @param {Tick[]} ys
   */
  setTicks(xs, ys) {
    const text = JSON.stringify([xs, ys, this.domain]);
    if (text === this.written) return;
    this.written = text;
    const [x0, x1, y0, y1] = this.domain;
    queueMicrotask(() =>
      this.ticks.replaceChildren(
        ...xs.map(([x, label]) => tick("fo-x", "left", (x - x0) / (x1 - x0), label)),
        ...ys.map(([y, label]) => tick("fo-y", "top", (y1 - y) / (y1 - y0), label)),
      ),
    );
  }

  /**
   * The canvas of a layer at the screen's resolution; whether its size had to change.
   * @param {number} layer
   */
  fit(layer) {
    const canvas = this.canvases[layer];
    const width = Math.max(2, Math.round(this.width * this.ratio));
    const height = Math.max(2, Math.round(this.height * this.ratio));
    if (canvas.width === width && canvas.height === height) return false;
    canvas.width = width;
    canvas.height = height;
    return true;
  }

  /** @param {number} layer */
  clear(layer) {
    this.fit(layer);
    const context = contextOf(this.canvases[layer]);
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.lineJoin = "round";
    context.lineCap = "round";
    return context;
  }

  /**
   * A polyline, cut at the frame and without moves too small to see: both cost a dashed canvas line dearly.
   * @param {ArrayLike<number>} xs
   * @param {ArrayLike<number>} ys
   * @param {number} [from]
   * @param {number} [to]
   */
  line(xs, ys, from = 0, to = xs.length - 1) {
    const path = new Path2D();
    /** @type {Point | null} */
    let pen = null;
    for (let k = from + 1; k <= to; k++) {
      const whole = this.inside(xs[k - 1], ys[k - 1]) && this.inside(xs[k], ys[k]);
      if (whole && pen && k < to && Math.abs(xs[k] - pen[0]) + Math.abs(ys[k] - pen[1]) < 0.6) continue;
      const cut = whole
        ? [xs[k - 1], ys[k - 1], xs[k], ys[k]]
        : cutAtFrame(xs[k - 1], ys[k - 1], xs[k], ys[k], this.width, this.height);
      if (!cut) {
        pen = null;
        continue;
      }
      const [x0, y0, x1, y1] = cut;
      if (!pen) {
        pen = [x0, y0];
        path.moveTo(x0, y0);
      }
      const leaves = x1 !== xs[k] || y1 !== ys[k];
      if (leaves || k === to || Math.abs(x1 - pen[0]) + Math.abs(y1 - pen[1]) >= 0.6) {
        path.lineTo(x1, y1);
        pen = leaves ? null : [x1, y1];
      }
    }
    return path;
  }

  /**
   * Where a pointer is, in CSS pixels from the frame's corner.
   * @param {{clientX: number, clientY: number}} event
   * @returns {Point}
   */
  place({ clientX, clientY }) {
    const box = this.element.getBoundingClientRect();
    const scale = box.width / this.element.offsetWidth || this.zoom; // a slide may show the figure smaller
    return [(clientX - box.left) / scale, (clientY - box.top) / scale];
  }

  /** Pixels of the window to one of the plot: a figure that stands alone is enlarged. */
  get zoom() {
    return this.element.currentCSSZoom ?? 1;
  }

  /**
   * @param {number} x
   * @param {number} y
   */
  inside(x, y) {
    return x >= 0 && x <= this.width && y >= 0 && y <= this.height;
  }
}

/**
 * @param {string} axis
 * @param {string} side
 * @param {number} share
 * @param {Tick[1]} label
 */
function tick(axis, side, share, label) {
  const style = `${side}: ${100 * share}%`;
  if (typeof label === "string") return h("span", { class: axis, style }, label);
  const [mantissa, exponent] = label;
  return h(
    "span",
    { class: axis, style },
    mantissa === 1 ? "10" : `${mantissa} × 10`,
    h("sup", {}, exponent),
  );
}
