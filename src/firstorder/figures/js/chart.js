// Charts: curves, bars, bands and marks over one axis.

/** @import {Child} from "./dom.js" */
/** @import {Band, Bars, Dots, Line, Look, Mark, Row, Stamp, Theme, Tick, View} from "./types.d.ts" */
import { breadth, contextOf, stamp, stroke, write } from "./canvas.js";
import { h, swatch } from "./dom.js";
import { clamp, format } from "./numbers.js";
import { Plot } from "./plot.js";
import { logTicks, niceTicks, spread } from "./scales.js";
import { DISC } from "./styles.js";

/** @typedef {object} Options
 * @property {string} [ylabel]
 * @property {number} [height] pixels; otherwise the style sheet's
 * @property {number} [low] pixels on a phone, where the plots stay in sight while a slider below them is moved
 * @property {number} [layers]
 * @property {number} [first] the x of a curve's first value
 * @property {boolean} [beside] whether names stand beside the plot however narrow it is
 * @property {string} [kind] a class of its own for the style sheet
 */

/** A titled plot of curves, bars, bands and marks, named where they end. */
export class Chart {
  /**
   * @param {string} title
   * @param {Child} xlabel
   * @param {Options} [options]
   */
  constructor(
    title,
    xlabel,
    { ylabel = "", height, low = height, layers = 1, first = 0, beside = false, kind = "" } = {},
  ) {
    this.first = first;
    this.beside = beside;
    this.plot = new Plot(layers, xlabel, ylabel);
    if (height) {
      this.plot.element.classList.add("fo-sized");
      this.plot.element.style.setProperty("--tall", `${height}px`);
      this.plot.element.style.setProperty("--low", `${low}px`);
    }
    this.step = String(xlabel).split(" ")[0]; // what the cursor counts
    this.labels = h("div", { class: "fo-labels", "aria-hidden": "true" });
    this.plot.element.append(this.labels);
    this.note = h("span");
    this.legend = h("p", { class: "fo-legend", "aria-hidden": "true" });
    const heading = h("p", { class: "fo-title" }, h("span", {}, title), this.note);
    this.element = h("div", { class: `fo-view ${kind}` }, heading, this.legend, this.plot.element);
    this.marked = ""; // the symbol whose curves stand out
    this.hidden = ""; // the name of a curve that the reader is to guess
    this.stale = true;
    this.narrow = false;
    this.margin = "";
    this.said = "";
    /** @type {string | Node} */
    this.noted = "";
    this.across = same;
    this.up = same;
    this.back = same;
    this.down = same;
    /** @type {() => void} */
    this.onresize = () => {};
    new ResizeObserver(() => {
      this.stale = true;
      this.onresize();
    }).observe(this.plot.element);
  }

  /** @param {number} value */
  x(value) {
    return this.plot.x(this.across(value));
  }

  /** @param {number} value */
  y(value) {
    return this.plot.y(this.up(value));
  }

  /**
   * hover: told of the x under the pointer, null when it leaves; press: only while it is held down, in place of hover.
   * @param {{hover?: (x: number | null) => void, press?: (x: number) => void}} heard
   */
  listen({ hover, press }) {
    const { element } = this.plot;
    const tell = (/** @type {PointerEvent} */ event) => {
      const [x0, x1] = this.plot.domain;
      const x = this.back(clamp(this.plot.data(...this.plot.place(event))[0], x0, x1));
      if (press && (event.buttons || event.type === "pointerdown")) press(x);
      else hover?.(x);
    };
    element.style.touchAction = "pan-y";
    element.style.cursor = hover ? (press ? "col-resize" : "crosshair") : "ew-resize";
    element.addEventListener("pointerdown", tell);
    element.addEventListener("pointermove", tell);
    if (hover) element.addEventListener("pointerleave", () => hover(null));
  }

  /**
   * Draws curves and what goes with them.
   * @param {Theme} theme
   * @param {View} view
   */
  draw(theme, view) {
    const { bands = [], bars = [], marks = [], dots = [], stamps = [], cursor = null } = view;
    const curves = (view.curves ?? []).filter(({ label }) => !label || label !== this.hidden);
    const grid = this.frame(view);
    const layer = this.plot.canvases.length - 1;
    const context = this.plot.clear(layer);
    if (layer === 0)
      for (const y of grid) this.rule(context, { y }, { colour: theme.line, width: 1, alpha: 0.45 });
    for (const band of bands) this.drawBand(context, band);
    for (const bar of bars) this.drawBars(context, bar);
    for (const mark of marks) this.drawMark(context, theme, mark);
    for (const dot of dots) if (!dot.over) this.drawDots(context, dot);
    for (const curve of curves) this.drawCurve(context, theme, curve);
    for (const dot of dots) if (dot.over) this.drawDots(context, dot);
    for (const sign of stamps) this.drawStamp(context, theme, sign);
    if (cursor !== null) this.drawCursor(context, theme, curves, cursor);
    this.drawLabels(curves);
    return context;
  }

