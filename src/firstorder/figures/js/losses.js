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
 * The excess over the minimum on a logarithmic scale, or f itself where there is no minimum.
 * @param {Shown} shown
 * @param {Theme} theme
 * @returns {View}
 */
export function lossView({ runs, steps, cursor, lowest, begin, range }, theme) {
  const log = Number.isFinite(lowest);
  const above = (/** @type {number} */ f) => (log ? f - lowest : f);
  const [bottom, top] = log ? excess(runs, above(begin), above) : range;
  // Far below the frame all is one; a logarithm there would make the line to it too steep.
  const height = (/** @type {number} */ f) => (log ? Math.max(above(f), bottom / 10) : f);
  const curves = runs.map(({ label, style, trajectory }) => ({
    ys: trajectory.values.map(height),
    label: trajectory.diverged === null ? label : `${label} ✕`,
    colour: style[theme.name],
    dash: style.dash,
    thin: true,
    width: 2,
  }));
  return {
    x: [0, steps],
    y: [bottom, top],
    log,
    marks: [{ x: cursor, colour: theme.muted, dash: [] }],
    curves,
    stamps: runs.flatMap((run, k) => sign(run, curves[k].ys, curves[k].colour, cursor, top)),
    note: log ? "f − minimum, log scale" : "f, no minimum",
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
 * @param {Run[]} runs
 * @param {number} begin
 * @param {(f: number) => number} above
 * @returns {[number, number]}
 */
export function excess(runs, begin, above) {
  let [low, high] = [Infinity, 0];
  for (const { trajectory } of runs)
    for (const f of trajectory.values) {
      const height = above(f);
      if (height > 0) [low, high] = [Math.min(low, height), Math.max(high, height)];
    }
  const most = Math.min(begin > 0 ? 4 * begin : Infinity, high) || 1;
  const least = Math.max(most * 1e-14, Math.min(low, most / 2));
  return [round125(least, "below"), round125(most, "above")];
}
