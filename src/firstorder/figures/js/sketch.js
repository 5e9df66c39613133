// The curve that a reader expects in a chart.

/** @import {Point, Row} from "./types.d.ts" */
import { Line } from "./line.js";
import { clamp, format } from "./numbers.js";

/** @typedef {import("./chart.js").Chart} Chart */

/** Points of the line, and where the first and the last stand in the plot's width. */
const POINTS = 6;
const [FIRST, LAST] = [0.02, 0.98];

export class Sketch extends Line {
  /**
   * @param {Chart} chart
   * @param {string} describedby the id of the words that say what to do
   */
  constructor(chart, describedby) {
    const place = (/** @type {number} */ k) => FIRST + ((LAST - FIRST) * k) / (POINTS - 1);
    super(
      chart.plot,
      describedby,
      Array.from({ length: POINTS }, (_, k) => [place(k), 0.5]),
    );
    this.chart = chart;
    this.element.classList.add("is-level");
    for (const point of this.points) point.setAttribute("aria-orientation", "vertical");
    this.update();
  }

  /**
   * A quick hand passes points between two events: they come to lie on its way.
   * @param {Point} from
   * @param {Point} to
   */
  follow([x0, y0], [x1, y1]) {
    for (const place of this.places) {
      const [x] = place;
      if (x0 !== x1 && (x - x0) * (x - x1) <= 0) place[1] = y0 + ((y1 - y0) * (x - x0)) / (x1 - x0);
    }
    const away = this.places.map(([x]) => Math.abs(x - x1));
    const k = away.indexOf(Math.min(...away));
    this.places[k][1] = y1;
    return k;
  }

  /** @type {(place: Point, by: Point) => Point} */
  move([x, y], [right, up]) {
    return [x, y + right + up];
  }

  /**
   * The number that a point stands for, and the place of it.
   * @param {number} k
   */
  expected(k) {
    const [x0, x1, y0, y1] = this.plot.domain;
    const [x, y] = this.places[k];
    return { x: this.chart.back(x0 + x * (x1 - x0)), y: this.chart.down(y0 + y * (y1 - y0)) };
  }

  /** @param {number} k */
  said(k) {
    const { x, y } = this.expected(k);
    return `${format(y, 2)} at ${format(x, 3)}`;
  }

  /**
   * Says where the line ends, and where the curve does.
   * @param {Row} curve
   */
  compare(curve) {
    this.end();
    const { x, y } = this.expected(POINTS - 1);
    const real = curve[clamp(Math.round(x - this.chart.first), 0, curve.length - 1)];
    return `At the end you expected ${format(y, 2)}, and it is ${format(real, 2)}.`;
  }
}
