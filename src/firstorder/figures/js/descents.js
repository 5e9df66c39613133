// Descents over a landscape: their state, what of it a link may say, and what comes of it.

/** @import {DialledRule, Domain, Landscape, Mathematics, Model, Numbers, Optimizer, Point, State} from "./types.d.ts" */
/** @import {Run} from "./card.js" */
/** @import {Ground} from "./scenery.js" */
import { labelsOf, outcome, usual } from "./card.js";
import { allDialled } from "./controls.js";
import { descend } from "./drive.js";
import { Figure } from "./figure.js";
import { known } from "./known.js";
import { format, within } from "./numbers.js";
import { OWN, ownGround } from "./own.js";
import { NOISE } from "./scenery.js";
import { evaluated } from "./source.js";
import { SERIES, stylesOf } from "./styles.js";

export const MOST_STEPS = 500;
export const MOST = SERIES.length;
/** What a rule is called that a reader edits. */
const EDITED = "edited";
const TRAITS = ["landscape", "landscape_parameters", "start", "steps", "noise", "optimizers", "hide"];
/** What a page or an address may hide; Python has the same list. */
const PARTS = [
  "landscape",
  "start",
  "shape",
  "noise",
  "transport",
  "steps",
  "optimizers",
  "hyperparameters",
  "sweep",
  "loss",
  "hint",
  "tools",
];

/** @typedef {import("./choosing.js").Grouped} Grouped */
/** @typedef {{rules: Mathematics["rules"], described: Grouped[], rates: Record<string, Numbers>}} Others */

