// Paths over a landscape, from a start that is dragged.

/** @import {Path, Point, Scene, Theme, Tick} from "./types.d.ts" */
import { cutAtFrame, stamp, stroke } from "./canvas.js";
import { Contours, rampOf, survey } from "./contours.js";
import { h } from "./dom.js";
import { Handle } from "./handle.js";
import { clamp, format, neat } from "./numbers.js";
import { Plot } from "./plot.js";
import { niceTicks } from "./scales.js";
import { CROSS, STAR } from "./styles.js";

/** @typedef {{xs: Float64Array, ys: Float64Array}} Projected a path in pixels */

/** @typedef {object} Options
 * @property {string} describedby
 * @property {() => Scene} scene what is there now
 * @property {(start: Point, done: boolean) => void} onstart
 * @property {(step: number | null) => void} [onhover] told of the step whose point is under the pointer
 */

/** Widths of a map that is one high: a reader's own may be of any range. @type {[number, number]} */
const SHAPES = [0.75, 2];

export class LandscapeView {
  /** @param {Options} options */
  constructor({ describedby, scene, onstart, onhover }) {
    this.scene = scene;
    this.onstart = onstart;
    this.plot = new Plot(2, h("i", {}, "x"), h("i", {}, "y"));
    this.contours = new Contours(this.plot);
    /** @type {Projected[]} */
    this.projected = [];
    this.handle = new Handle(this.plot, {
      label: "Start of the paths",
      describedby,
      read: () => scene().start,
      move: (x, y, done) => this.move(x, y, done),
      home: () => scene().home,
    });
    this.low = h("span");
    this.middle = h("span");
    this.high = h("span");
    this.strip = h("i");
    this.blank = h(
      "span",
      { hidden: true, title: "Where the map is hatched f has no value" },
      "hatched: no value",
    );
    const ramp = h("span", { class: "fo-ramp" }, this.strip, this.middle);
    const log = h("span", {}, "log");
    /** What is shown where f has more than one value. */
    this.range = [log, ramp, this.high];
    const scale = h(
      "span",
      { class: "fo-scale", "aria-hidden": "true", title: "The colours of f stand on a logarithmic scale" },
      h("em", {}, "f"),
      log,
      this.low,
      ramp,
      this.high,
      this.blank,
    );
    this.element = h(
      "div",
      { class: "fo-view fo-map" },
      h("p", { class: "fo-title" }, "Paths", scale),
      this.plot.element,
    );
    if (onhover) {
      // The ring lies on the first points of all paths: it is there to be taken, and tells of no step.
      const hover = (/** @type {PointerEvent} */ event) => {
        const idle = event.pointerType === "touch" || event.buttons || event.target === this.handle.element;
        onhover(idle ? null : this.nearest(...this.plot.place(event)));
      };
      this.plot.element.addEventListener("pointerdown", hover);
      this.plot.element.addEventListener("pointermove", hover);
      this.plot.element.addEventListener("pointerleave", () => onhover(null));
    }
  }

  /**
   * Moves the start, to a place on the map and to a number that a reader would write.
   * @param {number} x
   * @param {number} y
   * @param {boolean} [done]
   */
  move(x, y, done = true) {
    const [x0, x1, y0, y1] = this.scene().domain;
    this.onstart([neat(x, x0, x1), neat(y, y0, y1)], done);
  }

  /**
   * The step whose point is nearest the pointer, if any is near.
   * @param {number} px
   * @param {number} py
   */
  nearest(px, py) {
    let best = 18 ** 2;
    let step = null;
    for (const { xs, ys } of this.projected) {
      for (let k = 0; k < xs.length; k++) {
        const distance = (xs[k] - px) ** 2 + (ys[k] - py) ** 2;
        if (distance < best) [best, step] = [distance, k];
      }
    }
    return step;
  }

  /** @param {Theme} theme */
  draw(theme) {
    const scene = this.scene();
    const { plot } = this;
    this.layout(scene);
    const made = (/** @type {number} */ columns, /** @type {number} */ rows) =>
      survey(scene.value, scene.domain, columns, rows);
    if (this.contours.draw(scene.key, theme, made)) this.legend(scene, theme);
    const context = plot.clear(1);
    for (const [x, y] of scene.minima) stamp(context, STAR, plot.x(x), plot.y(y), theme.text, theme.surface);
    this.projected = scene.paths.map((path) => this.project(path));
    // All grounds first: where a path lies on another, that one is seen between its dashes.
    for (const projected of this.projected) this.drawGround(context, projected, scene.cursor, theme);
    const over = (/** @type {number} */ k) => Number(k === scene.over);
    const order = [...scene.paths.keys()].sort((one, other) => over(one) - over(other));
    for (const k of order) this.drawPath(context, scene.paths[k], this.projected[k], scene.cursor, theme);
    for (const k of order) this.drawPosition(context, scene.paths[k], this.projected[k], scene.cursor, theme);
    this.handle.update();
  }

