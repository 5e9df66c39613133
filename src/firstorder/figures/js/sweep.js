// The chart of what a learning rate is worth: a curve for each optimizer, a sign on it at the rate that it has.

/** @import {Run} from "./card.js" */
/** @import {Row} from "./rates.js" */
/** @import {Dial, Point, Theme} from "./types.d.ts" */
import { Chart } from "./chart.js";
import { h } from "./dom.js";
import { scaleOf } from "./losses.js";
import { clamp } from "./numbers.js";
import { SCALES } from "./scales.js";
import { CROSS } from "./styles.js";

/** @typedef {Pick<Row, "rates" | "values">} Points */

/** @typedef {object} Shown
 * @property {(Run & {row: Row | undefined, points: Points | undefined, dial: Dial | undefined})[]} runs the points of a
 * curve are those of its row, and the sign's
 * @property {number} lowest f at the lowest minimum, infinite where there is none
 * @property {number} begin f at the start
 * @property {Point} range of f on the map
 */

/** @typedef {object} Orders what a reader does
 * @property {(index: number) => void} choose
 * @property {(index: number, rate: number, done: boolean) => void} rate
 * @property {() => void} tune
 */

/** Pixels around a sign within which a press takes it. */
const NEAR = 24;

/**
 * f at the end of a path; infinite if it diverged.
 * @param {Run["trajectory"]} trajectory
 */
export const ended = ({ values, diverged }) => (diverged === null ? values[values.length - 1] : Infinity);

export class Sweep {
  /** @param {Orders} orders */
  constructor(orders) {
    this.orders = orders;
    /** @type {Shown} */
    this.shown = { runs: [], lowest: Infinity, begin: 0, range: [0, 1] };
    this.chart = new Chart("Final loss", "learning rate η", { kind: "fo-sweep" });
    const title = "Give each the rate at which its curve is lowest";
    this.note = h(
      "span",
      { class: "fo-tune" },
      h("button", { type: "button", title, onclick: orders.tune }, "Tune"),
    );
    this.words = h("p", { class: "fo-hint fo-tuned" });
    this.element = h("div", { class: "fo-view" }, this.chart.element, this.words);
    /** Which curve is held. @type {number | null} */
    this.held = null;
    /** The rate that it had. @type {number | undefined} */
    this.before = undefined;
    const { element } = this.chart.plot;
    element.style.touchAction = "pan-y";
    element.addEventListener("pointerdown", (event) => this.grab(event));
    element.addEventListener("pointermove", (event) => this.drag(event));
    element.addEventListener("pointerup", () => this.release());
    element.addEventListener("pointercancel", () => this.release(this.before)); // the page scrolls instead
    element.addEventListener("click", (event) => this.tap(event));
  }

  /**
   * The curve whose sign is near.
   * @param {Point} place
   */
  near([px, py]) {
    let best = NEAR;
    /** @type {number | null} */
    let found = null;
    this.shown.runs.forEach((run, k) => {
      if (!run.dial || !run.row) return;
      const [x, y] = this.sign(run);
      const distance = Math.hypot(x - px, y - py);
      if (distance < best) [best, found] = [distance, k];
    });
    return found;
  }

  /**
   * The curve that is nearest above or below.
   * @param {Point} place
   */
  nearest([px, py]) {
    const { height, top } = this.scaleNow();
    let best = Infinity;
    /** @type {number | null} */
    let found = null;
    this.shown.runs.forEach(({ dial, row }, k) => {
      if (!dial || !row) return;
      const at = SCALES[dial.scale ?? "linear"].at(this.rate(px), dial);
      const there = row.values[Math.round(clamp(at, 0, 1) * (row.values.length - 1))];
      const apart = Math.abs(this.chart.y(Math.min(height(there), top)) - py);
      if (apart < best) [best, found] = [apart, k];
    });
    return found;
  }

  /** @param {number} px */
  rate(px) {
    return 10 ** this.chart.plot.data(px, 0)[0];
  }

  /**
   * A finger takes a sign only: elsewhere it may be about to scroll.
   * @param {PointerEvent} event
   */
  grab(event) {
    if (event.button) return;
    const place = this.chart.plot.place(event);
    this.held = this.near(place) ?? (event.pointerType === "touch" ? null : this.nearest(place));
    if (this.held === null) return;
    this.before = this.shown.runs[this.held].optimizer.hyperparameters.lr;
    this.chart.plot.element.setPointerCapture(event.pointerId);
    this.orders.choose(this.held);
    this.move(event, false);
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (this.held !== null) this.move(event, false);
  }

  /** @param {number} [rate] */
  release(rate) {
    const run = this.held === null ? undefined : this.shown.runs[this.held];
    if (run && this.held !== null)
      this.orders.rate(this.held, rate ?? run.optimizer.hyperparameters.lr, true);
    this.held = null;
  }

  /** @param {PointerEvent} event */
  tap(event) {
    const place = this.chart.plot.place(event);
    if (event.pointerType !== "touch" || this.near(place) !== null) return;
    this.held = this.nearest(place);
    if (this.held !== null) this.orders.choose(this.held);
    this.move(event, true);
    this.held = null;
  }

  /**
   * @param {PointerEvent} event
   * @param {boolean} done
   */
  move(event, done) {
    const dial = this.held === null ? undefined : this.shown.runs[this.held]?.dial;
    if (!dial || this.held === null) return;
    const [px] = this.chart.plot.place(event);
    const { at, value } = SCALES[dial.scale ?? "linear"];
    this.orders.rate(this.held, value(clamp(at(this.rate(px), dial), 0, 1), dial), done);
  }

  scaleNow() {
    const { runs, ...rest } = this.shown;
    return scaleOf(
      runs.flatMap(({ points }) => (points ? [points.values] : [])),
      rest,
    );
  }

  /**
   * Where an optimizer is, in pixels.
   * @param {Run} run
   * @returns {Point}
   */
  sign({ optimizer, trajectory }) {
    const { height, top } = this.scaleNow();
    return [
      this.chart.x(optimizer.hyperparameters.lr),
      this.chart.y(Math.min(height(ended(trajectory)), top)),
    ];
  }

  /**
   * @param {Theme} theme
   * @param {Shown} shown
   * @param {number | null} chosen the curve that is told from the others
   */
  draw(theme, shown, chosen) {
    this.shown = shown;
    const { log, bottom, top, height } = this.scaleNow();
    const beyond = log ? 30 * top : 2 * top - bottom; // a line to it leaves the frame at a slope that can be seen
    const swept = shown.runs.filter(({ row }) => row);
    const dials = shown.runs.flatMap(({ dial }) => (dial ? [dial] : []));
    const curves = swept.map((run) => ({
      xs: run.points?.rates,
      ys: Float64Array.from(run.points?.values ?? [], (f) => Math.min(height(f), beyond)),
      colour: run.style[theme.name],
      dash: run.style.dash,
      thin: true,
      of: ["lr"],
      width: run === shown.runs[chosen ?? -1] ? 2.6 : 1.6,
    }));
    const stamps = swept.map(({ optimizer, style, trajectory: { values, diverged } }) => ({
      x: optimizer.hyperparameters.lr,
      y: diverged === null ? height(values[values.length - 1]) : top,
      path: diverged === null ? style.marker : CROSS,
      colour: style[theme.name],
      margin: 7,
    }));
    this.chart.draw(theme, {
      x: dials.length
        ? [Math.min(...dials.map(({ min }) => min)), Math.max(...dials.map(({ max }) => max))]
        : [1e-4, 1],
      y: [bottom, top],
      logx: true,
      log,
      curves,
      stamps,
      note: this.note,
    });
  }
}
