import assert from "node:assert/strict";
import { test } from "node:test";
import { Engine } from "../race/engine.js";
import { medians } from "../race/medians.js";
import { pixelsOf } from "../race/strokes.js";

/** @import {Stroke} from "../race/strokes.js" */
/** @import {Given, Racer} from "../race/engine.js" */

// ---- what is drawn

/** @type {(scale: number, x: number, y: number) => Stroke[]} a one with a foot */
const one = (scale, x, y) =>
  [
    [
      [0.1, 0.2],
      [0.3, 0],
      [0.3, 1],
    ],
    [
      [0.1, 1],
      [0.5, 1],
    ],
  ].map((stroke) => stroke.map(([a, b]) => /** @type {[number, number]} */ ([x + scale * a, y + scale * b])));

test("a digit is the same wherever it is drawn, and however large", () => {
  const large = pixelsOf(one(0.9, 0.05, 0.05));
  const small = pixelsOf(one(0.3, 0.6, 0.1));
  large.forEach((pixel, k) => {
    assert.ok(Math.abs(pixel - small[k]) <= 2 / 16, `pixel ${k}`);
  });
});

test("pixels count the black in sixteenths, and fill the height as those of the data do", () => {
  const pixels = pixelsOf(one(0.8, 0.1, 0.1));
  assert.equal(pixels.length, 64);
  for (const pixel of pixels) assert.ok(pixel >= 0 && pixel <= 1 && Number.isInteger(16 * pixel));
  assert.ok(Math.max(...pixels.slice(0, 8)) > 0.5);
  assert.ok(Math.max(...pixels.slice(-8)) > 0.5);
});

test("a dot is no division by zero, and nothing is no digit", () => {
  assert.ok(pixelsOf([[[0.5, 0.5]]]).every(Number.isFinite));
  assert.deepEqual(pixelsOf([]), new Array(64).fill(0));
});

// ---- who runs it

/** @type {Given} */
const given = {
  updates: {
    sgd: (p, g, { lr }) => {
      for (let i = 0; i < p.length; i++) p[i] -= lr * g[i];
    },
    grow: (p, _, { lr }) => {
      for (let i = 0; i < p.length; i++) p[i] *= lr;
    },
  },
  sets: {
    digits: {
      ...{ values: "aq".repeat(32 * 40), unit: 16, labels: "0123456789".repeat(4), inputs: 64, classes: 10 },
      ...{ train: 30, fit: 20, starts: 2 },
    },
    spirals: {
      values: [0, 1, 1, 0, 0, -1, -1, 0],
      unit: 1,
      labels: "0101",
      inputs: 2,
      classes: 2,
      train: 3,
      fit: 2,
      starts: 1,
    },
  },
};
const setting = { task: "digits", hidden: 4, batch: 8, noise: 0, seed: 0, steps: 12, precision: "float64" };
/** @type {Racer} */
const racer = { id: "sgd", label: "SGD", state: [], values: { lr: 0.1 } };
const entrants = [{ racer, lr: 0.1 }];
const grower = { ...racer, id: "grow" };

/** An engine whose every slice is one step, and whose slices are asked for by `turn`. */
function bench() {
  /** @type {any[]} */
  const answers = [];
  /** @type {(() => void)[]} */
  const slices = [];
  const engine = new Engine(
    given,
    (answer) => answers.push(structuredClone(answer)),
    (go) => slices.push(go),
    1000,
  );
  const take = (/** @type {object} */ order) => engine.take(/** @type {any} */ (order));
  const turn = () => {
    for (const go of slices.splice(0)) go();
  };
  return { answers, take, turn, slices };
}

test("a race answers to its order, and what is drawn is read by its networks", () => {
  const { answers, take, turn } = bench();
  take({ do: "race", id: 7, setting, entrants });
  take({ do: "read", image: new Array(64).fill(0.5) });
  turn();
  const race = answers.filter(({ is }) => is === "race").at(-1);
  assert.equal(race.id, 7);
  assert.ok(race.done);
  assert.equal(race.lanes[0].losses.length, 13);
  const said = answers.filter(({ is }) => is === "said").at(-1);
  assert.equal(said.id, 7);
  assert.ok(
    Math.abs(said.said[0].reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b) - 1) < 1e-12,
  );
});