  /** @param {Scene} scene */
  layout({ domain }) {
    const { plot } = this;
    const [x0, x1, y0, y1] = domain;
    plot.element.style.aspectRatio = String(clamp((x1 - x0) / (y1 - y0), ...SHAPES));
    plot.measure();
    plot.domain = domain;
    /** @type {(low: number, high: number, size: number) => Tick[]} */
    const labels = (low, high, size) =>
      niceTicks(low, high, clamp(size / 45, 2, 8)).map((tick) => [tick, format(tick)]);
    plot.setTicks(labels(x0, x1, plot.width), labels(y0, y1, plot.height));
  }

  /**
   * @param {Scene} scene
   * @param {Theme} theme
   */
  legend({ value, minima }, theme) {
    const { low, middle, high, blank } = this.contours.field;
    this.blank.hidden = !blank;
    for (const part of this.range) part.hidden = low === high;
    this.low.textContent = format(Math.min(low, ...minima.map(([x, y]) => value(x, y))), 2);
    this.middle.textContent = middle === undefined ? "" : format(middle, 2);
    this.high.textContent = format(high, 2);
    this.strip.style.background = rampOf(theme);
  }

  /**
   * @param {Path} path
   * @returns {Projected}
   */
  project({ trajectory: { points } }) {
    const length = points.length / 2;
    return {
      xs: Float64Array.from({ length }, (_, k) => this.plot.x(points[2 * k])),
      ys: Float64Array.from({ length }, (_, k) => this.plot.y(points[2 * k + 1])),
    };
  }

  /**
   * What tells a path from the contours.
   * @param {CanvasRenderingContext2D} context
   * @param {Projected} projected
   * @param {number} cursor
   * @param {Theme} theme
   */
  drawGround(context, { xs, ys }, cursor, theme) {
    const past = this.plot.line(xs, ys, 0, Math.min(cursor, xs.length - 1));
    stroke(context, past, { colour: theme.surface, width: 4.5, alpha: 0.75 });
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {Path} path
   * @param {Projected} projected
   * @param {number} cursor
   * @param {Theme} theme
   */
  drawPath(context, { style }, { xs, ys }, cursor, theme) {
    const last = xs.length - 1;
    const now = Math.min(cursor, last);
    const [colour, dash] = [style[theme.name], style.dash];
    if (now < last)
      stroke(context, this.plot.line(xs, ys, now, last), { colour, dash, width: 1.5, alpha: 0.35 });
    stroke(context, this.plot.line(xs, ys, 0, now), { colour, dash });
    this.drawSteps(context, xs, ys, now, colour);
  }

  /**
   * A dot for each step that can be told from the one before.
   * @param {CanvasRenderingContext2D} context
   * @param {Float64Array} xs
   * @param {Float64Array} ys
   * @param {number} now
   * @param {string} colour
   */
  drawSteps(context, xs, ys, now, colour) {
    const dots = new Path2D();
    let [px, py] = [Infinity, Infinity];
    for (let k = 0; k <= now; k++) {
      if (!this.plot.inside(xs[k], ys[k]) || Math.abs(xs[k] - px) + Math.abs(ys[k] - py) < 7) continue;
      [px, py] = [xs[k], ys[k]];
      dots.moveTo(px + 2.4, py);
      dots.arc(px, py, 2.4, 0, 7);
    }
    context.fillStyle = colour;
    context.fill(dots);
  }

  /**
   * Where the optimizer is; at the frame if it has left the map; a cross there if it has diverged.
   * @param {CanvasRenderingContext2D} context
   * @param {Path} path
   * @param {Projected} projected
   * @param {number} cursor
   * @param {Theme} theme
   */
  drawPosition(context, { style, trajectory: { diverged } }, { xs, ys }, cursor, theme) {
    const { width, height } = this.plot;
    const now = Math.min(cursor, xs.length - 1);
    const over = diverged !== null && cursor >= diverged;
    if (now < 0 || (now === 0 && !over)) return;
    let [x, y] = [xs[now], ys[now]];
    if (!this.plot.inside(x, y)) {
      let last = now;
      while (last > 0 && !this.plot.inside(xs[last], ys[last])) last--;
      const cut = cutAtFrame(xs[last], ys[last], xs[last + 1], ys[last + 1], width, height);
      [x, y] = cut ? [cut[2], cut[3]] : [clamp(x, 0, width), clamp(y, 0, height)];
    }
    const colour = style[theme.name];
    if (over)
      stamp(context, CROSS, clamp(x, 9, width - 9), clamp(y, 9, height - 9), colour, theme.surface, 1.3);
    else stamp(context, style.marker, x, y, colour, theme.surface);
  }
}
