// The rule that a reader has edited last, kept in this browser, so that it can race on another page.

/** @import {DialledRule, Numbers, StateOfRule} from "./types.d.ts" */
import { interpreted } from "./interpret.js";
import { beside } from "./place.js";

const KEY = "firstorder.rule";
export const YOURS = "yours";

/** @typedef {object} Own
 * @property {string} id
 * @property {string} label
 * @property {StateOfRule[]} state
 * @property {Numbers} values its hyperparameters
 * @property {string} source JavaScript, as Python generates it
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

/** Where it races, at one rate for all. */
export const address = () => {
  const optimizers = [YOURS, "sgd", "adamw"].map((rule) => `{rule:${rule},lr:0.01}`);
  return `${beside("../chapters/training.html")}#race-1?optimizers=[${optimizers.join()}]`;
};

/**
 * @param {DialledRule} rule
 * @param {string} source
 * @param {Numbers} numbers those of its hyperparameters that the reader has set
 */
export function keep({ label, state, hyperparameters }, source, numbers) {
  const values = Object.fromEntries(
    hyperparameters.map(({ name, default: usual }) => [name, numbers[name] ?? usual]),
  );
  localStorage.setItem(KEY, JSON.stringify({ label, state, values, source }));
}

/** What was kept; nothing where it is no rule, whoever wrote it there. @returns {Own | undefined} */
export function kept() {
  try {
    const { label, state, values, source } = JSON.parse(localStorage.getItem(KEY) ?? "null");
    interpreted(source);
    const numbers = Object.values(values).every(Number.isFinite) && Number.isFinite(values.lr);
    const begun = state.every(
      (/** @type {StateOfRule} */ { initial }) => Number.isFinite(initial) || Object.hasOwn(values, initial),
    );
    if (!numbers || !begun || typeof label !== "string") return undefined;
    return { id: YOURS, label: `Yours: ${label.slice(0, 40)}`, state, values, source };
  } catch {
    return undefined; // no storage, or no JSON, or no rule
  }
}
