// Figures made of charts and controls: the common pattern of all that have a scenario.
//
// The state is what the controls say; its traits, their ranges, the data and the scenario come from Python.

/** @import {Control, Mathematics, Model, Rule, State} from "./types.d.ts" */
import { allowedBy, controlFor } from "./controls.js";
import { h } from "./dom.js";
import { curvesOf } from "./drive.js";
import { Figure } from "./figure.js";
import { known } from "./known.js";
import { SERIES, styleOf } from "./styles.js";

/** @typedef {{element: HTMLElement, onresize?: () => void, marked?: string}} View a chart, or something among them */

/** A kind of panel has `charts()`, `show(curves, state)` and `report(curves, state)`. */
export class Panel extends Figure {
  /** How the charts stand on a desk: in "rows", in a "pair", or "beside" the first, which is tall. */
  static layout = "rows";
  /** What can be dragged besides the sliders. */
  static hint = "";

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    /** @type {Control[]} */
    const described = model.get("controls");
    super(
      model,
      mathematics,
      described.map(({ name }) => name),
    );
    /** @type {Record<string, any>} what does not change */
    this.data = model.get("data");
    /** @type {Map<string, Rule>} */
    this.rules = new Map(model.get("rules").map((/** @type {Rule} */ rule) => [rule.id, rule]));
    this.described = new Map(described.map((control) => [control.name, control]));
    this.controls = new Map(
      described.map((control) => [
        control.name,
        controlFor(control, (value, done) => this.set({ [control.name]: value }, done)),
      ]),
    );
    /** The step under the pointer. @type {number | null} */
    this.hovered = null;
    /** @type {View[]} */
    this.shown = [];
    this.computed = "";
    /** The numbers that are drawn. @type {Record<string, any>} */
    this.now = {};
    this.readout = h("p", { class: "fo-readout", id: this.hintId });
  }

  /** @returns {View[]} */
  charts() {
    return [];
  }

  /**
   * Draws the charts.
   * @param {any} _curves
   * @param {State} _state
   */
  show(_curves, _state) {}

  /**
   * What there is to see, in words.
   * @param {any} _curves
   * @param {State} _state
   */
  report(_curves, _state) {
    return "";
  }

  build() {
    const charts = this.charts();
    this.shown = charts;
    for (const chart of charts) chart.onresize = () => this.schedule();
    const described = [...this.described.values()];
    const row = (/** @type {boolean} */ numbers) => {
      const names = described.filter(({ kind }) => (kind === "number") === numbers).map(({ name }) => name);
      return h("div", { class: "fo-row" }, ...names.map((name) => known(this.controls, name).element));
    };
    const title = "Back to the page’s own state";
    this.tools.append(h("button", { type: "button", title, onclick: () => this.reset() }, "Reset"));
    const { layout, hint } = /** @type {typeof Panel} */ (this.constructor);
    return this.frame(
      `panel fo-${layout}`,
      this.model.get("title"),
      h("div", { class: "fo-views" }, ...charts.map(({ element }) => element)),
      row(true),
      row(false),
      ...(hint ? [h("p", { class: "fo-hint" }, hint)] : []),
      h("div", { class: "fo-foot" }, this.readout, this.tools),
    );
  }

  get usual() {
    return Object.fromEntries([...this.described.values()].map(({ name, default: usual }) => [name, usual]));
  }

  /** The rules of the figure, in its order. */
  get ruled() {
    return [...this.rules.values()];
  }

  /**
   * The colour of a rule.
   * @param {string} id
   */
  colour(id) {
    return (styleOf(id) ?? SERIES[1])[this.theme.name];
  }

  /**
   * The colour and the dash of a rule, and the hyperparameters that it has.
   * @param {string} id
   */
  look(id) {
    return { colour: this.colour(id), dash: styleOf(id)?.dash ?? [], of: this.dials(id) };
  }

  /** @param {string} id */
  dials(id) {
    return this.rules.get(id)?.hyperparameters.map(({ name }) => name) ?? [];
  }

  /**
   * The colour of a place among the series, for what is no rule.
   * @param {number} place
   */
  series(place) {
    return SERIES[place][this.theme.name];
  }

  /**
   * @param {string} name
   * @param {unknown} value
   */
  allows(name, value) {
    const control = this.described.get(name);
    return control !== undefined && allowedBy(control, value);
  }

  /** @param {number | null} x */
  hover(x) {
    const step = x === null ? null : Math.round(x);
    if (step === this.hovered) return;
    this.hovered = step;
    this.schedule();
  }

  /** @param {State} state */
  curves(state) {
    const choices = [...this.described.values()].filter(({ kind }) => kind !== "number");
    const scenario = this.mathematics.scenarios[choices.map(({ name }) => String(state[name])).join()];
    return curvesOf(this.mathematics, this.rules, scenario, { ...this.data, ...state });
  }

  redraw() {
    const { state } = this;
    const inputs = JSON.stringify(state);
    const anew = inputs !== this.computed;
    if (anew) {
      this.computed = inputs;
      this.now = this.curves(state);
    }
    for (const chart of this.shown) chart.marked = this.marked;
    this.show(this.now, state);
    if (anew) {
      this.readout.textContent = this.report(this.now, state);
      this.say(() => this.readout.textContent ?? "");
    }
    for (const [name, control] of this.controls) control.update(state[name]);
  }
}