test("a race that is paused goes on when it is told to, and another takes its place", () => {
  const { answers, take, turn, slices } = bench();
  take({ do: "race", id: 1, setting, entrants });
  take({ do: "pause", paused: true });
  turn();
  assert.equal(answers.at(-1).t, 0);
  assert.equal(slices.length, 0);
  take({ do: "pause", paused: false });
  take({ do: "race", id: 2, setting, entrants });
  assert.equal(slices.length, 1, "one slice is asked for at a time");
  turn();
  assert.deepEqual([answers.at(-1).id, answers.at(-1).done], [2, true]);
});

test("a race is shown in as many pieces as are asked for, however fast it is", () => {
  const { answers, take, turn, slices } = bench();
  take({ do: "race", id: 9, setting, entrants, slices: 4 });
  const seen = [];
  while (slices.length) {
    turn();
    seen.push(answers.filter(({ is }) => is === "race").at(-1).t);
  }
  assert.deepEqual(seen, [3, 6, 9, 12]);
});

test("rates are tuned one after another, and a rate that is too large is infinitely bad", () => {
  const { answers, take, turn } = bench();
  take({ do: "tune", id: 3, setting, entrants: [{ racer: grower, lr: 1 }], rates: [0.5, 1e300] });
  turn();
  const { losses, done, share } = answers.at(-1);
  assert.deepEqual([done, share], [true, 1]);
  assert.ok(Number.isFinite(losses[0][0]));
  assert.equal(losses[0][1], Infinity);
});

test("a run that leaves the finite numbers says when, and the others go on", () => {
  const { answers, take, turn } = bench();
  take({
    do: "race",
    id: 4,
    setting,
    entrants: [
      { racer: grower, lr: 1e300 },
      { racer, lr: 0.1 },
    ],
  });
  turn();
  const [lost, other] = answers.at(-1).lanes;
  assert.ok(lost.diverged > 0 && lost.losses.length === lost.diverged + 1);
  assert.equal(other.diverged, null);
  assert.equal(other.losses.length, 13);
});

test("in the plane the points and a map for each are told, a map for each look", () => {
  const { answers, take, turn } = bench();
  take({ do: "race", id: 8, setting: { ...setting, task: "spirals" }, entrants });
  turn();
  const points = answers.find(({ is }) => is === "points");
  assert.deepEqual([points.id, points.places, points.labels], [8, [0, 1, 1, 0, 0, -1], [0, 1, 0]]);
  const said = answers.filter(({ is }) => is === "said");
  assert.equal(said.length, 2, "before the first step and after the last slice");
  assert.ok(said.every(({ said: [map] }) => map.length === 36 ** 2 && map.every(Number.isFinite)));
  assert.notDeepEqual(said[0].said, said[1].said);
});

test("images of the test set are those that nothing was trained on", () => {
  const { answers, take } = bench();
  take({ do: "show", index: 10 });
  assert.deepEqual([answers[0].is, answers[0].label], ["image", 0]);
  assert.equal(answers[0].image.length, 64);
});

test("a reader’s own rule comes as text, and only what is a rule runs", () => {
  const source =
    "function mine(p_, g_, {lr}) { for (let i_ = 0; i_ < p_.length; i_++) { let p = p_[i_], g = g_[i_]; p = p - lr*g; p_[i_] = p; } }";
  const { answers, take, turn } = bench();
  const own = { ...racer, id: "yours", source };
  const both = [...entrants, { racer: own, lr: 0.1 }];
  take({ do: "race", id: 10, setting, entrants: both });
  turn();
  const [book, yours] = answers.filter(({ is }) => is === "race").at(-1).lanes;
  assert.deepEqual(yours, book);
  const hostile = { ...own, source: source.replace("lr*g", "fetch(1)") };
  assert.throws(
    () => take({ do: "race", id: 11, setting, entrants: [{ racer: hostile, lr: 0.1 }] }),
    /fetch/,
  );
});

test("a rule or a set that is not known is an error that says so", () => {
  const { take } = bench();
  assert.throws(
    () => take({ do: "race", id: 5, setting, entrants: [{ racer: { ...racer, id: "lost" }, lr: 1 }] }),
    /lost/,
  );
  assert.throws(
    () => take({ do: "race", id: 6, setting: { ...setting, task: "toString" }, entrants }),
    /no set/,
  );
});

// ---- what is shown of it

test("a size that jumps is shown by the median of the last, and one that is no number as such", () => {
  assert.deepEqual(medians([1, 9, 2, 3, 100, 4, NaN], 3), [1, 5, 2, 3, 3, 4, NaN]);
});
