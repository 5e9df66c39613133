import assert from "node:assert/strict";
import { test } from "node:test";
import { clamp, format, mean, rounded, within } from "../numbers.js";

test("a number stays between its bounds", () => {
  assert.deepEqual(
    [-1, 0.5, 2].map((value) => clamp(value, 0, 1)),
    [0, 0.5, 1],
  );
});

test("only a number can be within bounds", () => {
  assert.ok(within(0, 0, 1));
  for (const value of [-0.1, 1.1, Number.NaN, "0.5", null, undefined, [0.5], {}])
    assert.ok(!within(value, 0, 1));
});

test("numbers are written as readers write them: three digits, a minus sign, powers where they are short", () => {
  /** @type {[number, string][]} */
  const expected = [
    [0, "0"],
    [1 / 3, "0.333"],
    [-2.5, "−2.5"],
    [1e-3, "0.001"],
    [9.9e-4, "9.9e−4"],
    [1e-8, "1e−8"],
    [-1.5e-7, "−1.5e−7"],
    [99999, "100000"],
    [1e5, "1e5"],
    [123456, "1.23e5"],
  ];
  for (const [value, text] of expected) assert.equal(format(value), text);
  assert.equal(format(0.123456, 2), "0.12");
  assert.equal(format(0.999, 6), "0.999");
});

test("rounding is to digits, not to places", () => {
  assert.equal(rounded(12345.678, 3), 12300);
  assert.equal(rounded(0.0012345, 2), 0.0012);
});

test("a mean is that of all values", () => {
  assert.equal(mean([1, 2, 6]), 3);
  assert.equal(mean(Float64Array.of(-1, 1)), 0);
});
