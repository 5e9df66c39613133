// The one place where rules run: along gradients, as a scenario has them, and down a landscape.

/** @import {Curve, Mathematics, Numbers, Optimizer, Point, Rule, Run, Scenario, Scope, Trajectory, Update} from "./types.d.ts" */
import { known } from "./known.js";

/**
 * A rule at its start: `p` and `state` are changed by each `step` along `g`.
 * @param {Update} update
 * @param {Rule} rule
 * @param {ArrayLike<number>} start
 * @param {Numbers} values hyperparameters other than the rule's own; may be changed between steps
 */
function begin(update, rule, start, values) {
  const p = Float64Array.from(start);
  const g = new Float64Array(p.length);
  const usual = Object.fromEntries(rule.hyperparameters.map((h) => [h.name, h.default]));
  /** @type {Numbers} */
  const scalars = { ...usual, ...values, t: 0 };
  const state = rule.state.map(({ initial, scalar }) =>
    new Float64Array(scalar ? 1 : p.length).fill(typeof initial === "string" ? scalars[initial] : initial),
  );
  return {
    p,
    g,
    state,
    scalars,
    /** Without bias correction t is infinite: βᵗ = 0, and 1 − βᵗ = 1. @type {(t: number) => void} */
    step(t) {
      scalars.t = t;
      update(p, g, ...state, scalars);
    },
  };
}

/**
 * What a run leaves: p and each state, before the first step and after every one.
 * @param {Mathematics} mathematics
 * @param {Rule} rule
 * @param {Run} run
 * @param {Scope} given
 */
export function drive(mathematics, rule, run, given) {
  const scope = { ...given };
  const start = Float64Array.from({ length: run.lanes(scope) }, (_, lane) => run.start({ ...scope, lane }));
  const values = Object.entries(run.values);
  /** @type {Numbers} what a state starts from, where that is a hyperparameter */
  const first = {};
  for (const { initial } of rule.state)
    if (typeof initial === "string" && run.values[initial]) first[initial] = run.values[initial](scope);
  const { p, g, state, scalars, step } = begin(mathematics.rules[run.rule], rule, start, first);
  const steps = Math.round(run.steps(scope));
  /** @type {Record<string, Float64Array[]>} */
  const kept = { p: [p.slice()] };
  rule.state.forEach(({ name }, k) => {
    kept[name] = [state[k].slice()];
  });
  scope.point = p;
  for (let t = 1; t <= steps; t++) {
    if (run.anew) p.fill(0);
    scope.t = t;
    for (let lane = 0; lane < p.length; lane++) {
      scope.lane = lane;
      scope.p = p[lane];
      g[lane] = run.gradient[run.gradient.length > 1 ? lane : 0](scope);
    }
    for (const [name, of] of values) scalars[name] = of(scope);
    step(run.corrected ? t : Infinity);
    if (run.after)
      for (let lane = 0; lane < p.length; lane++) {
        scope.lane = lane;
        scope.p = p[lane];
        p[lane] = run.after(scope);
      }
    kept.p.push(p.slice());
    rule.state.forEach(({ name }, k) => {
      kept[name].push(state[k].slice());
    });
  }
  return kept;
}

/**
 * All curves of a scenario.
 * @param {Mathematics} mathematics
 * @param {Map<string, Rule>} rules
 * @param {Scenario} scenario
 * @param {Scope} scope the figure's data and its state
 * @returns {Record<string, any>} arrays, and single numbers
 */
export function curvesOf(mathematics, rules, { runs, curves }, scope) {
  const kept = Object.fromEntries(
    Object.entries(runs).map(([name, run]) => [name, drive(mathematics, known(rules, run.rule), run, scope)]),
  );
  return Object.fromEntries(
    Object.entries(curves).map(([name, curve]) => [
      name,
      curve.axes ? over(curve, curve.axes, scope) : along(curve, kept[curve.run ?? ""], scope),
    ]),
  );
}

/**
 * A curve after each step of a run, or at its end; lane by lane if it differs from lane to lane.
 * @param {Curve} curve
 * @param {Record<string, Float64Array[]>} kept
 * @param {Scope} given
 */
function along({ of, lanes, first, running }, kept, given) {
  const scope = { ...given };
  const states = Object.entries(kept);
  const last = kept.p.length - 1;
  const from = first ?? last;
  const width = lanes ? kept.p[0].length : 1;
  const found = new Float64Array((last - from + 1) * width);
  for (let t = from, n = 0; t <= last; t++) {
    scope.t = t;
    scope.point = kept.p[t];
    for (let lane = 0; lane < width; lane++, n++) {
      if (lanes) {
        scope.lane = lane;
        scope.before = kept.p[Math.max(0, t - 1)][lane];
        for (const [name, values] of states) scope[name] = values[t][lane];
      }
      found[n] = of(scope);
    }
  }
  return running ? runningMean(found, width) : found;
}

