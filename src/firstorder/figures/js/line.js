// A line that a reader draws over a plot by some points: for mouse, touch and keys.

/** @import {Plot} from "./plot.js" */
/** @import {Point} from "./types.d.ts" */
import { h, svg } from "./dom.js";
import { MOVES } from "./handle.js";
import { clamp } from "./numbers.js";

/** A kind of line has `follow`, `move` and `said`. Its places are shares of the plot, from below. */
export class Line {
  /**
   * @param {Plot} plot
   * @param {string} describedby the id of the words that say what to do
   * @param {Point[]} places of its points
   * @param {Point[]} [before] where it comes from
   */
  constructor(plot, describedby, places, before = []) {
    this.plot = plot;
    this.places = places;
    this.before = before;
    /** Where the pointer was while it is held down. @type {Point | null} */
    this.held = null;
    this.line = svg("polyline", { "vector-effect": "non-scaling-stroke" });
    this.points = places.map((_, k) =>
      h("div", {
        class: "fo-handle",
        role: "slider",
        tabindex: 0,
        "aria-label": `What you expect, point ${k + 1} of ${places.length}`,
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-describedby": describedby,
        onkeydown: (event) => this.key(event, k),
      }),
    );
    this.element = h(
      "div",
      {
        class: "fo-sketch",
        onpointerdown: (event) => this.grab(event),
        onpointermove: (event) => this.drag(event),
        onpointerup: () => this.release(),
        onpointercancel: () => this.release(),
        onclick: (event) => event.stopPropagation(),
      },
      svg("svg", { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" }, this.line),
      ...this.points,
    );
    plot.element.append(this.element);
  }

  /**
   * Takes the points along with the pointer; gives back which is in hand.
   * @param {Point} _from where it was
   * @param {Point} _to
   * @param {boolean} _begins whether it was put down only now
   * @returns {number}
   */
  follow(_from, _to, _begins) {
    throw new Error("a kind of line follows the pointer");
  }

  /**
   * @param {Point} _place
   * @param {Point} _by
   * @returns {Point} where a key brings it
   */
  move(_place, _by) {
    throw new Error("a kind of line is moved by keys");
  }

  /**
   * Where a point stands, in words.
   * @param {number} _k
   * @returns {string}
   */
  said(_k) {
    throw new Error("a kind of line says where it is");
  }

  /** @param {PointerEvent} event @returns {Point} */
  share(event) {
    const [x, y] = this.plot.place(event);
    return [clamp(x / this.plot.width, 0, 1), clamp(1 - y / this.plot.height, 0, 1)];
  }

  /** @param {PointerEvent} event */
  grab(event) {
    event.stopPropagation();
    if (event.button) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.held = this.share(event);
    const k = this.follow(this.held, this.held, true);
    this.points[k].focus({ preventScroll: true });
    this.update();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    event.stopPropagation();
    if (!this.held) return;
    const from = this.held;
    this.held = this.share(event);
    this.follow(from, this.held, false);
    this.update();
  }

  release() {
    this.held = null;
  }

  /**
   * @param {KeyboardEvent} event
   * @param {number} k
   */
  key(event, k) {
    const move = MOVES[event.key];
    if (!move) return;
    event.preventDefault();
    event.stopPropagation();
    const share = event.shiftKey ? 0.001 : 0.01;
    const [x, y] = this.move(this.places[k], [share * move[0], share * move[1]]);
    this.places[k] = [clamp(x, 0, 1), clamp(y, 0, 1)];
    this.update();
  }

  update() {
    const at = [...this.before, ...this.places].map(([x, y]) => `${100 * x},${100 * (1 - y)}`);
    this.line.setAttribute("points", at.join(" "));
    this.points.forEach((point, k) => {
      const [x, y] = this.places[k];
      point.style.left = `${100 * x}%`;
      point.style.top = `${100 * (1 - y)}%`;
      point.setAttribute("aria-valuenow", String(Math.round(100 * y)));
      point.setAttribute("aria-valuetext", this.said(k));
    });
  }

  /** Leaves the line as it is, beside what there is. */
  end() {
    this.element.classList.add("is-done");
    for (const point of this.points) point.remove();
  }

  remove() {
    this.element.remove();
  }
}
