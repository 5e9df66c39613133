import assert from "node:assert/strict";
import { test } from "node:test";
import { diff } from "../diff.js";

const ADAM = `def adam(p, g, m, *, lr=1e-3, eps=1e-8):
    m = beta1 * m + (1 - beta1) * g
    m_hat = m / (1 - beta1**t)
    p = p - lr * m_hat / (v + eps)
    return p, m`;
const ADAMW = `def adamw(p, g, m, *, lr=1e-3, eps=1e-8, weight_decay=1e-2):
    m = beta1 * m + (1 - beta1) * g
    m_hat = m / (1 - beta1**t)
    p = p - lr * (m_hat / (v + eps) + weight_decay * p)
    return p, m`;
const LION = `def lion(p, g, m, *, lr=1e-4):
    c = beta1 * m + (1 - beta1) * g
    p = p - lr * sign(c)
    m = beta2 * m + (1 - beta2) * g
    return p, m`;

/** @param {import("../diff.js").Difference} difference */
const marked = ({ statements }) =>
  statements.map((pieces) => pieces.filter(({ fresh }) => fresh).map(({ text }) => text));

test("a code keeps every character, whatever it is compared with", () => {
  for (const one of [ADAM, ADAMW, LION])
    for (const other of [ADAM, ADAMW, LION]) {
      const texts = diff(one, other).statements.map((pieces) => pieces.map(({ text }) => text).join(""));
      assert.equal(texts.join("\n"), other);
    }
});

test("equal codes differ in nothing", () => {
  const found = diff(ADAM, ADAM);
  assert.ok(marked(found).every((words) => !words.length));
  assert.deepEqual([found.changed, found.added, found.gone], [[], [], []]);
});

test("only what is new within a line is marked, and no function's name", () => {
  const found = diff(ADAM, ADAMW);
  assert.deepEqual(marked(found), [[", weight_decay=1e-2"], [], [], ["(", "+ weight_decay * p)"], []]);
  assert.deepEqual([found.changed, found.added, found.gone], [["p"], [], []]);
});

test("lines meet by what they set, in whatever order", () => {
  const found = diff(ADAM, LION);
  assert.deepEqual([found.changed, found.added, found.gone], [["p", "m"], ["c"], ["m_hat"]]);
  assert.deepEqual(marked(found)[0], ["1e-4"]);
  assert.deepEqual(marked(found)[3], ["beta2", "beta2"]);
});

test("a statement of several lines is one", () => {
  const [one, other] = ["x = f(\n    a,\n    b,\n)", "x = f(\n    a,\n    c,\n)"];
  const found = diff(one, other);
  assert.deepEqual(marked(found), [["c"]]);
  assert.deepEqual(found.changed, ["x"]);
});
