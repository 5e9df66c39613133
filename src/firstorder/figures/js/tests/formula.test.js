import assert from "node:assert/strict";
import { test } from "node:test";
import { groundOf } from "../editing/formula.js";

/** @type {(value: string, gradient?: string) => string} */
const source = (value, gradient = "out[0] = 2*x; out[1] = -1/y;") =>
  `{\n  value(x, y, {}) {\n    return ${value};\n  },\n  gradient(x, y, {}, out) {\n    ${gradient}\n  }\n}`;

test("a landscape gives its value and its slopes, whatever was asked before", () => {
  const { value, gradient, minima } = groundOf(source("(x > 0 ? x*x : -x) - Math.log(y)"));
  const out = new Float64Array(2);
  gradient(3, 4, {}, out);
  assert.deepEqual([...out], [6, -0.25]);
  assert.equal(value(2, 1, {}), 4);
  assert.equal(value(-2, 1, {}), 2);
  assert.equal(value(0, 0, {}), Infinity);
  assert.ok(Number.isNaN(value(0, -1, {})));
  assert.deepEqual(minima({}), []);
});

const REFUSED = {
  nothing: "",
  "a call": "alert(1)",
  "a function for an object": "function f() {}",
  "another name": source("z"),
  "what every object has": source("constructor"),
  "an array": source("out"),
  "another function": source("fetch(x)"),
  "a statement before": source("x; alert(1)"),
  "a third slope": source("x", "out[0] = 1; out[1] = 1; out[2] = 1;"),
  "one slope": source("x", "out[0] = 1;"),
  "a slope that is set elsewhere": source("x", "x[0] = 1; out[1] = 1;"),
  "more after it": `${source("x")}.value`,
  parameters: source("x").replace("{})", "{a})"),
};
for (const [what, text] of Object.entries(REFUSED))
  test(`${what} is refused`, () => {
    assert.throws(() => groundOf(text), SyntaxError);
  });
