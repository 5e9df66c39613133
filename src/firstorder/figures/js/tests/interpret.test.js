import assert from "node:assert/strict";
import { test } from "node:test";
import { interpreted } from "../interpret.js";

const SOURCE = `function made(p_, g_, n_, {t, lr}) {
  let n = n_[0];
  const c0 = lr/(1 - Math.pow(0.5, t));
  n = n + 1e-3;
  for (let i_ = 0; i_ < p_.length; i_++) {
    let p = p_[i_], g = g_[i_];
    const kept = (g > 0 ? c0*g*g/3 : -Math.max(g, -2*n));
    p = p - (kept - 1 - 2 - (3 - g));
    p_[i_] = p; 
  }
  n_[0] = n;
}`;

test("the numbers are those of the language itself", () => {
  const own = new Function(`return ${SOURCE}`)();
  const ours = interpreted(SOURCE);
  const states = [own, ours].map((update) => {
    const [p, n] = [Float64Array.of(0.1, 0.2, 0.3), Float64Array.of(0.7)];
    for (let t = 1; t < 20; t++) update(p, Float64Array.of(t / 7, -t / 3, -0.1), n, { t, lr: 0.1 });
    return [...p, ...n];
  });
  assert.deepEqual(states[1], states[0]);
});

test("an array holds for the update what its length says", () => {
  const update = interpreted(
    "function f(p_, g_, {lr}) { for (let i_ = 0; i_ < p_.length; i_++) { let p = p_[i_], g = g_[i_]; p = p - lr*g; p_[i_] = p; } }",
  );
  const p = new Float64Array(5);
  update(p, Float64Array.of(1, 2, 3, 4, 5), { lr: -1 });
  assert.deepEqual([...p], [1, 2, 3, 4, 5]);
});

/** @type {[string, string, RegExp][]} */
const REFUSED = [
  ["another function", "fetch(p)", /fetch is not declared/],
  ["a global", "window", /window is not declared/],
  ["what every object has", "constructor", /constructor is not declared/],
  ["what every function has", "Math.constructor(1)", /Math.constructor is not declared/],
  ["an assignment within", "(p = 1)", /expected \), got =/],
  ["a string", '"a"', /cannot read/],
  ["a property", "p.constructor", /cannot read/],
  ["an array's place", "p_[q]", /expected i_/],
  ["a function in a function", "function g() {}", /function is not declared/],
  ["too deep", "(".repeat(300), /brackets deep/],
  ["too many arguments", "Math.max(1, 2, 3)", /Math.max of 3/],
  ["nothing", "", /; is not declared/],
];
for (const [what, expression, says] of REFUSED)
  test(`${what} is refused`, () => {
    const source = `function f(p_, g_, {lr}) { let p = p_[0]; p = ${expression}; p_[0] = p; }`;
    assert.throws(() => interpreted(source), says);
  });

test("what is no generated function is refused", () => {
  for (const source of [
    "",
    "alert(1)",
    `${SOURCE}\nalert(1)`,
    SOURCE.slice(0, -3),
    " ".repeat(9) + "x".repeat(200_000),
  ])
    assert.throws(() => interpreted(source), SyntaxError);
});
