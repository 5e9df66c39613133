// A rule that a reader has edited, as it races on another page: the last, which is kept in this browser, or a link's.

/** @import {DialledRule, Numbers, StateOfRule} from "./types.d.ts" */
import { alone } from "./alone.js";
import { interpreted } from "./interpret.js";
import { within } from "./numbers.js";
import { beside } from "./place.js";

const KEY = "firstorder.rule";
/** The names of both in a race. */
export const OWN = ["yours", "theirs"];
export const [YOURS, THEIRS] = OWN;
const WHOSE = { [YOURS]: "Yours", [THEIRS]: "Theirs" };

/** @typedef {object} Own
 * @property {string} id
 * @property {string} label
 * @property {StateOfRule[]} state
 * @property {Numbers} values its hyperparameters
 * @property {string} source JavaScript, as Python generates it
 * @property {string} text Python, packed; empty if it was not kept
 */

/**
 * Why a rule cannot race, or nothing.
 * @param {DialledRule} rule
 * @param {string} [source]
 */
export function barred({ hyperparameters }, source) {
  if (!source) return "Only rules that are element-wise can race.";
  return hyperparameters.some(({ name }) => name === "lr") ? "" : "Only rules with a rate, lr, can race.";
}

/**
 * Where it races, against what it began as and others: at one rate, for what is good on a landscape says nothing there.
 * @param {string} origin
 */
export const address = (origin) => {
  const optimizers = [...new Set([YOURS, origin, "sgd", "adamw"])].map((rule) => `{rule:${rule},lr:0.01}`);
  const page = beside(alone() ? "./training/race-1.html" : "../chapters/training.html");
  return `${page}#race-1?optimizers=[${optimizers.join()}]`;
};

/**
 * What is to be known of a rule.
 * @param {DialledRule} rule
 * @param {string} source
 * @param {Record<string, unknown>} numbers those of its hyperparameters that have been set
 * @param {string} text
 */
export function described({ label, state, hyperparameters }, source, numbers, text) {
  const values = Object.fromEntries(
    hyperparameters.map(({ name, default: usual, min, max }) => [
      name,
      within(numbers[name], min, max) ? numbers[name] : usual,
    ]),
  );
  return { label, state, values, source, text };
}

/** @param {unknown} rule as it is told */
export const keep = (rule) => localStorage.setItem(KEY, JSON.stringify(rule));

/** What was kept; nothing where it is no rule, whoever wrote it there. */
export function kept() {
  try {
    return entrant(JSON.parse(localStorage.getItem(KEY) ?? "null"), YOURS);
  } catch {
    return undefined; // no storage, or no JSON
  }
}

/**
 * A rule as it races; nothing where it is none.
 * @param {any} rule as it is told
 * @param {string} id
 * @returns {Own | undefined}
 */
export function entrant(rule, id) {
  try {
    const { label, state, values, source, text = "" } = rule;
    interpreted(source);
    const numbers = Object.values(values).every(Number.isFinite) && Number.isFinite(values.lr);
    const begun = state.every(
      (/** @type {StateOfRule} */ { initial }) => Number.isFinite(initial) || Object.hasOwn(values, initial),
    );
    if (!numbers || !begun || typeof label !== "string" || typeof text !== "string") return undefined;
    return { id, label: `${WHOSE[id]}: ${label.slice(0, 40)}`, state, values, source, text };
  } catch {
    return undefined;
  }
}
