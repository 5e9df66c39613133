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