  /**
   * Measures, and sets the axes and their ticks; where those of y stand, in pixels.
   * @param {View} view
   */
  frame({ x, y, logx = false, log = false, curves = [], note = "", xticks }) {
    const { plot } = this;
    this.across = logx ? log10 : same;
    this.back = logx ? power : same;
    this.up = log ? log10 : same;
    this.down = log ? power : same;
    this.makeRoom(curves);
    const [x0, x1, y0, y1] = [...x.map(this.across), ...y.map(this.up)];
    plot.domain = [x0, x1, y0, y1];
    const xs = xticks
      ? xticks.map((v) => /** @type {Tick} */ ([this.across(v), format(v)]))
      : ticks(logx, x0, x1, clamp(plot.width / 60, 2, 8));
    const ys = ticks(log, y0, y1, clamp(plot.height / 45, 2, 6));
    plot.setTicks(xs, ys);
    if (this.noted !== note) {
      this.noted = note;
      queueMicrotask(() => this.note.replaceChildren(note));
    }
    return ys.map(([at]) => plot.y(at));
  }

  /**
   * Makes room for the curves' names beside the plot. To ask for a size makes the browser lay out the page: only when
   * it can have changed.
   * @param {Line[]} curves
   */
  makeRoom(curves) {
    const { plot } = this;
    const ruler = contextOf(plot.canvases[0]);
    const longest = Math.max(0, ...curves.map(({ label }) => (label ? breadth(ruler, label) : 0)));
    if (this.stale)
      this.narrow = !this.beside && (this.element.clientWidth < 440 || !this.element.contains(this.legend));
    const margin = longest && !this.narrow ? `${Math.min(Math.ceil(longest) + 10, 130)}px` : "";
    if (margin !== this.margin) plot.element.style.marginRight = margin;
    if (this.stale || margin !== this.margin) plot.measure();
    this.stale = false;
    this.margin = margin;
  }

  /**
   * The x of each value of a curve.
   * @param {Pick<Line, "xs" | "ys">} curve
   * @returns {Row}
   */
  xs({ xs, ys }) {
    return xs ?? Float64Array.from({ length: ys.length }, (_, k) => k + this.first);
  }

  /**
   * A straight line across the plot at x, or at y.
   * @param {CanvasRenderingContext2D} context
   * @param {{x?: number, y?: number}} at in pixels
   * @param {Look} look
   */
  rule(context, { x, y }, look) {
    const path = new Path2D();
    path.moveTo(x ?? 0, y ?? 0);
    path.lineTo(x ?? this.plot.width, y ?? this.plot.height);
    stroke(context, path, look);
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Band} band
   */
  drawBand(context, { from, to, colour }) {
    context.globalAlpha = 0.14;
    context.fillStyle = colour;
    context.fillRect(this.x(from), 0, this.x(to) - this.x(from), this.plot.height);
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Bars} bars
   */
  drawBars(context, { ys, colour, alpha = 0.55 }) {
    const room = Math.max(1, 0.8 * (this.x(2) - this.x(1)));
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    const floor = clamp(this.y(0), 0, this.plot.height);
    for (let k = 0; k < ys.length; k++) {
      const top = clamp(this.y(ys[k]), 0, this.plot.height);
      context.fillRect(this.x(k + this.first) - room / 2, Math.min(top, floor), room, Math.abs(floor - top));
    }
    context.globalAlpha = 1;
  }

  /**
   * A line across the plot, with its name at one end.
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Mark} mark
   */
  drawMark(
    context,
    theme,
    { x, y, label, colour = theme.muted, dash = [4, 4], left = false, width = 1, grip = false },
  ) {
    if (x !== undefined) {
      const px = this.x(x);
      this.rule(context, { x: px }, { colour, dash, width });
      if (grip) stamp(context, GRIP, px, this.plot.height / 2, colour, theme.surface);
      const near = left || px > this.plot.width - 90;
      if (label)
        write(context, label, px + (near ? -5 : 5), 10, colour, theme.surface, near ? "right" : "left");
    } else if (y !== undefined) {
      const py = this.y(y);
      this.rule(context, { y: py }, { colour, dash, width });
      const px = left ? 6 : this.plot.width - 6;
      if (label) write(context, label, px, py - 7, colour, theme.surface, left ? "left" : "right");
    }
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Dots} dots
   */
  drawDots(context, { xs, ys, colour, size = 1.7, alpha = 0.7 }) {
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    context.beginPath();
    for (let k = 0; k < ys.length; k++) {
      const [px, py] = [this.x(xs[k]), this.y(ys[k])];
      if (!this.plot.inside(px, py)) continue;
      context.moveTo(px + size, py);
      context.arc(px, py, size, 0, 7);
    }
    context.fill();
    context.globalAlpha = 1;
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Line} curve
   */
  drawCurve(context, theme, curve) {
    const xs = Float64Array.from(this.xs(curve), (x) => this.x(x));
    const ys = Float64Array.from(curve.ys, (y) => this.y(y));
    const path = this.plot.line(xs, ys);
    if (!curve.thin) stroke(context, path, { colour: theme.surface, width: 4.5, alpha: 0.7 });
    if (this.marks(curve))
      stroke(context, path, { colour: LIT, width: 10, alpha: theme.name === "dark" ? 0.5 : 1 });
    stroke(context, path, { width: curve.thin ? 1.2 : 2.2, ...curve });
  }

