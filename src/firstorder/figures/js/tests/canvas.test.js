import assert from "node:assert/strict";
import { test } from "node:test";
import { cutAtFrame } from "../canvas.js";
import { neat } from "../numbers.js";

test("a segment is cut where it meets the frame", () => {
  assert.deepEqual(cutAtFrame(1, 1, 9, 5, 10, 10), [1, 1, 9, 5]);
  assert.deepEqual(cutAtFrame(-10, 5, 10, 5, 10, 10), [0, 5, 10, 5]);
  assert.deepEqual(cutAtFrame(5, 5, 5, 25, 10, 10), [5, 5, 5, 10]);
  assert.deepEqual(cutAtFrame(-5, -5, 15, 15, 10, 10), [0, 0, 10, 10]);
});

test("a segment that misses the frame is not drawn", () => {
  for (const [x0, y0, x1, y1] of [
    [-1, 0, -1, 10],
    [0, 11, 10, 11],
    [-6, 5, 5, -6],
    [-3, 2, -1, 8],
  ])
    assert.equal(cutAtFrame(x0, y0, x1, y1, 10, 10), null);
});

test("a start stays on the map, and is a number of few digits", () => {
  assert.equal(neat(5, -2, 2), 2);
  assert.equal(neat(-5, -2, 2), -2);
  assert.equal(neat(1 / 3, -2, 2), 0.3333);
  assert.equal(neat(1 / 3, -0.002, 0.5), 0.33333);
  assert.equal(neat(12.3456, 0, 1000), 12.3);
});
