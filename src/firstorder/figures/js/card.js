// One optimizer of the playground: its hyperparameters, and what became of it.

/** @import {DialledRule, Domain, Optimizer, Style, ThemeName, Trajectory} from "./types.d.ts" */
import { Slider, toggle } from "./controls.js";
import { h, unique } from "./dom.js";
import { format } from "./numbers.js";

/** @typedef {object} Run an optimizer, its path, and how both are told from others
 * @property {Optimizer} optimizer
 * @property {Trajectory} trajectory
 * @property {string} label
 * @property {Style} style
 */

/** @typedef {object} Orders what a reader does on a card
 * @property {(change: (optimizer: Optimizer) => Partial<Optimizer>, done: boolean) => void} change
 * @property {() => void} copy
 * @property {() => void} remove
 */

/** @type {(rule: DialledRule) => Record<string, number>} the hyperparameters as published */
export const usual = (rule) =>
  Object.fromEntries(rule.hyperparameters.map((dial) => [dial.name, dial.default]));

export class Card {
  /**
   * @param {DialledRule} rule
   * @param {Orders} orders
   */
  constructor(rule, { change, copy, remove }) {
    this.rule = rule;
    this.sliders = rule.hyperparameters.map((dial) => {
      const set = (/** @type {number} */ value, /** @type {boolean} */ done) =>
        change(
          ({ hyperparameters }) => ({ hyperparameters: { ...hyperparameters, [dial.name]: value } }),
          done,
        );
      return { name: dial.name, slider: new Slider(dial, rule.label, set) };
    });
    this.correction = rule.uncorrected
      ? toggle((on) => change(() => ({ bias_correction: on }), true), `${rule.label} bias correction`)
      : null;
    const correction = this.correction
      ? [h("label", { class: "fo-switch" }, this.correction, "bias correction")]
      : [];
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ title,
      /** @type {() => void} */ onclick,
    ) => h("button", { type: "button", title, "aria-label": `${title}: ${rule.label}`, onclick }, text);
    const published = () => change(() => ({ hyperparameters: usual(rule), bias_correction: true }), true);
    this.element = h(
      "div",
      { class: "fo-card", role: "tabpanel", id: unique() },
      ...this.sliders.map(({ slider }) => slider.element),
      ...correction,
      h(
        "p",
        {},
        button("Defaults", "All hyperparameters as published", published),
        button("Copy", "Add a copy to compare with", copy),
        button("Remove", "Remove", remove),
      ),
    );
  }

  /**
   * @param {Run} run
   * @param {ThemeName} theme
   */
  update({ label, style, optimizer }, theme) {
    this.element.style.setProperty("--series", style[theme]);
    this.element.setAttribute("aria-label", label);
    for (const { name, slider } of this.sliders) slider.update(optimizer.hyperparameters[name]);
    if (this.correction) this.correction.checked = optimizer.bias_correction !== false;
  }
}

/**
 * What became of a path by a step, in words.
 * @param {Trajectory} trajectory
 * @param {number} step
 * @param {Domain} domain
 */
export function outcome({ points, values, diverged, nowhere }, step, [x0, x1, y0, y1]) {
  if (diverged !== null && step >= diverged && nowhere)
    return `✕ no value at ${diverged ? `step ${diverged}` : "the start"}`;
  if (diverged !== null && step >= diverged) return `✕ diverged at step ${diverged}`;
  const [x, y] = points.subarray(2 * step, 2 * step + 2);
  const away = x < x0 || x > x1 || y < y0 || y > y1;
  return `f = ${format(values[step])}${away ? ", off the map" : ""}`;
}

/**
 * Names no two optimizers share: the rule's, what is unusual about it, a number if that is not enough.
 * @param {Optimizer[]} optimizers
 * @param {Map<string, DialledRule>} rules
 */
export function labelsOf(optimizers, rules) {
  /** @type {Map<string, number>} */
  const seen = new Map();
  return optimizers.map(({ rule, bias_correction }) => {
    const known = rules.get(rule);
    const name = (bias_correction === false && known?.uncorrected) || (known?.label ?? rule);
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    return count > 1 ? `${name} ${count}` : name;
  });
}
