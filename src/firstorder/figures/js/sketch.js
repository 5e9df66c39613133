// The line that a reader expects, drawn over a plot by some points: for mouse, touch and keys.

/** @import {Row} from "./types.d.ts" */
import { h, svg } from "./dom.js";
import { clamp, format } from "./numbers.js";

/** @typedef {import("./chart.js").Chart} Chart */

/** Points of the line, and where the first and the last stand in the plot's width. */
const POINTS = 6;
const [FIRST, LAST] = [0.02, 0.98];

/** @type {Record<string, number>} hundredths of the plot's height */
const MOVES = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1, PageUp: 10, PageDown: -10 };

export class Sketch {
  /**
   * @param {Chart} chart
   * @param {string} describedby the id of the words that say what to do
   */
  constructor(chart, describedby) {
    this.chart = chart;
    this.places = Array.from({ length: POINTS }, (_, k) => FIRST + ((LAST - FIRST) * k) / (POINTS - 1));
    /** Shares of the plot's height. */
    this.heights = this.places.map(() => 0.5);
    /** Where the pointer was, in shares of the plot, while it is held down. @type {[number, number] | null} */
    this.held = null;
    this.line = svg("polyline", { "vector-effect": "non-scaling-stroke" });
    this.points = this.places.map((place, k) =>
      h("div", {
        class: "fo-handle",
        role: "slider",
        tabindex: 0,
        style: `left: ${100 * place}%`,
        "aria-label": `What you expect, point ${k + 1} of ${POINTS}`,
        "aria-orientation": "vertical",
        "aria-valuemin": 0,
        "aria-valuemax": 100,
        "aria-describedby": describedby,
        onkeydown: (event) => this.key(event, k),
      }),
    );
    const picture = svg(
      "svg",
      { viewBox: "0 0 100 100", preserveAspectRatio: "none", "aria-hidden": "true" },
      this.line,
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
      picture,
      ...this.points,
    );
    chart.plot.element.append(this.element);
    this.update();
  }

  /** @param {PointerEvent} event @returns {[number, number]} */
  share(event) {
    const { plot } = this.chart;
    const [x, y] = plot.place(event);
    return [x / plot.width, clamp(1 - y / plot.height, 0, 1)];
  }

  /** @param {PointerEvent} event */
  grab(event) {
    event.stopPropagation();
    if (event.button) return;
    event.preventDefault();
    this.element.setPointerCapture(event.pointerId);
    this.held = this.share(event);
    const k = this.nearest(this.held[0]);
    this.heights[k] = this.held[1];
    this.points[k].focus({ preventScroll: true });
    this.update();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    event.stopPropagation();
    if (!this.held) return;
    const [x0, y0] = this.held;
    const [x1, y1] = this.share(event);
    this.held = [x1, y1];
    // A quick hand passes points between two events: they come to lie on its way.
    this.places.forEach((place, k) => {
      if ((place - x0) * (place - x1) <= 0 && x0 !== x1)
        this.heights[k] = y0 + ((y1 - y0) * (place - x0)) / (x1 - x0);
    });
    this.heights[this.nearest(x1)] = y1;
    this.update();
  }

  release() {
    this.held = null;
  }

  /** @param {number} x */
  nearest(x) {
    const away = this.places.map((place) => Math.abs(place - x));
    return away.indexOf(Math.min(...away));
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
    this.heights[k] = clamp(this.heights[k] + (event.shiftKey ? 0.1 : 1) * 0.01 * move, 0, 1);
    this.update();
  }

  /**
   * The number that a point stands for, and the place of it.
   * @param {number} k
   */
  expected(k) {
    const { domain } = this.chart.plot;
    const [x0, x1, y0, y1] = domain;
    return {
      x: this.chart.back(x0 + this.places[k] * (x1 - x0)),
      y: this.chart.down(y0 + this.heights[k] * (y1 - y0)),
    };
  }

  update() {
    const at = this.places.map((place, k) => `${100 * place},${100 * (1 - this.heights[k])}`);
    this.line.setAttribute("points", at.join(" "));
    this.points.forEach((point, k) => {
      const { x, y } = this.expected(k);
      point.style.top = `${100 * (1 - this.heights[k])}%`;
      point.setAttribute("aria-valuenow", String(Math.round(100 * this.heights[k])));
      point.setAttribute("aria-valuetext", `${format(y, 2)} at ${format(x, 3)}`);
    });
  }

  /**
   * Leaves the line as it is beside what there is, and says where both end.
   * @param {Row} curve
   */
  compare(curve) {
    this.element.classList.add("is-done");
    for (const point of this.points) point.remove();
    const { x, y } = this.expected(POINTS - 1);
    const real = curve[clamp(Math.round(x - this.chart.first), 0, curve.length - 1)];
    return { expected: y, real };
  }

  remove() {
    this.element.remove();
  }
}
