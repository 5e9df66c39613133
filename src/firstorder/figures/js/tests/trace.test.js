// What is kept of a stroke: a few points of it.

import assert from "node:assert/strict";
import { test } from "node:test";
import { spread } from "../trace.js";

test("points lie on a stroke after equal parts of its length, the last at its end", () => {
  /** @type {[number, number][]} */
  const stroke = [
    [0, 0],
    [3, 0],
    [3, 1],
  ];
  assert.deepEqual(spread(stroke, 4), [
    [1, 0],
    [2, 0],
    [3, 0],
    [3, 1],
  ]);
});

test("a stroke that has not begun has all its points where it starts", () => {
  assert.deepEqual(spread([[0.25, 0.5]], 2), [
    [0.25, 0.5],
    [0.25, 0.5],
  ]);
});
