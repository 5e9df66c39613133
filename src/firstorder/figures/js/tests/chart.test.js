import assert from "node:assert/strict";
import { test } from "node:test";
import { nearest } from "../chart.js";

test("every place between a curve's points answers with the nearest of them", () => {
  const xs = [3, 6, 9, 12];
  assert.deepEqual(
    [2, 3, 4, 5, 6, 11, 12, 14].map((x) => nearest(xs, x)),
    [0, 0, 0, 1, 1, 3, 3, 3],
  );
});

test("a place beyond a curve has no answer", () => {
  assert.equal(nearest([3, 6, 9, 12], 16), -1);
  assert.equal(nearest([], 1), -1);
  assert.equal(nearest([5], 7), -1);
});
