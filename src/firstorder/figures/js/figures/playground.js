// The playground: the paths of several optimizers over a landscape, with a slider for everything.

/** @import {DialledRule, Landscape, Mathematics, Model, Numbers, Optimizer, Point, Scene, State} from "../types.d.ts" */
/** @import {Orders, Run} from "../card.js" */
/** @import {Ground} from "../scenery.js" */
import { Card, labelsOf, outcome, usual } from "../card.js";
import { Chart } from "../chart.js";
import { Choosing } from "../choosing.js";
import { allDialled } from "../controls.js";
import { h } from "../dom.js";
import { descend } from "../drive.js";
import { Figure } from "../figure.js";
import { known } from "../known.js";
import { LandscapeView } from "../landscape.js";
import { lossView } from "../losses.js";
import { format, within } from "../numbers.js";
import { Player } from "../player.js";
import { best, Rates, rateOf } from "../rates.js";
import { NOISE, Scenery } from "../scenery.js";
import { evaluated } from "../source.js";
import { SERIES, stylesOf } from "../styles.js";
import { Sweep } from "../sweep.js";
import { Tabs } from "../tabs.js";
import { Transport } from "../transport.js";

const MOST_STEPS = 500;
const MOST = SERIES.length;
const TRAITS = ["landscape", "landscape_parameters", "start", "steps", "noise", "optimizers", "hide"];
/** @typedef {import("../choosing.js").Grouped} Grouped */
/** @typedef {{rules: Mathematics["rules"], described: Grouped[], rates: Record<string, Numbers>}} Others */

/** Milliseconds of a frame for the sweep over rates: what the rest of it leaves at 60 frames a second. */
const SLICE = 5;

export class Playground extends Figure {
  /** @type {Map<string, DialledRule>} */
  rules = new Map(this.model.get("rules").map((/** @type {DialledRule} */ rule) => [rule.id, rule]));
  /** @type {Map<string, Ground>} */
  landscapes = new Map(
    this.model.get("landscapes").map((/** @type {Ground} */ ground) => [ground.id, ground]),
  );
  /** The step under the pointer. @type {number | null} */
  hovered = null;
  /** The step that was chosen; infinite is the last. */
  pinned = Number.POSITIVE_INFINITY;
  /** @type {Run[]} */
  runs = [];
  computed = "";
  /** The optimizer whose hyperparameters are shown. */
  shown = this.given.optimizers.length - 1;

