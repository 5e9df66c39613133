import assert from "node:assert/strict";
import { test } from "node:test";
import { asked, fragmentOf } from "../fragment.js";

test("what a link says is read as it was written", () => {
  const state = {
    landscape: "beale",
    steps: 120,
    start: [-1.5, 2e-7],
    decaying: true,
    optimizers: [{ rule: "adam", hyperparameters: { lr: 0.1, eps: 1e-8 }, bias_correction: false }],
    title: "two words & a # sign, ünïcode",
  };
  const fragment = fragmentOf("playground-1", state);
  assert.match(fragment, /^#playground-1\?landscape=beale&steps=120&start=\[-1\.5,2e-7\]&decaying=true&/);
  const found = asked(fragment);
  assert.equal(found.id, "playground-1");
  assert.deepEqual({ ...found.state }, state);
});

test("a link without changes is the figure's name", () => {
  assert.equal(fragmentOf("spectrum-2", {}), "#spectrum-2");
  assert.deepEqual(asked("#spectrum-2"), { id: "spectrum-2", state: Object.create(null) });
});

test("what cannot be read is passed over, and nothing else", () => {
  const said = asked("#x-1?a=1&b={&%%%&=&c&d=%zz&e=[1,2&f=null&__proto__={landscape:beale}&steps=3");
  assert.deepEqual(Object.keys(said.state).sort(), ["__proto__", "a", "f", "steps"]);
  assert.deepEqual([said.state.a, said.state.f, said.state.steps], [1, null, 3]);
  assert.equal(/** @type {any} */ (said.state).landscape, undefined);
});
