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
  assert.deepEqual(asked("#spectrum-2"), { id: "spectrum-2", state: Object.create(null), lost: false });
});

test("what cannot be read is passed over, and nothing else", () => {
  const said = asked("#x-1?a=1&b={&%%%&=&c&d=%zz&e=[1,2&f=null&__proto__={landscape:beale}&steps=3");
  assert.deepEqual(Object.keys(said.state).sort(), ["__proto__", "a", "f", "steps"]);
  assert.equal(said.lost, true);
  assert.deepEqual([said.state.a, said.state.f, said.state.steps], [1, null, 3]);
  assert.equal(/** @type {any} */ (said.state).landscape, undefined);
});

test("hostile text is read in time that grows as it does, and what is longer than any link is not", () => {
  const seeds = ['%0A"\\\\', '"\\"', '"', "[", "{a:", "\\", "1e999,", "-", "%22%5C", "a:", '"\\\\'];
  const slowest = Math.max(
    ...seeds.map((seed) => {
      const begun = process.cpuUsage().user;
      const { state, lost } = asked(`#x-1?steps=${seed.repeat(19_000 / seed.length)}`);
      assert.deepEqual([Object.keys(state).length, lost], [0, true], seed);
      return process.cpuUsage().user - begun;
    }),
  );
  assert.ok(slowest < 100_000, `${slowest} µs`); // quadratic it took half a second
  assert.deepEqual(asked(`#x-1?steps=3&a=${"1".repeat(80_000)}`), {
    id: "x-1",
    state: Object.create(null),
    lost: true,
  });
});

test("no text makes it throw", () => {
  const alphabet = '"\\{}[]:,&=%?#-+.eE019azZ_ nulltrue\u0000é';
  let seed = 7;
  const random = (/** @type {number} */ n) => {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    return seed % n;
  };
  for (let k = 0; k < 3000; k++) {
    const text = Array.from({ length: random(40) }, () => alphabet[random(alphabet.length)]).join("");
    asked(`#x-1?steps=${text}`);
    asked(text);
  }
});