  player = new Player(this);
  map = new LandscapeView({
    describedby: this.hintId,
    scene: () => this.scene,
    onstart: (start, done) => this.set({ start }, done),
    onhover: (step) => this.hover(step),
  });
  loss = new Chart("Loss", "step", { beside: true, kind: "fo-loss" });
  scenery = new Scenery(this.landscapes.values(), {
    choose: (id) => this.choose(id),
    move: ([x, y]) => this.map.move(x, y),
    shape: (change, done) => this.set({ landscape_parameters: { ...this.parameters, ...change } }, done),
    shake: (noise, done) => this.set({ noise }, done),
  });
  rates = new Rates();
  sweep = new Sweep({
    choose: (index) => this.show(index),
    rate: (index, lr, done) => this.orders(index).change(withRate(lr), done),
    tune: () => this.tune(),
  });
  tabs = new Tabs((index) => this.show(index));
  choosing = new Choosing(
    (id) => this.toggle(id),
    () => this.more(),
  );
  cards = h("div", { class: "fo-cards" });
  /** @type {Card[]} */
  panel = [];
  /** @type {Promise<void> | undefined} */
  asked = undefined;
  /** What was said of a tuning, as long as its rates stand. */
  told = { optimizers: "", words: "" };
  transport = new Transport(
    { usual: this.given.steps, most: MOST_STEPS },
    {
      play: () => this.player.toggle(),
      step: () => this.step(),
      reset: () => this.reset(),
      seek: (step) => this.seek(step),
      lengthen: (steps, done) => this.set({ steps }, done),
      hasten: (factor) => {
        this.player.speed = factor;
      },
    },
  );
  /** What a page or an address may hide, by name. @type {Record<string, HTMLElement[]>} */
  parts = {
    landscape: [this.scenery.choice],
    start: this.scenery.places,
    shape: [this.scenery.shape],
    noise: [this.scenery.noise.element],
    transport: [this.transport.element],
    steps: [this.transport.length.element],
    optimizers: [this.tabs.element, this.choosing.element],
    hyperparameters: [this.cards],
    sweep: [this.sweep.element],
    loss: [this.loss.element],
    tools: [this.tools],
  };

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, { ...mathematics, rules: { ...mathematics.rules } }, TRAITS);
    this.choosing.list([...this.rules.values()]);
    this.loss.listen({
      hover: (x) => this.hover(x === null ? null : Math.round(x)),
      press: (x) => this.seek(Math.round(x)),
    });
    for (const chart of [this.loss, this.sweep.chart]) chart.onresize = () => this.schedule();
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
  get functions() {
    return this.mathematics.landscapes[this.landscape.id];
  }
  get cursor() {
    return Math.min(this.hovered ?? this.pinned, this.steps);
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

  /** @returns {Scene} */
  get scene() {
    const { landscape, parameters, value, minima, start, runs: paths, cursor } = this;
    const { id, domain, start: home } = landscape;
    return { key: [id, parameters], domain, value, minima, start, home, paths, cursor };
  }

  // ---- its parts

  build() {
    const kbd = (/** @type {string} */ text) => h("kbd", {}, text);
    const hint = h(
      "p",
      { class: "fo-hint", id: this.hintId },
      "Drag the ring to move the start, or press anywhere on the map. ",
      h(
        "span",
        {},
        "With the ring focused, ",
        kbd("arrow keys"),
        " move it, ",
        kbd("Shift"),
        " makes the steps fine, ",
        kbd("Home"),
        " returns it. ",
      ),
      "A line across a slider’s track marks the standard default.",
    );
    this.parts.hint = [hint];
    const charts = h("div", { class: "fo-charts" }, this.sweep.element, this.loss.element);
    const controls = [
      this.scenery.element,
      this.transport.element,
      h("div", { class: "fo-row fo-pace" }, this.transport.length.element, this.scenery.noise.element),
      h("div", { class: "fo-choice-of" }, this.tabs.element, this.choosing.element),
      this.cards,
    ];
    return this.frame(
      "playground",
      "Optimizer playground",
      h("div", { class: "fo-views" }, this.map.element, charts),
      h("div", { class: "fo-controls" }, ...controls),
      h("div", { class: "fo-foot" }, hint, this.tools),
    );
  }

  // ---- all optimizers

  /** The rules that this page did not come with, which lie in a file of their own. */
  async more() {
    this.asked ??= evaluated(this.model.get("others")).then(
      (others) => this.learn(others),
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
    this.choosing.list(this.model.get("rules"), described);
    this.schedule();
  }

  /**
   * A link may speak of a rule that is still to be loaded.
   * @param {Record<string, unknown>} asked
   */
  async restore(asked) {
    const { optimizers } = asked;
    if (Array.isArray(optimizers) && optimizers.some((one) => !this.rules.has(one?.rule))) await this.more();
    super.restore(asked);
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
   * What comes with another landscape.
   * @param {string} id
   * @param {Optimizer[]} optimizers
   */
  chosen(id, optimizers) {
    const landscape = known(this.landscapes, id);
    return {
      landscape: id,
      landscape_parameters: Object.fromEntries(landscape.parameters.map((dial) => [dial.name, dial.default])),
      start: landscape.start,
      optimizers: optimizers.map((optimizer) => this.tuned(optimizer, landscape)),
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
        return Array.isArray(value) && value.every((name) => Object.hasOwn(this.parts, name));
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

  // ---- what a reader does

  /** @param {string} id */
  choose(id) {
    this.set(this.chosen(id, this.optimizers));
  }

  /** @param {string} id */
  toggle(id) {
    const { optimizers } = this;
    const others = optimizers.filter(({ rule }) => rule !== id);
    if (others.length < optimizers.length) return this.set({ optimizers: others });
    if (optimizers.length >= MOST) return;
    const fresh = { rule: id, hyperparameters: usual(known(this.rules, id)), bias_correction: true };
    this.shown = optimizers.length;
    this.set({ optimizers: [...optimizers, this.tuned(fresh, this.landscape)] });
  }

  /**
   * @param {number} index
   * @returns {Orders}
   */
  orders(index) {
    return {
      change: (change, done) => {
        const optimizers = this.optimizers.map((one, k) => (k === index ? { ...one, ...change(one) } : one));
        this.set({ optimizers }, done);
      },
      copy: () => {
        const { optimizers } = this;
        if (optimizers.length >= MOST) return;
        this.shown = index + 1;
        this.set({ optimizers: optimizers.toSpliced(index + 1, 0, structuredClone(optimizers[index])) });
      },
      remove: () => {
        this.set({ optimizers: this.optimizers.toSpliced(index, 1) });
        this.choosing.button.focus();
      },
    };
  }

  /** @param {number} index */
  show(index) {
    this.shown = index;
    this.schedule();
  }

  /**
   * Shows the first optimizer that has a hyperparameter of this name, unless the one that is shown has; whether one has.
   * @param {string} name
   */
  reveal(name) {
    const has = (/** @type {Optimizer} */ one) => one && name in one.hyperparameters;
    if (has(this.optimizers[this.shown])) return true;
    const index = this.optimizers.findIndex(has);
    if (index >= 0) this.show(index);
    return index >= 0;
  }

  /** Gives each optimizer the rate at which its curve is lowest; says of each whose curve is lowest at an end. */
  tune() {
    this.wantRates();
    while (this.rates.work(this.mathematics, 1000));
    const found = this.rates.rows.map((row) => row && best(row));
    const optimizers = this.optimizers.map((one, k) => {
      const { rate, value } = found[k] ?? {};
      return rate === undefined || value === Infinity ? one : { ...one, ...withRate(rate)(one) };
    });
    const tuned = this.runs.map(({ label }, k) => {
      const { rate = 0, value = Infinity, edge = false } = found[k] ?? {};
      if (!found[k]) return `${label} has no rate`;
      if (value === Infinity) return `${label} diverges at every rate`;
      return `${label} ${format(rate)}${edge ? " (an end of its slider: it may be better beyond)" : ""}`;
    });
    this.set({ optimizers });
    this.told = { optimizers: JSON.stringify(optimizers), words: `Best rates: ${tuned.join(", ")}.` };
    this.say(() => this.told.words);
  }

  /** @param {number | null} step */
  hover(step) {
    if (this.hovered === step) return;
    this.hovered = step;
    this.schedule();
  }

  /** @param {number} step */
  pin(step) {
    this.pinned = step >= this.steps ? Number.POSITIVE_INFINITY : step;
    this.schedule();
  }

  /** @param {number} step */
  seek(step) {
    if (this.player.playing) this.player.stop();
    this.hovered = null;
    this.pin(step);
  }

  step() {
    this.seek(this.pinned >= this.steps ? 1 : this.pinned + 1);
  }

  reset() {
    this.seek(Number.POSITIVE_INFINITY);
    super.reset();
  }

  stop() {
    this.player.stop();
  }

  // ---- drawing

  redraw() {
    const hidden = this.hide;
    for (const [name, elements] of Object.entries(this.parts))
      for (const element of elements) element.hidden = hidden.includes(name);
    this.compute();
    this.map.draw(this.theme);
    if (!hidden.includes("loss")) this.loss.draw(this.theme, lossView(this.losses(), this.theme));
    if (!hidden.includes("sweep")) this.drawSweep();
    this.updateControls();
  }

  /** @param {Optimizer} optimizer */
  descent(optimizer) {
    const { parameters, steps, start, noise } = this;
    const rule = known(this.rules, optimizer.rule);
    return { rule, optimizer, landscape: this.landscape.id, parameters, start, steps, noise };
  }

  compute() {
    const { parameters, steps, landscape, start, noise, optimizers } = this;
    const inputs = JSON.stringify([optimizers, landscape.id, parameters, start, steps, noise]);
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

  wantRates() {
    this.rates.want(this.optimizers.map((optimizer) => this.descent(optimizer)));
  }

  drawSweep() {
    this.wantRates();
    if (this.rates.work(this.mathematics, SLICE)) this.schedule();
    const { runs, lowest, begin, range } = this.losses();
    const swept = runs.map((run, k) => ({
      ...run,
      row: this.rates.rows[k],
      dial: rateOf(known(this.rules, run.optimizer.rule)),
    }));
    this.sweep.draw(this.theme, { runs: swept, lowest, begin, range }, this.shown);
    const { optimizers, words } = this.told;
    this.sweep.words.textContent =
      optimizers === JSON.stringify(this.optimizers)
        ? words
        : "Each sign is a slider: drag it along its curve. Who is first at one rate means little.";
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

  losses() {
    const { runs, steps, cursor } = this;
    const { low, high } = this.map.contours.field;
    /** @type {Point} */
    const range = [low, high];
    const lowest = Math.min(...this.minima.map(([x, y]) => this.value(x, y)));
    return { runs, steps, cursor, lowest, begin: this.value(...this.start), range };
  }

  updateControls() {
    const { steps, cursor, theme } = this;
    this.shown = Math.max(0, Math.min(this.shown, this.runs.length - 1));
    this.scenery.update(this.landscape, this.start, this.parameters, this.noise);
    this.updateCards();
    const now = { theme: theme.name, step: cursor, domain: this.landscape.domain };
    this.tabs.update(this.runs, this.shown, this.panel[this.shown]?.element.id ?? "", now);
    this.choosing.update(this.runs, theme.name, MOST);
    this.transport.update(cursor, steps, this.player.playing);
  }

  updateCards() {
    const rules = this.runs.map(({ optimizer }) => known(this.rules, optimizer.rule));
    if (rules.length !== this.panel.length || rules.some((rule, k) => rule !== this.panel[k].rule)) {
      this.panel = rules.map((rule, k) => new Card(rule, this.orders(k)));
      this.cards.replaceChildren(...this.panel.map(({ element }) => element));
    }
    this.panel.forEach((card, k) => {
      card.update(this.runs[k], this.theme.name);
      card.element.hidden = k !== this.shown;
    });
  }
}

/** @type {(lr: number) => (optimizer: Optimizer) => Partial<Optimizer>} */
const withRate =
  (lr) =>
  ({ hyperparameters }) => ({ hyperparameters: { ...hyperparameters, lr } });
