// What a learning rate is worth: f after the last step, for each rate of a grid, a row for each optimizer.

/** @import {Descent} from "./drive.js" */
/** @import {Dial, DialledRule, Mathematics} from "./types.d.ts" */
import { arrive } from "./drive.js";
import { SCALES } from "./scales.js";

const COUNT = 60;

/** @typedef {Descent & {rule: DialledRule}} Wanted a descent at whatever rate */

/** @typedef {object} Row f after the last step at each rate; infinite where that diverges
 * @property {string} rule
 * @property {string} key what it was computed for
 * @property {Float64Array} rates
 * @property {Float64Array} values
 */

/** @typedef {Row & {descent: Descent, place: number, done: number}} Job */

/** @type {(rule: DialledRule) => Dial | undefined} */
export const rateOf = (rule) => rule.hyperparameters.find(({ name }) => name === "lr");

/** @type {(dial: Dial) => Float64Array} rates that the slider can stand at */
const grid = (dial) =>
  Float64Array.from({ length: COUNT }, (_, k) => SCALES[dial.scale ?? "linear"].value(k / (COUNT - 1), dial));

/** @param {Wanted} descent */
function keyOf({ rule, optimizer, ...rest }) {
  const { lr, ...others } = optimizer.hyperparameters;
  return JSON.stringify([rule.id, rule.edition, others, optimizer.bias_correction, rest]);
}

/** Rows that are kept up to date a slice of time at a time. Until a new one is there, the old one stands for it. */
export class Rates {
  /** @type {(Wanted & {key: string})[]} */
  wanted = [];
  /** @type {(Row | undefined)[]} */
  rows = [];
  /** @type {Job | undefined} */
  job = undefined;
  turn = 0;

  /** @param {Wanted[]} descents */
  want(descents) {
    const old = this.rows;
    this.wanted = descents.map((descent) => ({ ...descent, key: keyOf(descent) }));
    this.rows = this.wanted.map(
      ({ key, rule }, k) =>
        old.find((row) => row?.key === key) ?? (old[k]?.rule === rule.id ? old[k] : undefined),
    );
  }

  /** Those that are out of date take turns, so that each moves while a reader drags. @returns {Job | undefined} */
  next() {
    const { wanted, rows } = this;
    for (let n = 0; n < wanted.length; n++) {
      const k = (this.turn + n) % wanted.length;
      const { key, ...descent } = wanted[k];
      const dial = rateOf(descent.rule);
      if (!dial || rows[k]?.key === key) continue;
      this.turn = k + 1;
      const rates = grid(dial);
      return {
        rule: descent.rule.id,
        key,
        descent,
        rates,
        values: new Float64Array(COUNT),
        place: k,
        done: 0,
      };
    }
    return undefined;
  }

  /**
   * Computes for so many milliseconds; whether something is left to do. A row that is begun is finished, even if
   * another is wanted by then: under a moving slider none would ever be.
   * @param {Mathematics} mathematics
   * @param {number} budget
   */
  work(mathematics, budget) {
    const end = performance.now() + budget;
    for (;;) {
      this.job ??= this.next();
      const { job } = this;
      if (!job) return false;
      const { optimizer } = job.descent;
      const hyperparameters = { ...optimizer.hyperparameters, lr: job.rates[job.done] };
      job.values[job.done] = arrive(mathematics, {
        ...job.descent,
        optimizer: { ...optimizer, hyperparameters },
      });
      if (++job.done === COUNT) {
        this.finish(job);
        this.job = undefined;
      }
      if (performance.now() >= end) return true;
    }
  }

  /** @param {Job} job */
  finish(job) {
    const same = this.wanted.findIndex(({ key }) => key === job.key);
    const k = same < 0 && this.wanted[job.place]?.rule.id === job.rule ? job.place : same;
    if (k >= 0) this.rows[k] = job;
  }
}

/**
 * The points of a curve: those of a row, and the one that an optimizer has at its own rate, which the grid may miss.
 * @param {Row} row
 * @param {number} rate
 * @param {number} value
 * @returns {Pick<Row, "rates" | "values">}
 */
export function through({ rates, values }, rate, value) {
  const found = rates.findIndex((one) => one >= rate);
  const k = found < 0 ? rates.length : found;
  const put = (/** @type {Float64Array} */ row, /** @type {number} */ one) =>
    Float64Array.from([...row.subarray(0, k), one, ...row.subarray(rates[k] === rate ? k + 1 : k)]);
  return { rates: put(rates, rate), values: put(values, value) };
}

/**
 * The rate at which a row is lowest, and whether it is at an end of the grid, beyond which it may be lower.
 * @param {Row} row
 */
export function best({ rates, values }) {
  let least = 0;
  for (let k = 1; k < values.length; k++) if (values[k] < values[least]) least = k;
  return {
    rate: rates[least],
    value: values[least],
    edge: least === 0 || least === values.length - 1,
  };
}
