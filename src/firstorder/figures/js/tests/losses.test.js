import assert from "node:assert/strict";
import { test } from "node:test";
import { lossView } from "../losses.js";
import { CROSS, SERIES, THEMES } from "../styles.js";

/** @import {Run} from "../card.js" */
/** @import {Trajectory} from "../types.d.ts" */

/** @type {(values: number[], diverged?: number | null) => Run} */
function run(values, diverged = null) {
  /** @type {Trajectory} */
  const trajectory = {
    points: new Float64Array(2 * values.length),
    values: Float64Array.from(values),
    diverged,
  };
  const optimizer = { rule: "adam", hyperparameters: {}, bias_correction: true };
  return { optimizer, trajectory, label: "Adam", style: SERIES[7] };
}

/** @type {(runs: Run[], change?: object) => import("../types.d.ts").View} */
const shown = (runs, change = {}) =>
  lossView({ runs, steps: 4, cursor: 4, lowest: 1, begin: 5, range: [-3, 8], ...change }, THEMES.light);

test("what is drawn of f is its excess over the minimum, on a logarithmic scale that holds it", () => {
  const view = shown([run([5, 3, 1.5, 1.01, 1.001])]);
  assert.deepEqual([view.log, view.x], [true, [0, 4]]);
  assert.deepEqual(
    Array.from(view.curves?.[0].ys ?? [], (f) => Math.round(f * 1e6) / 1e6),
    [4, 2, 0.5, 0.01, 0.001],
  );
  assert.ok(view.y[0] <= 0.001 && view.y[1] >= 4);
});

test("where there is no minimum it is f itself, over the heights of the map", () => {
  const view = shown([run([5, 3])], { lowest: Infinity });
  assert.deepEqual([view.log, view.y, [...(view.curves?.[0].ys ?? [])]], [false, [-3, 8], [5, 3]]);
});

test("a curve that climbs far above the start leaves the frame, and one that reaches the minimum stays finite", () => {
  const view = shown([run([5, 3, 2]), run([5, 1e9, 1e18]), run([5, 1, 1])]);
  assert.ok(view.y[1] <= 4 * 5);
  assert.ok((view.curves?.[2].ys[2] ?? 0) > 0);
});

test("a sign stands at the cursor, and a cross where a path that diverged left the frame", () => {
  const runs = [run([5, 3, 2, 1.5, 1.2]), run([5, 9, 1e6], 3)];
  const [there, gone] = shown(runs).stamps ?? [];
  assert.deepEqual([there.x, there.path], [4, SERIES[7].marker]);
  assert.deepEqual([gone.x, gone.path], [2, CROSS]);
  const [, before] = shown(runs, { cursor: 1 }).stamps ?? [];
  assert.deepEqual([before.x, before.path], [1, SERIES[7].marker]);
  assert.match(shown(runs).curves?.[1].label ?? "", /✕$/);
});
