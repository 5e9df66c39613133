import assert from "node:assert/strict";
import { test } from "node:test";
import { lowest } from "../editing/lowest.js";

/** With its slopes as differences. @type {(value: (x: number, y: number) => number) => any} */
const ground = (value) => ({
  value,
  gradient(
    /** @type {number} */ x,
    /** @type {number} */ y,
    /** @type {unknown} */ _,
    /** @type {any} */ out,
  ) {
    out[0] = (value(x + 1e-6, y) - value(x - 1e-6, y)) / 2e-6;
    out[1] = (value(x, y + 1e-6) - value(x, y - 1e-6)) / 2e-6;
  },
});

/** @type {[string, (x: number, y: number) => number, [number, number, number, number], number[][]][]} */
const FOUND = [
  ["a bowl", (x, y) => (x - 0.1234) ** 2 + 20 * (y + 0.4321) ** 2, [-2, 2, -1, 1], [[0.1234, -0.4321]]],
  [
    "two valleys",
    (x, y) => (x * x - 1) ** 2 + (y - x / 3) ** 2,
    [-2, 2, -1.5, 1.5],
    [
      [-1, -1 / 3],
      [1, 1 / 3],
    ],
  ],
  ["a curved valley", (x, y) => (1 - x) ** 2 + 100 * (y - x * x) ** 2, [-3, 3, -2, 3], [[1, 1]]],
  [
    "edges, and nothing on the left",
    (x, y) => (Math.sqrt(x) - 1) ** 2 + Math.abs(y - 0.3),
    [-1, 3, -1, 1],
    [[1, 0.3]],
  ],
  ["the map's own edge", (x, y) => x + (y - 0.1) ** 2, [-1, 1, -1, 1], [[-1, 0.1]]],
];
for (const [what, value, domain, wanted] of FOUND)
  test(`the lowest place is found: ${what}`, () => {
    const found = lowest(ground(value), domain).toSorted(([a], [b]) => a - b);
    assert.equal(found.length, wanted.length, JSON.stringify(found));
    found.flat().forEach((x, k) => {
      assert.ok(Math.abs(x - wanted.flat()[k]) < 1e-4, JSON.stringify(found));
    });
  });

test("there is none where it falls without end, is nowhere, is flat, or as low along a line", () => {
  for (const value of [
    (/** @type {number} */ x) => -1 / (x * x),
    () => Number.NaN,
    () => Infinity,
    () => 3,
    (/** @type {number} */ x) => x * x,
    (/** @type {number} */ x) => Math.max(x, 0),
  ])
    assert.deepEqual(lowest(ground(value), [-1, 1, -1, 1]), []);
});
