import assert from "node:assert/strict";
import { test } from "node:test";
import { lowest } from "../editing/lowest.js";

/** @type {(found: number[][], wanted: number[][]) => void} */
function near(found, wanted) {
  assert.equal(found.length, wanted.length, JSON.stringify(found));
  const sorted = found.toSorted(([a], [b]) => a - b);
  sorted.flat().forEach((x, k) => {
    assert.ok(Math.abs(x - wanted.flat()[k]) < 1e-5, `${x}, ${wanted.flat()[k]}`);
  });
}

test("it is found wherever it is, and all of them where there are several", () => {
  near(
    lowest((x, y) => (x - 0.1234) ** 2 + 20 * (y + 0.4321) ** 2, [-2, 2, -1, 1]),
    [[0.1234, -0.4321]],
  );
  near(
    lowest((x, y) => (x * x - 1) ** 2 + (y - x / 3) ** 2, [-2, 2, -1.5, 1.5]),
    [
      [-1, -1 / 3],
      [1, 1 / 3],
    ],
  );
  near(
    lowest((x, y) => (1 - x) ** 2 + 10 * (y - x * x) ** 2, [-2, 2, -1, 3]),
    [[1, 1]],
  );
  near(
    lowest((x, y) => (Math.sqrt(x) - 1) ** 2 + Math.abs(y - 0.3), [-1, 3, -1, 1]), // no value on the left
    [[1, 0.3]],
  );
});

test("there is none where it falls without end, or is nowhere", () => {
  for (const value of [(/** @type {number} */ x) => -1 / (x * x), () => NaN, () => Infinity])
    assert.deepEqual(lowest(value, [-1, 1, -1, 1]), []);
});
