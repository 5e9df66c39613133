import assert from "node:assert/strict";
import { test } from "node:test";
import { arrive, descend, shocks } from "../drive.js";
import { best, Rates, through } from "../rates.js";

/** @import {Wanted} from "../rates.js" */
/** @import {Mathematics} from "../types.d.ts" */

/** @type {Mathematics} */
const mathematics = {
  rules: {
    sgd: (p, g, { lr }) => {
      for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
    },
  },
  landscapes: {
    bowl: {
      value: (x, y) => (x * x + y * y) / 2,
      gradient(x, y, _, out) {
        out[0] = x;
        out[1] = y;
      },
      minima: () => [[0, 0]],
    },
  },
  expressions: {},
  scenarios: {},
};

/** @type {(change?: object) => Wanted} */
const wanted = (change = {}) => ({
  rule: {
    id: "sgd",
    label: "SGD",
    state: [],
    uncorrected: null,
    hyperparameters: [
      { name: "lr", meaning: "learning rate", min: 1e-4, max: 10, scale: "log", default: 0.01 },
    ],
  },
  optimizer: { rule: "sgd", hyperparameters: { lr: 0.1 }, bias_correction: true },
  landscape: "bowl",
  parameters: {},
  start: [1, 1],
  steps: 9,
  ...change,
});

test("a row holds f after the last step for rates that the slider can stand at, from end to end", () => {
  const rates = new Rates();
  rates.want([wanted()]);
  while (rates.work(mathematics, 0));
  const [row] = rates.rows;
  assert.ok(row);
  assert.deepEqual([row.rates.length, row.rates[0], row.rates[59]], [60, 1e-4, 10]);
  const one = { ...wanted(), optimizer: { ...wanted().optimizer, hyperparameters: { lr: row.rates[40] } } };
  assert.equal(row.values[40], descend(mathematics, one).values.at(-1));
});

test("a rate of its own changes no row, and what changes one leaves the old in its place until the new is there", () => {
  const rates = new Rates();
  rates.want([wanted()]);
  while (rates.work(mathematics, 0));
  const [row] = rates.rows;
  rates.want([wanted({ optimizer: { ...wanted().optimizer, hyperparameters: { lr: 3 } } })]);
  assert.equal(rates.work(mathematics, 0), false);
  rates.want([wanted({ steps: 10 })]);
  assert.equal(rates.rows[0], row);
  while (rates.work(mathematics, 0));
  assert.notEqual(rates.rows[0], row);
});

test("a row that is begun is finished under a moving slider, and all take turns", () => {
  const rates = new Rates();
  /** @type {Set<string>} */
  const seen = new Set();
  for (let steps = 10; steps < 300; steps++) {
    rates.want([wanted({ steps }), wanted({ steps, noise: 0.1 })]);
    rates.work(mathematics, 0); // one rate in each frame
    for (const [k, row] of rates.rows.entries()) if (row) seen.add(`${k} ${row.key}`);
  }
  const counts = [0, 1].map((k) => [...seen].filter((key) => key.startsWith(String(k))).length);
  assert.ok(Math.min(...counts) >= 2, String(counts));
});

test("the best rate is the lowest, and an end of the grid is said to be one", () => {
  const row = { rule: "", key: "", rates: Float64Array.of(1, 2, 3) };
  assert.deepEqual(best({ ...row, values: Float64Array.of(3, 1, Infinity) }), {
    rate: 2,
    value: 1,
    edge: false,
  });
  assert.deepEqual(best({ ...row, values: Float64Array.of(3, 2, 1) }), { rate: 3, value: 1, edge: true });
});

test("a path that diverges arrives nowhere", () => {
  const wild = { ...wanted(), steps: 500, optimizer: { ...wanted().optimizer, hyperparameters: { lr: 10 } } };
  assert.equal(arrive(mathematics, wild), Infinity);
});

test("shocks are normal, and more of them begin with the same", () => {
  const few = shocks(10).slice(0, 20);
  const many = shocks(5000);
  assert.deepEqual(many.slice(0, 20), few);
  const mean = many.reduce((a, b) => a + b, 0) / many.length;
  const variance = many.reduce((a, b) => a + b * b, 0) / many.length;
  assert.ok(Math.abs(mean) < 0.04 && Math.abs(variance - 1) < 0.06, `${mean} ${variance}`);
});

test("a curve goes through the sign of its optimizer, whose rate the grid may miss", () => {
  const row = {
    rule: "sgd",
    key: "",
    rates: Float64Array.of(0.1, 1, 10),
    values: Float64Array.of(3, 2, 1),
  };
  /** @type {(rate: number) => number[][]} */
  const points = (rate) => Object.values(through(row, rate, 0)).map((one) => [...one]);
  assert.deepEqual(points(0.5), [
    [0.1, 0.5, 1, 10],
    [3, 0, 2, 1],
  ]);
  assert.deepEqual(points(1)[1], [3, 0, 1]);
  assert.deepEqual([points(0.01)[0][0], points(20)[1].at(-1)], [0.01, 0]);
});
