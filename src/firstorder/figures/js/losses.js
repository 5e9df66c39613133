// The playground's chart: f against the step.

/** @import {Run} from "./card.js" */
/** @import {Point, Stamp, Theme, View} from "./types.d.ts" */
import { round125 } from "./scales.js";
import { CROSS } from "./styles.js";

/** @typedef {object} Shown
 * @property {Run[]} runs
 * @property {number} steps
 * @property {number} cursor
 * @property {number} lowest f at the lowest minimum, infinite where there is none
 * @property {number} begin f at the start
 * @property {Point} range of f on the map
 */

/**
 * How f is shown: its excess over the minimum on a logarithmic scale, or f itself where there is no minimum.
 * @param {Iterable<ArrayLike<number>>} rows values of f
 * @param {{lowest: number, begin: number, range: Point}} shown
 */
export function scaleOf(rows, { lowest, begin, range }) {
  const log = Number.isFinite(lowest);
  const above = (/** @type {number} */ f) => (log ? f - lowest : f);
  const [bottom, top] = log ? excess(rows, above(begin), above) : open(range);
  return {
    log,
    bottom,
    top,
    /** Far outside the frame all is one; a logarithm there would make the line to it too steep. @type {(f: number) => number} */
    height: (f) => (log ? Math.min(Math.max(above(f), bottom / 10), 1e300) : Math.min(f, 1e300)),
    note: log ? "f − minimum, log scale" : "f, no minimum",
  };
}

/** @type {(range: Point) => Point} with room, if it is flat */
const open = ([low, high]) => (low < high ? [low, high] : [low - 1, high + 1]);

/**
 * @param {Shown} shown
 * @param {Theme} theme
 * @returns {View}
 */
export function lossView(shown, theme) {
  const { runs, steps, cursor } = shown;
  const rows = runs.map(({ trajectory }) => trajectory.values);
  const { log, bottom, top, height, note } = scaleOf(rows, shown);
  const curves = runs.map(({ label, style, optimizer, trajectory }) => ({
    ys: trajectory.values.map(height),
    label: trajectory.diverged === null ? label : `${label} ✕`,
    colour: style[theme.name],
    dash: style.dash,
    thin: true,
    width: 2,
    of: Object.keys(optimizer.hyperparameters).filter((name) => name !== "lr"), // that all have,
  }));
  return {
    x: [0, steps],
    y: [bottom, top],
    log,
    marks: [{ x: cursor, colour: theme.muted, dash: [] }],
    curves,
    stamps: runs.flatMap((run, k) => sign(run, curves[k].ys, curves[k].colour, cursor, top)),
    note,
  };
}

/**
 * Where a curve is at the cursor; a cross where it left the frame, if it has diverged.
 * @param {Run} run
 * @param {Float64Array} heights
 * @param {string} colour
 * @param {number} cursor
 * @param {number} top
 * @returns {Stamp[]}
 */
function sign({ style, trajectory: { diverged } }, heights, colour, cursor, top) {
  if (!heights.length) return [];
  const end = heights.length - 1;
  if (diverged === null || cursor < diverged) {
    const x = Math.min(cursor, end);
    return [{ x, y: heights[x], path: style.marker, colour, scale: 0.9 }];
  }
  const out = heights.findIndex((f) => f > top);
  const x = out < 0 ? end : out;
  return [{ x, y: heights[x], path: CROSS, colour, margin: 8 }];
}

/**
 * The range of what paths are above the minimum: a curve that climbs far above the start, `begin`, leaves the frame
 * rather than flattening the others.
 * @param {Iterable<ArrayLike<number>>} rows
 * @param {number} begin
 * @param {(f: number) => number} above
 * @returns {[number, number]}
 */
export function excess(rows, begin, above) {
  let [low, high] = [Infinity, 0];
  for (const row of rows)
    for (let k = 0; k < row.length; k++) {
      const height = above(row[k]);
      if (height > 0 && height < Infinity) [low, high] = [Math.min(low, height), Math.max(high, height)];
    }
  const most = Math.min(begin > 0 ? 4 * begin : Infinity, high) || 1;
  const least = Math.max(most * 1e-14, Math.min(low, most / 2));
  return [round125(least, "below"), round125(most, "above")];
}
