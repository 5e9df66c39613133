import assert from "node:assert/strict";
import { test } from "node:test";
import { curvesOf, descend } from "../drive.js";

/** @import {Mathematics, Rule, Run} from "../types.d.ts" */

// A heavy ball with a counter of its own, by hand: v ← μv + g, n ← n + 1, p ← p − ηv.
/** @type {Rule} */
const ball = {
  id: "ball",
  label: "Ball",
  state: [
    { name: "v", initial: 0 },
    { name: "n", initial: "first", scalar: true },
  ],
  hyperparameters: [
    { name: "lr", default: 0.5 },
    { name: "mu", default: 0 },
    { name: "first", default: 7 },
  ],
};
/** @type {{t: number, n: number[]}[]} */
const told = [];
/** @type {Mathematics} */
const mathematics = {
  rules: {
    ball: (p, g, v, n, { t, lr, mu }) => {
      told.push({ t, n: [...n] });
      n[0] += 1;
      for (let k = 0; k < p.length; k++) {
        v[k] = mu * v[k] + g[k];
        p[k] -= lr * v[k];
      }
    },
  },
  landscapes: {
    bowl: {
      value: (x, y, { a }) => a * (x * x + y * y),
      gradient: (x, y, { a }, out) => out.set([2 * a * x, 2 * a * y]),
      minima: () => [[0, 0]],
    },
  },
  expressions: {},
  scenarios: {},
};
const rules = new Map([["ball", ball]]);

/** @type {Run} */
const run = {
  rule: "ball",
  corrected: true,
  anew: false,
  steps: () => 3,
  lanes: () => 2,
  start: ({ lane }) => lane + 1,
  gradient: [({ p }) => p],
  values: {},
};

/** @type {(change?: Partial<Run>, scope?: Record<string, number>) => Record<string, number[]>} */
function found(change = {}, scope = {}) {
  const curves = {
    p: { run: "r", lanes: true, first: 0, of: (/** @type {any} */ { p }) => p },
    v: { run: "r", lanes: true, first: 1, of: (/** @type {any} */ { v }) => v },
    before: { run: "r", lanes: true, first: 1, of: (/** @type {any} */ { before }) => before },
    sum: { run: "r", lanes: false, first: 0, of: (/** @type {any} */ { point }) => point[0] + point[1] },
    t: { run: "r", lanes: false, first: 1, running: true, of: (/** @type {any} */ { t }) => t },
    mean: { run: "r", lanes: true, first: 0, running: true, of: (/** @type {any} */ { p }) => p },
    end: { run: "r", lanes: true, of: (/** @type {any} */ { p, lane }) => p + 10 * lane },
  };
  const made = curvesOf(mathematics, rules, { runs: { r: { ...run, ...change } }, curves }, scope);
  return Object.fromEntries(Object.entries(made).map(([name, values]) => [name, [...values]]));
}

test("a run starts in every lane, and is kept before the first step and after each", () => {
  const { p, v, before, sum, end } = found();
  assert.deepEqual(p, [1, 2, 0.5, 1, 0.25, 0.5, 0.125, 0.25]);
  assert.deepEqual(v, [1, 2, 0.5, 1, 0.25, 0.5]);
  assert.deepEqual(before, p.slice(0, 6));
  assert.deepEqual(sum, [3, 1.5, 0.75, 0.375]);
  assert.deepEqual(end, [0.125, 10.25]);
});

test("a running mean is that of all steps so far", () => {
  const { t, mean } = found();
  assert.deepEqual(t, [1, 1.5, 2]);
  assert.deepEqual(mean, [1, 2, 0.75, 1.5, 1.75 / 3, 3.5 / 3, 1.875 / 4, 3.75 / 4]);
});

test("t counts from 1, is infinite without bias correction, and a scalar state keeps its own number", () => {
  told.length = 0;
  found();
  assert.deepEqual(told, [
    { t: 1, n: [7] },
    { t: 2, n: [8] },
    { t: 3, n: [9] },
  ]);
  told.length = 0;
  found({ corrected: false });
  assert.ok(told.every(({ t }) => t === Infinity));
});

test("hyperparameters may depend on the step and on the state of the figure", () => {
  const { v } = found(
    { gradient: [() => 1], values: { mu: ({ half, t }) => (t < 3 ? half : 0) } },
    { half: 0.5 },
  );
  assert.deepEqual(v, [1, 1, 1.5, 1.5, 1, 1]);
});

test("a gradient of its own for each lane may see all of them", () => {
  const { p } = found({ steps: () => 1, gradient: [({ point }) => point[1], ({ point }) => -point[0]] });
  assert.deepEqual(p, [1, 2, 0, 2.5]);
});

test("what comes after a step is done to the parameter, and anew makes the steps", () => {
  assert.deepEqual(found({ after: ({ p }) => Math.max(p, 0.4) }).p, [1, 2, 0.5, 1, 0.4, 0.5, 0.4, 0.4]);
  assert.deepEqual(found({ anew: true, gradient: [({ t }) => t] }).p, [1, 2, -0.5, -0.5, -1, -1, -1.5, -1.5]);
});

test("a curve over axes runs through all of their products, the last fastest", () => {
  const curves = {
    grid: { axes: { a: [1, 2], b: [10, 20, 30] }, of: (/** @type {any} */ { a, b, c }) => a + b + c },
    one: { axes: {}, of: (/** @type {any} */ { c }) => 2 * c },
  };
  const made = curvesOf(mathematics, rules, { runs: {}, curves }, { c: 100 });
  assert.deepEqual([...made.grid], [111, 121, 131, 112, 122, 132]);
  assert.equal(made.one, 200);
});

test("a path ends where it is not finite, and says at which step", () => {
  const optimizer = { rule: "ball", hyperparameters: { lr: 0.25 }, bias_correction: true };
  const descent = { rule: ball, optimizer, landscape: "bowl", parameters: { a: 1 }, steps: 3 };
  told.length = 0;
  const whole = descend(mathematics, { ...descent, start: [1, -2] });
  assert.deepEqual(
    told.map(({ t }) => t),
    [1, 2, 3, 4],
  );
  assert.deepEqual([...whole.points], [1, -2, 0.5, -1, 0.25, -0.5, 0.125, -0.25]);
  assert.deepEqual([...whole.values], [5, 1.25, 0.3125, 0.078125]);
  assert.equal(whole.diverged, null);
  const wild = { ...optimizer, hyperparameters: { lr: 1e200 } };
  const broken = descend(mathematics, { ...descent, optimizer: wild, start: [1, -2] });
  assert.deepEqual([broken.points.length, broken.values.length, broken.diverged], [2, 1, 1]);
  assert.equal(broken.nowhere, false);
  const edge = { ...mathematics.landscapes.bowl, value: (/** @type {number} */ x) => Math.sqrt(x - 0.75) };
  const half = { ...mathematics, landscapes: { bowl: edge } };
  for (const [start, step] of [
    [1, 1],
    [0, 0],
  ]) {
    const { diverged, nowhere } = descend(half, { ...descent, start: [start, 0] });
    assert.deepEqual([diverged, nowhere], [step, true]);
  }
});