/** A kind of figure of descents draws `runs`. */
export class Descents extends Figure {
  /** @type {Map<string, DialledRule>} */
  rules = new Map(this.model.get("rules").map((/** @type {DialledRule} */ rule) => [rule.id, rule]));
  /** @type {Map<string, Ground>} */
  landscapes = new Map(
    this.model.get("landscapes").map((/** @type {Ground} */ ground) => [ground.id, ground]),
  );
  /** @type {Run[]} */
  runs = [];
  computed = "";
  /** The optimizer whose hyperparameters are shown, of a kind that shows one's. */
  shown = 0;
  /** The rule that a reader has edited, for a link: the key that it began as, and its text, packed. @type {{from: string, text: string} | undefined} */
  edited = undefined;
  /** Told of a link that holds a rule's text, or the key of one of the book's to edit. @type {(asked: {edited?: unknown, edit?: unknown}) => void} */
  onedit = () => {};
  /** The landscape that a reader has typed, for a link: its text, packed. */
  typed = "";
  /** Told of a link that holds a landscape's text. @type {(asked: unknown) => void} */
  onground = () => {};
  /** @type {Promise<void> | undefined} */
  asked = undefined;

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    const { rules, landscapes } = mathematics;
    super(model, { ...mathematics, rules: { ...rules }, landscapes: { ...landscapes } }, TRAITS);
  }

  /** @returns {number} */
  get steps() {
    return this.model.get("steps");
  }
  /** @returns {Ground} */
  get landscape() {
    return known(this.landscapes, this.model.get("landscape"));
  }
  /** @returns {Numbers} */
  get parameters() {
    return this.model.get("landscape_parameters");
  }
  /** @returns {Point} */
  get start() {
    return this.model.get("start");
  }
  /** @returns {Optimizer[]} */
  get optimizers() {
    return this.model.get("optimizers");
  }
  /** @returns {number} */
  get noise() {
    return this.model.get("noise") ?? 0;
  }
  /** @returns {string[]} */
  get hide() {
    return this.model.get("hide") ?? [];
  }
  /** The name that the landscape's functions have: another for each text that a reader types. */
  get edition() {
    return this.landscape.edition ?? this.landscape.id;
  }
  get functions() {
    return this.mathematics.landscapes[this.edition];
  }
  /** @type {(x: number, y: number) => number} */
  value = (x, y) => this.functions.value(x, y, this.parameters);

  /** Minima of a reader's own landscape may be known for its first parameters only: where it is not flat, none is marked. */
  get minima() {
    const slope = new Float64Array(2);
    return this.functions.minima(this.parameters).filter(([x, y]) => {
      this.functions.gradient(x, y, this.parameters, slope);
      return Math.hypot(...slope) < 1e-3;
    });
  }

  // ---- all optimizers

  /** The rules that this page did not come with, which lie in a file of their own. */
  async more() {
    this.asked ??= evaluated(this.model.get("others")).then(
      (others) => others && this.learn(others),
      () => {
        this.asked = undefined; // to be asked for again
      },
    );
    await this.asked;
  }

  /** @param {Others} others */
  learn({ rules, described, rates }) {
    Object.assign(this.mathematics.rules, { ...rules, ...this.mathematics.rules });
    for (const rule of described) if (!this.rules.has(rule.id)) this.rules.set(rule.id, rule);
    for (const [id, known] of Object.entries(rates)) {
      const landscape = this.landscapes.get(id);
      if (landscape) landscape.rates = { ...known, ...landscape.rates };
    }
    this.learned(described);
    this.schedule();
  }

  /**
   * Told of the rules that came later.
   * @param {Grouped[]} _described
   */
  learned(_described) {}

  /**
   * A link may speak of a rule that is still to be loaded.
   * @param {Record<string, unknown>} asked
   */
  async restore({ edited, edit, ground, ...asked }) {
    const { optimizers } = asked;
    if (ground !== undefined) this.onground(ground);
    if (edited !== undefined || edit !== undefined) this.onedit({ edited, edit });
    if (Array.isArray(optimizers) && optimizers.some((one) => !this.rules.has(one?.rule))) await this.more();
    return super.restore(asked);
  }

  /**
   * A rule with its own numbers, and the landscape's rate for it; nothing if there is no such rule.
   * @param {string} key
   * @returns {Optimizer | undefined}
   */
  fresh(key) {
    const rule = this.rules.get(key);
    const one = rule && { rule: key, hyperparameters: usual(rule), bias_correction: true };
    return one && this.tuned(one, this.landscape);
  }

  /**
   * Shows one rule and no other.
   * @param {string} key
   */
  async only(key) {
    if (!this.rules.has(key)) await this.more();
    const one = this.fresh(key);
    if (one) this.take({ optimizers: [one] });
  }

  /**
   * Shows a rule in the place of another, unless it is there.
   * @param {string} before
   * @param {string} key
   */
  exchange(before, key) {
    const { optimizers } = this;
    const place = optimizers.findIndex(({ rule }) => rule === before);
    const one = this.fresh(key);
    if (place >= 0 && one && !optimizers.some(({ rule }) => rule === key))
      this.take({ optimizers: optimizers.with(place, one) });
  }

  /**
   * Shows a rule that a reader edits, in the place of its last edition or beside the rule that it began as. While it
   * goes on from the same beginning, a hyperparameter keeps its value if it keeps its name and its slider has room.
   * @param {DialledRule} rule
   * @param {import("./types.d.ts").Update} update
   * @param {string} origin
   * @param {unknown} [numbers] of its hyperparameters, from a link
   */
  adopt(rule, update, origin, numbers) {
    const edition = (this.rules.get(EDITED)?.edition ?? 0) + 1;
    const edited = { ...rule, id: EDITED, label: `${rule.label}, edited`, edition, update };
    this.rules.set(EDITED, edited);
    const { optimizers } = this;
    const place = optimizers.findIndex(({ rule }) => rule === EDITED);
    const last = this.edited?.from === origin ? optimizers[place] : undefined;
    const begun = [optimizers[this.shown], ...optimizers].find((one) => one?.rule === origin);
    const like = last ?? begun ?? this.fresh(origin);
    const values = new Map(Object.entries(numbers ?? like?.hyperparameters ?? {}));
    const value = (/** @type {import("./types.d.ts").Dial} */ dial) => {
      const kept = values.get(dial.name);
      return within(kept, dial.min, dial.max) ? /** @type {number} */ (kept) : dial.default;
    };
    const one = {
      rule: EDITED,
      hyperparameters: Object.fromEntries(edited.hyperparameters.map((dial) => [dial.name, value(dial)])),
      bias_correction: like?.bias_correction !== false || !edited.uncorrected,
    };
    if (place >= 0) return this.take({ optimizers: optimizers.with(place, one) });
    const others = optimizers.slice(0, MOST - 1);
    this.shown = others.length;
    this.take({ optimizers: [...others, one] });
  }

  /**
   * Shows a landscape that a reader types, in the place of its last text. The paths start where they did, if that was on
   * the same landscape and still is on the map; the optimizers stay as they are.
   * @param {import("./types.d.ts").Ground} functions
   * @param {Domain} domain
   * @param {Point} [start] from a link
   */
  settle(functions, domain, start) {
    const ground = ownGround(domain, this.landscapes.get(OWN));
    const there = this.landscape.id === OWN;
    const at = start ?? (there ? this.start : ground.start);
    this.mathematics.landscapes[ground.edition] = functions;
    this.landscapes.set(OWN, ground);
    const [x0, x1, y0, y1] = domain;
    const inside = within(at[0], x0, x1) && within(at[1], y0, y1);
    this.take({ landscape: OWN, landscape_parameters: {}, start: inside ? at : ground.start });
  }

  /** A link has the texts of an edited rule and of a typed landscape beside what the page knows. */
  get changes() {
    const { optimizers, ...changes } = super.changes;
    const own = this.landscape.id === OWN;
    if (own) for (const name of ["landscape", "landscape_parameters", "start"]) delete changes[name];
    const { domain } = this.landscape;
    const ground = own && this.typed && { ground: { text: this.typed, domain, start: this.start } };
    const shown = own ? this.optimizers : optimizers; // no page could look up the rates of a landscape of one's own
    const numbers = this.optimizers.find(({ rule }) => rule === EDITED)?.hyperparameters;
    const known = shown?.filter((/** @type {Optimizer} */ { rule }) => rule !== EDITED);
    const edited = numbers && this.edited?.text && { edited: { ...this.edited, numbers } };
    return { ...(ground || {}), ...changes, ...(known && { optimizers: known }), ...(edited || {}) };
  }

  // ---- the state

  /**
   * An optimizer with the landscape's own rate for its rule, or else the rule's.
   * @param {Optimizer} optimizer
   * @param {Landscape} landscape
   * @returns {Optimizer}
   */
  tuned(optimizer, landscape) {
    const rule = known(this.rules, optimizer.rule);
    const lr = landscape.rates[rule.id] ?? usual(rule).lr;
    const { hyperparameters } = optimizer;
    return lr === undefined ? optimizer : { ...optimizer, hyperparameters: { ...hyperparameters, lr } };
  }

  /**
   * What comes with another landscape; one of the reader's own has no rates to give.
   * @param {string} id
   * @param {Optimizer[]} optimizers
   */
  chosen(id, optimizers) {
    const landscape = known(this.landscapes, id);
    return {
      landscape: id,
      landscape_parameters: Object.fromEntries(landscape.parameters.map((dial) => [dial.name, dial.default])),
      start: landscape.start,
      optimizers: id === OWN ? optimizers : optimizers.map((one) => this.tuned(one, landscape)),
    };
  }

  /** @param {State} [asked] */
  baseline({ landscape } = {}) {
    const state = super.baseline();
    const other = landscape !== state.landscape && this.landscapes.has(landscape);
    return other ? { ...state, ...this.chosen(landscape, state.optimizers) } : state;
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @param {State} state
   */
  allows(name, value, state) {
    const { domain, parameters } = known(this.landscapes, state.landscape);
    const [x0, x1, y0, y1] = domain;
    switch (name) {
      case "landscape":
        return value === state.landscape; // as the baseline has it
      case "landscape_parameters":
        return allDialled(value, parameters);
      case "start":
        return (
          Array.isArray(value) && value.length === 2 && within(value[0], x0, x1) && within(value[1], y0, y1)
        );
      case "steps":
        return within(value, 1, MOST_STEPS) && Number.isInteger(value);
      case "noise":
        return within(value, NOISE.min, NOISE.max);
      case "hide":
        return Array.isArray(value) && value.every((name) => PARTS.includes(name));
      default:
        return (
          Array.isArray(value) && value.length <= MOST && value.every((one) => this.allowsOptimizer(one))
        );
    }
  }

  /** @param {Partial<Optimizer> | null} optimizer */
  allowsOptimizer(optimizer) {
    const rule = this.rules.get(optimizer?.rule ?? "");
    return (
      rule !== undefined &&
      typeof optimizer?.bias_correction === "boolean" &&
      allDialled(optimizer.hyperparameters, rule.hyperparameters, (name, value) => this.has(name, value))
    );
  }

  /**
   * Whether the page's own state has a value, which a link may repeat even where no dial gives it.
   * @param {string} name
   * @param {number} value
   */
  has(name, value) {
    /** @type {Optimizer[]} */
    const given = this.given.optimizers;
    return given.some(({ hyperparameters }) => hyperparameters[name] === value);
  }

  // ---- what comes of it

  /** @param {Optimizer} optimizer */
  descent(optimizer) {
    const { parameters, steps, start, noise } = this;
    const rule = known(this.rules, optimizer.rule);
    return { rule, optimizer, landscape: this.edition, parameters, start, steps, noise };
  }

  compute() {
    const { parameters, steps, edition: ground, start, noise, optimizers } = this;
    const { edition } = this.rules.get(EDITED) ?? {};
    const inputs = JSON.stringify([optimizers, ground, parameters, start, steps, noise, edition]);
    if (inputs === this.computed) return;
    this.computed = inputs;
    const labels = labelsOf(optimizers, this.rules);
    const styles = stylesOf(optimizers.map(({ rule }) => rule));
    this.runs = optimizers.map((optimizer, k) => ({
      optimizer,
      trajectory: descend(this.mathematics, this.descent(optimizer)),
      label: labels[k],
      style: styles[k],
    }));
    const detail = this.trajectories();
    this.element.dispatchEvent(new CustomEvent("firstorder:paths", { bubbles: true, detail }));
    this.say(() => this.report());
  }

  trajectories() {
    return Object.fromEntries(this.runs.map(({ label, trajectory }) => [label, trajectory]));
  }

  report() {
    const [x, y] = this.start;
    const results = this.runs.map(
      ({ label, trajectory }) =>
        `${label}: ${outcome(trajectory, this.steps, this.landscape.domain).replace("✕ ", "")}`,
    );
    return `${this.landscape.label} from x ${format(x)}, y ${format(y)}, ${this.steps} steps. ${results.join("; ")}.`;
  }
}
