// Scales: where values stand on sliders and axes.

/** @import {Range, Row, Scale, Tick} from "./types.d.ts" */
import { format, minus, rounded } from "./numbers.js";

/** @typedef {{value: (at: number, range: Range) => number, at: (value: number, range: Range) => number, notch?: (range: Range) => number}} Ruler */

/**
 * How a slider's position in [0, 1] stands for a value; every scale rounds to what a reader would write.
 * @type {Record<Scale, Ruler>}
 */
export const SCALES = {
  linear: {
    value: (at, { min, max }) => rounded(min + at * (max - min), 3),
    at: (value, { min, max }) => (value - min) / (max - min),
  },
  log: {
    value: (at, { min, max }) => rounded(min * (max / min) ** at, 2),
    at: (value, { min, max }) => Math.log(value / min) / Math.log(max / min),
  },
  complement: {
    // logarithmic in 1 − value: room where it matters, near 1
    value: (at, { max }) => rounded(1 - rounded((1 - max) ** at, 2), 12),
    at: (value, { max }) => Math.log(1 - value) / Math.log(1 - max),
  },
  whole: {
    value: (at, { min, max }) => Math.round(min + at * (max - min)),
    at: (value, { min, max }) => (value - min) / (max - min),
    notch: ({ min, max }) => 1 / (max - min),
  },
  doubling: {
    value: (at, { min, max }) => min * 2 ** Math.round(at * Math.log2(max / min)),
    at: (value, { min, max }) => Math.log2(value / min) / Math.log2(max / min),
    notch: ({ min, max }) => 1 / Math.log2(max / min),
  },
};

const STEPS = [1, 2, 5, 10];

/**
 * Round numbers from low to high, about `count` of them.
 * @param {number} low
 * @param {number} high
 * @param {number} count
 */
export function niceTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * (STEPS.find((multiple) => multiple * power >= rough) ?? 10);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    ticks.push(rounded(k * step, 12));
  return ticks;
}

/**
 * The next of …, 0.5, 1, 2, 5, 10, … below or above a positive number.
 * @param {number} value
 * @param {"below" | "above"} side
 */
export function round125(value, side) {
  const power = 10 ** Math.floor(Math.log10(value));
  const share = value / power;
  const above = () => STEPS.find((step) => step >= share * (1 - 1e-9)) ?? 10;
  const below = () => STEPS.findLast((step) => step <= share * (1 + 1e-9)) ?? 1;
  return power * (side === "above" ? above() : below());
}

/**
 * Ticks of an axis in powers of ten between 10 ** bottom and 10 ** top.
 * @param {number} bottom
 * @param {number} top
 */
export function logTicks(bottom, top) {
  const [first, last] = [Math.ceil(bottom - 1e-9), Math.floor(top + 1e-9)];
  const every = Math.max(1, Math.ceil((last - first + 1) / 6));
  const multiples = top - bottom < 2 ? [1, 2, 5] : [1];
  /** @type {Tick[]} */
  const ticks = [];
  for (let power = multiples.length > 1 ? first - 1 : first; power <= last; power += every) {
    for (const multiple of multiples) {
      const at = power + Math.log10(multiple);
      const plain = multiples.length > 1 && Math.abs(power) < 4;
      if (at > bottom - 1e-9 && at < top + 1e-9)
        ticks.push([at, plain ? format(multiple * 10 ** power) : [multiple, minus(String(power))]]);
    }
  }
  return ticks;
}

/**
 * The least and the largest of some curves, with a little air.
 * @param {...Row} curves
 * @returns {[number, number]}
 */
export function extent(...curves) {
  let [low, high] = [Infinity, -Infinity];
  for (const curve of curves)
    for (const value of curve)
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const air = 0.05 * (high - low || 1);
  return [low - air, high + air];
}

/**
 * Positions at least `gap` apart and as near as may be to where they were wanted, within [0, limit].
 * @param {number[]} wanted
 * @param {number} gap
 * @param {number} limit
 */
export function spread(wanted, gap, limit) {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b]);
  const placed = wanted.slice();
  order.forEach((k, n) => {
    placed[k] = Math.max(placed[k], n ? placed[order[n - 1]] + gap : 0);
  });
  let ceiling = limit;
  for (const k of order.reverse()) {
    placed[k] = Math.min(placed[k], ceiling);
    ceiling = placed[k] - gap;
  }
  return placed;
}
