import assert from "node:assert/strict";
import { test } from "node:test";
import { extent, logTicks, niceTicks, round125, SCALES, spread } from "../scales.js";

/** @import {Range, Scale} from "../types.d.ts" */

/** @type {[Scale, Range][]} */
const RANGES = [
  ["linear", { min: -1, max: 3 }],
  ["log", { min: 1e-4, max: 10 }],
  ["complement", { min: 0, max: 0.9999 }],
  ["whole", { min: 1, max: 300 }],
  ["doubling", { min: 1, max: 128 }],
];

for (const [name, range] of RANGES)
  test(`the ends of a slider are the ends of its range, and what it says it can say again: ${name}`, () => {
    const scale = SCALES[name];
    assert.equal(scale.value(0, range), range.min);
    assert.ok(Math.abs(scale.value(1, range) - range.max) < 1e-12);
    const notch = scale.notch?.(range) ?? 0.005;
    for (let at = 0; at <= 1; at += notch) {
      const value = scale.value(at, range);
      assert.ok(Math.abs(scale.at(value, range) - at) <= Math.max(0.05, notch), `${name} ${at}`);
      assert.equal(scale.value(scale.at(value, range), range), value);
    }
  });

test("what a slider says is short", () => {
  assert.equal(SCALES.log.value(0.37, { min: 1e-4, max: 10 }), 0.0071);
  assert.equal(SCALES.complement.value(0.75, { min: 0, max: 0.9999 }), 0.999);
  assert.equal(SCALES.doubling.value(0.5, { min: 1, max: 128 }), 16);
});

test("ticks are round, inside, and about as many as asked for", () => {
  assert.deepEqual(niceTicks(0, 1, 5), [0, 0.2, 0.4, 0.6, 0.8, 1]);
  assert.deepEqual(niceTicks(-1.3, 2.7, 4), [-1, 0, 1, 2]);
  assert.deepEqual(niceTicks(0, 300, 4), [0, 100, 200, 300]);
  for (const [low, high] of [
    [-2, 2],
    [0.013, 0.094],
    [-1e6, 3e6],
  ])
    for (const count of [2, 4, 8]) {
      const ticks = niceTicks(low, high, count);
      assert.ok(ticks.length >= 1 && ticks.length <= count + 1, `${low} ${high} ${count}: ${ticks}`);
      assert.ok(ticks.every((tick) => tick >= low - 1e-9 && tick <= high + 1e-9));
    }
});

test("a logarithmic axis has powers of ten, and multiples where it is short", () => {
  assert.deepEqual(logTicks(-3, 0), [
    [-3, [1, "−3"]],
    [-2, [1, "−2"]],
    [-1, [1, "−1"]],
    [0, [1, "0"]],
  ]);
  const short = logTicks(0, 1);
  assert.deepEqual(
    short.map(([, text]) => text),
    ["1", "2", "5", "10"],
  );
  assert.ok(Math.abs(short[1][0] - Math.log10(2)) < 1e-15);
  assert.ok(logTicks(-300, 10).length <= 7);
});

test("1, 2 and 5 enclose a number", () => {
  for (const value of [1, 1.9, 2, 3, 5, 7, 1e-7, 4.2e9]) {
    assert.ok(round125(value, "below") <= value * (1 + 1e-9));
    assert.ok(round125(value, "above") >= value * (1 - 1e-9));
    assert.ok(round125(value, "above") / round125(value, "below") < 2.51);
  }
  assert.equal(round125(3, "below"), 2);
  assert.equal(round125(3, "above"), 5);
});

test("the extent of curves has air, and passes over what is not finite", () => {
  assert.deepEqual(extent([0, 10], [Number.NaN, Infinity, 5]), [-0.5, 10.5]);
  const [low, high] = extent([2, 2]);
  assert.ok(low < 2 && high > 2);
});

test("names are kept apart, as near as may be to where they were wanted, and within the plot", () => {
  assert.deepEqual(spread([10, 50], 14, 100), [10, 50]);
  assert.deepEqual(spread([10, 10, 10], 14, 100), [10, 24, 38]);
  assert.deepEqual(spread([95, 96], 14, 100), [86, 100]);
  const placed = spread([3, 1, 2], 10, 100);
  assert.ok(placed[1] < placed[2] && placed[2] < placed[0]);
});