  /** @param {Line} curve */
  marks({ symbol, of = [] }) {
    return this.marked !== "" && (symbol === this.marked || of.includes(this.marked));
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Stamp} sign
   */
  drawStamp(context, theme, { x, y, path, colour, scale = 1, margin = 0 }) {
    const { width, height } = this.plot;
    const [px, py] = [clamp(this.x(x), margin, width - margin), clamp(this.y(y), margin, height - margin)];
    stamp(context, path, px, py, colour, theme.surface, scale);
  }

  /**
   * A line at x with its number, and the value of each curve that has a name at its point nearest to that.
   * @param {CanvasRenderingContext2D} context
   * @param {Theme} theme
   * @param {Line[]} curves
   * @param {number} cursor
   */
  drawCursor(context, theme, curves, cursor) {
    const { width, height } = this.plot;
    const px = this.x(cursor);
    this.rule(context, { x: px }, { colour: theme.muted, width: 1 });
    const align = px > width - 60 ? "right" : "left";
    const beside = px + (align === "right" ? -7 : 7);
    write(context, `${this.step} ${format(cursor)}`, beside, 9, theme.muted, theme.surface, align);
    /** @type {number[]} */
    const taken = [9];
    for (const curve of curves) {
      const k = curve.label || curve.named ? nearest(this.xs(curve), cursor) : -1;
      const py = k < 0 ? Number.NaN : this.y(curve.ys[k]);
      if (!(py >= -1 && py <= height + 1)) continue;
      stamp(context, DISC, this.x(this.xs(curve)[k]), py, curve.colour, theme.surface, 0.8);
      let at = clamp(py - 10, 9, height - 8);
      while (taken.some((other) => Math.abs(other - at) < 13)) at += 13;
      taken.push(at);
      write(context, format(curve.ys[k]), beside, at, curve.colour, theme.surface, align);
    }
  }

  /**
   * Each curve's name at its end, kept apart; or above the plot, beside a piece of its line.
   * @param {Line[]} curves
   */
  drawLabels(curves) {
    const { narrow, plot } = this;
    const named = curves.filter(({ label, ys }) => label && ys.length);
    const ends = named.map(({ ys }) => {
      const y = this.y(ys[ys.length - 1]);
      return Number.isFinite(y) ? clamp(y, 0, plot.height) : 0;
    });
    const placed = spread(ends, 14, plot.height);
    const said = JSON.stringify([
      narrow || placed,
      named.map((curve) => [curve.label, curve.colour, curve.dash, this.marks(curve)]),
    ]);
    if (said === this.said) return;
    this.said = said;
    const names = named.map((curve, k) => {
      const { label = "", colour, dash = [], symbol } = curve;
      const style = `top: ${placed[k]}px; --series: ${colour}`;
      return h(
        "span",
        { class: `fo-label${this.marks(curve) ? " is-lit" : ""}`, style, "data-symbol": symbol },
        ...(narrow ? [swatch({ dash, marker: "" })] : []),
        label,
      );
    });
    queueMicrotask(() => {
      this.labels.replaceChildren(...(narrow ? [] : names));
      this.legend.replaceChildren(...(narrow ? names : []));
    });
  }
}

/** What is under a curve whose symbol is pointed at: as under the symbol. */
const LIT = "#ffd75e";

/** What is seen of a line that can be dragged: a knob with an arrow on either side. */
const GRIP = "M-4-9h8v18h-8zM-7-5v10l-6-5zM7-5v10l6-5z";

/**
 * The place of what is nearest to `x` in a row that grows; -1 where it is empty or ends before.
 * @param {Row} xs
 * @param {number} x
 */
export function nearest(xs, x) {
  const { length } = xs;
  if (!length) return -1;
  let k = 0;
  while (k < length - 1 && Math.abs(xs[k + 1] - x) <= Math.abs(xs[k] - x)) k++;
  const apart = length > 1 ? Math.abs(xs[1] - xs[0]) : 0.5;
  return Math.abs(xs[k] - x) <= Math.max(apart, 0.5) ? k : -1;
}

/** @type {(value: number) => number} */
const same = (value) => value;

/** @type {(value: number) => number} */
const log10 = (value) => Math.log10(Math.max(value, 1e-300));

/** @type {(at: number) => number} */
const power = (at) => 10 ** at;

/** @type {(logarithmic: boolean, low: number, high: number, count: number) => Tick[]} */
const ticks = (logarithmic, low, high, count) =>
  logarithmic ? logTicks(low, high) : niceTicks(low, high, count).map((tick) => [tick, format(tick)]);