/** @type {(values: Float64Array, width: number) => Float64Array} */
function runningMean(values, width) {
  const sums = new Float64Array(width);
  return values.map((value, n) => {
    sums[n % width] += value;
    return sums[n % width] / (Math.floor(n / width) + 1);
  });
}

/**
 * A curve over the product of its axes, the last fastest; a number where there is none.
 * @param {Curve} curve
 * @param {Record<string, number[]>} axes
 * @param {Scope} scope
 */
function over({ of }, axes, scope) {
  /** @type {Scope[]} */
  let places = [scope];
  for (const [name, values] of Object.entries(axes))
    places = places.flatMap((place) => values.map((value) => ({ ...place, [name]: value })));
  return Object.keys(axes).length ? Float64Array.from(places, of) : of(scope);
}

/**
 * A path down a landscape. noise: what is added to every gradient, as a share of the length of the first.
 * @typedef {{rule: Rule, optimizer: Optimizer, landscape: string, parameters: Numbers, start: Point, steps: number, noise?: number}} Descent
 */

/** Nearer than that a path has not run away: where f is not finite there, it has no value. */
const FAR = 1e9;

/**
 * Goes down a landscape, and tells of each point. A step that is not finite ends the path, and is given back.
 * @param {Mathematics} mathematics
 * @param {Descent} descent
 * @param {(k: number, p: Float64Array, f: number) => void} tell
 */
function walk(mathematics, { rule, optimizer, landscape, parameters, start, steps, noise = 0 }, tell) {
  const { value, gradient } = mathematics.landscapes[landscape];
  const { p, g, step } = begin(
    rule.update ?? mathematics.rules[rule.id],
    rule,
    start,
    optimizer.hyperparameters,
  );
  const shaken = noise ? shocks(steps + 1) : null;
  let deviation = 0;
  for (let k = 0; k <= steps; k++) {
    const f = value(p[0], p[1], parameters);
    if (!Number.isFinite(f + p[0] + p[1])) return { step: k, nowhere: Math.hypot(p[0], p[1]) < FAR };
    tell(k, p, f);
    gradient(p[0], p[1], parameters, g);
    if (shaken) {
      if (k === 0) deviation = noise * Math.sqrt(g[0] ** 2 + g[1] ** 2);
      g[0] += deviation * shaken[2 * k];
      g[1] += deviation * shaken[2 * k + 1];
    }
    step(optimizer.bias_correction === false ? Infinity : k + 1);
  }
  return null;
}

/**
 * θ₀ … θ_steps and f(θ_k); `diverged` is the number of the step that was not finite.
 * @param {Mathematics} mathematics
 * @param {Descent} descent
 * @returns {Trajectory}
 */
export function descend(mathematics, descent) {
  const points = new Float64Array(2 * (descent.steps + 1));
  const values = new Float64Array(descent.steps + 1);
  const end = walk(mathematics, descent, (k, p, f) => {
    points.set(p, 2 * k);
    values[k] = f;
  });
  if (end === null) return { points, values, diverged: null };
  const { step, nowhere } = end;
  return { points: points.subarray(0, 2 * step), values: values.subarray(0, step), diverged: step, nowhere };
}

/**
 * f after the last step; infinite if the path has diverged.
 * @param {Mathematics} mathematics
 * @param {Descent} descent
 */
export function arrive(mathematics, descent) {
  let last = Infinity;
  const end = walk(mathematics, descent, (_, __, f) => {
    last = f;
  });
  return end === null ? last : Infinity;
}

/** Those that have been asked for: a beginning of the same numbers is the same. */
let shaken = new Float64Array();

/**
 * Two normal numbers a step, the same for all optimizers and in every run; Python has them too (`shocks`).
 * @param {number} steps
 */
export function shocks(steps) {
  if (shaken.length >= 2 * steps) return shaken;
  shaken = new Float64Array(2 * steps);
  let seed = 1;
  const uniform = () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let bits = Math.imul(seed ^ (seed >>> 15), 1 | seed);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let k = 0; k < shaken.length; k += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - uniform()));
    const angle = 2 * Math.PI * uniform();
    shaken[k] = radius * Math.cos(angle);
    shaken[k + 1] = radius * Math.sin(angle);
  }
  return shaken;
}
