import assert from "node:assert/strict";
import { test } from "node:test";
import { labelsOf, outcome } from "../card.js";
import { allDialled, allowedBy } from "../controls.js";

/** @import {Control, DialledRule, Trajectory} from "../types.d.ts" */

/** @type {Control} */
const number = { kind: "number", name: "lr", meaning: "rate", min: 0.1, max: 1, scale: "log", default: 0.5 };
/** @type {Control} */
const choice = {
  kind: "choice",
  name: "rule",
  label: "Rule",
  default: "a",
  options: [
    ["a", "A"],
    ["b", "B"],
  ],
};
/** @type {Control} */
const toggle = { kind: "switch", name: "on", label: "On", default: false };

test("a control allows what it could have given", () => {
  for (const value of [0.1, 0.7, 1]) assert.ok(allowedBy(number, value));
  for (const value of [0, 2, Number.NaN, "0.5", null, undefined]) assert.ok(!allowedBy(number, value));
  assert.ok(allowedBy({ ...number, scale: "whole", min: 1, max: 9 }, 4));
  assert.ok(!allowedBy({ ...number, scale: "whole", min: 1, max: 9 }, 4.5));
  assert.ok(allowedBy(choice, "b") && !allowedBy(choice, "c") && !allowedBy(choice, null));
  assert.ok(allowedBy(toggle, true) && !allowedBy(toggle, 1));
});

test("a set of dials allows a value for each and nothing else", () => {
  const dials = [number, { ...number, name: "eps" }];
  assert.ok(allDialled({ lr: 0.5, eps: 0.1 }, dials));
  for (const asked of [
    null,
    3,
    "lr",
    [],
    {},
    { lr: 0.5 },
    { lr: 0.5, eps: 0.1, more: 1 },
    { lr: 0.5, eps: "0.1" },
  ])
    assert.ok(!allDialled(asked, dials), JSON.stringify(asked));
  assert.ok(!allDialled({ lr: 7, eps: 0.1 }, dials));
  assert.ok(allDialled({ lr: 7, eps: 0.1 }, dials, (name, value) => name === "lr" && value === 7));
});

test("no two optimizers have the same name", () => {
  /** @type {(id: string, label: string, uncorrected: string | null) => [string, DialledRule]} */
  const rule = (id, label, uncorrected) => [id, { id, label, uncorrected, state: [], hyperparameters: [] }];
  const rules = new Map([rule("adam", "Adam", "Adam, uncorrected"), rule("sgd", "SGD", null)]);
  const optimizer = (/** @type {string} */ id, bias_correction = true) => ({
    rule: id,
    hyperparameters: {},
    bias_correction,
  });
  const chosen = [optimizer("adam"), optimizer("adam"), optimizer("adam", false), optimizer("sgd", false)];
  assert.deepEqual(labelsOf(chosen, rules), ["Adam", "Adam 2", "Adam, uncorrected", "SGD"]);
});

test("what became of a path is said in words", () => {
  /** @type {Trajectory} */
  const path = { points: Float64Array.of(0, 0, 5, 0), values: Float64Array.of(1, 0.25), diverged: 2 };
  assert.equal(outcome(path, 0, [-1, 1, -1, 1]), "f = 1");
  assert.equal(outcome(path, 1, [-1, 1, -1, 1]), "f = 0.25, off the map");
  assert.equal(outcome(path, 2, [-1, 1, -1, 1]), "✕ diverged at step 2");
  assert.equal(outcome({ ...path, nowhere: true }, 2, [-1, 1, -1, 1]), "✕ no value at step 2");
  const back = { ...path, points: Float64Array.of(9, 9, 0, 0) };
  assert.equal(outcome(back, 1, [-1, 1, -1, 1]), "f = 0.25");
});
