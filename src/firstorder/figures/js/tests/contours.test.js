import assert from "node:assert/strict";
import { test } from "node:test";
import { contourPixels, rampOf, survey } from "../contours.js";
import { THEMES } from "../styles.js";

/** @type {(x: number, y: number) => number} */
const bowl = (x, y) => x ** 2 + 4 * y ** 2;

test("a survey runs from the upper left corner, from 0 at the lowest to 1 at the highest", () => {
  const { heights, low, high, columns, rows } = survey((x, y) => x + 10 * y, [0, 1, 0, 1], 3, 2);
  assert.deepEqual([columns, rows, low, high], [3, 2, 0, 11]);
  assert.equal(heights.indexOf(Math.max(...heights)), 2); // x = 1, y = 1: the end of the first row
  assert.equal(heights.indexOf(Math.min(...heights)), 3); // x = 0, y = 0: the start of the last
  assert.deepEqual([Math.min(...heights), Math.max(...heights)], [0, 1]);
});

test("higher ground is higher, and flat ground divides by nothing", () => {
  const field = survey(bowl, [-2, 2, -1, 1], 41, 21);
  for (let i = 21; i < 41; i++) assert.ok(field.heights[10 * 41 + i] > field.heights[10 * 41 + i - 1]);
  assert.ok(survey(() => 3, [0, 1, 0, 1], 4, 4).heights.every((height) => height === 0));
});

/** @type {(pixel: number) => number[]} */
const rgb = (pixel) => [pixel & 255, (pixel >> 8) & 255, (pixel >> 16) & 255];

test("bands run along the ramp of the theme, with a line between two of them", () => {
  for (const theme of Object.values(THEMES)) {
    const columns = 200;
    const heights = Float32Array.from({ length: 2 * columns }, (_, k) => (k % columns) / (columns - 1));
    const pixels = contourPixels({ columns, rows: 2, heights }, 400, 4, theme, 5);
    const row = Array.from(pixels.subarray(400, 800), rgb);
    const hex = (/** @type {number[]} */ parts) =>
      `#${parts.map((c) => c.toString(16).padStart(2, "0")).join("")}`;
    assert.equal(hex(row[10]), theme.ramp[0]);
    assert.equal(hex(row[390]), theme.ramp.at(-1));
    const bands = new Set([40, 120, 200, 280, 360].map((x) => hex(row[x])));
    assert.equal(bands.size, 5);
    const line = row.map((parts, x) => ({ x, off: !bands.has(hex(parts)) })).filter(({ off }) => off);
    for (const edge of [80, 160, 240, 320])
      assert.ok(
        line.some(({ x }) => Math.abs(x - edge) < 3),
        `at ${edge}`,
      );
    assert.ok(line.length <= 4 * 4);
    assert.match(rampOf(theme), /^linear-gradient\(90deg, #/);
  }
});

test("what has no value is hatched, and a pole leaves the colours to the rest", () => {
  const field = survey((x, y) => (x < 0 ? NaN : y), [-1, 1, 0, 1], 21, 5);
  assert.ok(field.blank);
  assert.deepEqual([field.low, field.high], [0, 1]);
  assert.ok(field.heights.subarray(0, 10).every(Number.isNaN));
  for (const theme of Object.values(THEMES)) {
    const pixels = contourPixels(field, 200, 50, theme, 5);
    assert.ok(pixels.every((pixel) => pixel >>> 24 === 255)); // none is left out
    const hatched = new Set(Array.from(pixels.subarray(0, 80), (pixel) => rgb(pixel).join()));
    assert.equal(hatched.size, 2);
  }
  for (const end of [Infinity, 1e17]) {
    const pole = survey((x) => (x === 0 ? end : x === 1 ? -end : x), [-3, 3, 0, 1], 121, 5);
    assert.deepEqual([pole.low, pole.high, pole.blank], [-3, 3, false]);
    assert.deepEqual([pole.heights[60], pole.heights[80]], [1, 0]);
  }
  const dip = survey((x, y) => -Math.exp(-500 * (x * x + y * y)), [-2, 2, -2, 2], 41, 41);
  assert.deepEqual([dip.low, dip.heights[20 * 41 + 20]], [-1, 0]);
  const nowhere = survey(() => NaN, [0, 1, 0, 1], 4, 4);
  assert.deepEqual([nowhere.low, nowhere.high, nowhere.blank], [0, 0, true]);
});

test("a pole downwards leaves the colours to the rest as well", () => {
  const grounds = [
    (/** @type {number} */ _, /** @type {number} */ y) => 1 / y,
    (/** @type {number} */ x) => -1 / x ** 2,
    (/** @type {number} */ x, /** @type {number} */ y) => 1 / x - 1 / y ** 2,
    (/** @type {number} */ x, /** @type {number} */ y) => x ** 2 + Math.log(y ** 2 + 1e-12),
  ];
  for (const [k, ground] of grounds.entries()) {
    const { heights, low, middle = NaN, high } = survey(ground, [-3, 3, -2, 2], 300, 200);
    const bands = new Array(15).fill(0);
    for (const height of heights) bands[Math.min(14, Math.floor(15 * height))]++;
    assert.ok(Math.max(...bands) < 0.5 * heights.length, `${k}: ${bands}`);
    assert.ok(low < middle && middle < high);
  }
});
