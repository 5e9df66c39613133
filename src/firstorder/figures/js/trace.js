// The path that a reader expects on a map, from where it starts.

/** @import {Plot} from "./plot.js" */
/** @import {Point} from "./types.d.ts" */
import { Line } from "./line.js";
import { format } from "./numbers.js";

const POINTS = 5;
/** Shares of the plot between two places of a stroke that are kept. */
const APART = 0.004;

export class Trace extends Line {
  /**
   * @param {Plot} plot
   * @param {string} describedby the id of the words that say what to do
   * @param {Point} start
   */
  constructor(plot, describedby, start) {
    const begin = [plot.x(start[0]) / plot.width, 1 - plot.y(start[1]) / plot.height];
    const on = (/** @type {number} */ from, /** @type {number} */ share) => from + share * (0.5 - from);
    super(
      plot,
      describedby,
      Array.from({ length: POINTS }, (_, k) => [
        on(begin[0], (k + 1) / POINTS),
        on(begin[1], (k + 1) / POINTS),
      ]),
      [/** @type {Point} */ (begin)],
    );
    this.element.classList.add("is-free");
    /** @type {Point[]} */
    this.stroke = [];
    this.update();
  }

  /**
   * A stroke begins at the start, wherever it is put down; the points come to lie on it, equally far apart.
   * @param {Point} _from
   * @param {Point} to
   * @param {boolean} begins
   */
  follow(_from, to, begins) {
    if (begins) this.stroke = [...this.before];
    const [x, y] = this.stroke[this.stroke.length - 1];
    if (Math.hypot(to[0] - x, to[1] - y) > APART) this.stroke.push(to);
    this.places = spread(this.stroke, POINTS);
    return POINTS - 1;
  }

  /** @type {(place: Point, by: Point) => Point} */
  move([x, y], [right, up]) {
    return [x + right, y + up];
  }

  /** @param {number} k */
  said(k) {
    const [x, y] = this.places[k];
    return where(this.plot.data(x * this.plot.width, (1 - y) * this.plot.height));
  }

  /**
   * Says where the line ends, and where the path does.
   * @param {Float64Array} points of the path, x and y in turn
   */
  compare(points) {
    this.end();
    const end = where([points[points.length - 2], points[points.length - 1]]);
    return `You expected the end at ${this.said(POINTS - 1)}, and it is at ${end}.`;
  }
}

/** @param {Point} point */
const where = ([x, y]) => `(${format(x, 2)}, ${format(y, 2)})`;

/**
 * Places on a polyline after equal parts of its length, of which the last is its end.
 * @param {Point[]} line
 * @param {number} count
 * @returns {Point[]}
 */
export function spread(line, count) {
  const way = [0];
  for (let k = 1; k < line.length; k++)
    way.push(way[k - 1] + Math.hypot(line[k][0] - line[k - 1][0], line[k][1] - line[k - 1][1]));
  const total = way[way.length - 1];
  return Array.from({ length: count }, (_, k) => {
    const wanted = (total * (k + 1)) / count;
    const next = Math.max(
      1,
      way.findIndex((gone) => gone >= wanted - 1e-12),
    );
    const [from, to] = [line[next - 1], line[next] ?? line[next - 1]];
    const share = total ? (wanted - way[next - 1]) / (way[next] - way[next - 1]) : 0;
    return [from[0] + share * (to[0] - from[0]), from[1] + share * (to[1] - from[1])];
  });
}
