// Evaluates generated mathematics for tests/test_javascript.py: a line of JSON in, a line of JSON out.
// What is not finite is written as a string: JSON has no word for it.

import { createInterface } from "node:readline";
import { labelsOf } from "../card.js";
import { curvesOf, descend } from "../drive.js";
import { groundOf } from "../editing/formula.js";
import { interpreted } from "../interpret.js";
import { Race, Tuning } from "../race/engine.js";
import { Random } from "../race/random.js";

/** @import {Mathematics} from "../types.d.ts" */

/** @type {Mathematics} */
let mathematics = { rules: {}, landscapes: {}, expressions: {}, scenarios: {} };

/** @type {Record<string, (asked: any) => any>} */
const TASKS = {
  async load({ source }) {
    mathematics = (await import(`data:text/javascript,export default ${encodeURIComponent(source)}`)).default;
  },
  /** One step from each of some states. */
  steps: ({ rule, gradients, before, scalars, hyperparameters, corrected }) =>
    before.map((/** @type {number[][]} */ values, /** @type {number} */ k) => {
      const arrays = values.map((row, n) => Float64Array.from(n < values.length - scalars ? row : [row[0]]));
      const [p, ...state] = arrays;
      const t = corrected ? k + 1 : Infinity;
      mathematics.rules[rule](p, Float64Array.from(gradients[k]), ...state, { ...hyperparameters, t });
      return arrays.map((row) => (row.length === 1 ? [row[0], row[0]] : [...row]));
    }),
  /** f and both its derivatives at some points. */
  ground: ({ name, points, parameters }) =>
    points.map((/** @type {number[]} */ [x, y]) => {
      const { value, gradient } = mathematics.landscapes[name];
      const out = new Float64Array(2);
      gradient(x, y, parameters, out);
      return [value(x, y, parameters), ...out];
    }),
  curves: ({ rules, scenario, scope }) => {
    const known = new Map(rules.map((/** @type {any} */ rule) => [rule.id, rule]));
    const found = curvesOf(mathematics, known, mathematics.scenarios[scenario], scope);
    return Object.entries(found).map(([name, row]) => [name, row.length === undefined ? row : [...row]]);
  },
  /** With a rule's source the rule is run by `interpret.js`. */
  descend: ({ source, ...descent }) => {
    const rules = source ? { [descent.rule.id]: interpreted(source) } : mathematics.rules;
    const { points, values, diverged } = descend({ ...mathematics, rules }, descent);
    return { points: [...points], values: [...values], diverged };
  },
  /** f and both its derivatives at some points, by the page's interpreter and by the language itself. */
  formula: ({ source, points }) =>
    [groundOf(source), new Function(`return ${source}`)()].map(({ value, gradient }) =>
      points.map((/** @type {number[]} */ [x, y]) => {
        const out = new Float64Array(2);
        gradient(x, y, {}, out);
        return [value(x, y, {}), ...out];
      }),
    ),
  random: ({ seed, numbers, order }) => {
    const normal = new Random(seed);
    return [Array.from({ length: numbers }, () => normal.normal()), [...new Random(seed).permutation(order)]];
  },
  race: ({ sets, setting, entrants }) => {
    const race = new Race({ updates: mathematics.rules, sets }, setting, entrants);
    while (!race.done) race.step();
    return { ...race.report, weights: race.lanes.map(({ p }) => [...p]) };
  },
  tune: ({ sets, setting, entrants, rates }) => {
    const tuning = new Tuning({ updates: mathematics.rules, sets }, setting, entrants, rates);
    while (!tuning.done) tuning.step();
    return tuning.losses;
  },
  labels: ({ optimizers, rules }) =>
    labelsOf(optimizers, new Map(rules.map((/** @type {any} */ rule) => [rule.id, rule]))),
};

const written = (/** @type {string} */ _, /** @type {unknown} */ value) =>
  typeof value === "number" && !Number.isFinite(value) ? String(value) : value;

for await (const line of createInterface({ input: process.stdin })) {
  const { task, ...asked } = JSON.parse(line);
  const answer = await TASKS[task](asked);
  process.stdout.write(`${JSON.stringify(answer ?? null, written)}\n`);
}
