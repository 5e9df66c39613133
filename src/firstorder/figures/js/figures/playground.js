// The playground: the paths of several optimizers over a landscape, with a slider for everything.

/** @import {DialledRule, Landscape, Mathematics, Model, Numbers, Optimizer, Point, Scene, State} from "../types.d.ts" */
/** @import {Orders, Run} from "../card.js" */
/** @import {Ground} from "../scenery.js" */
import { Card, labelsOf, outcome, usual } from "../card.js";
import { Chart } from "../chart.js";
import { Chips } from "../chips.js";
import { allDialled } from "../controls.js";
import { h } from "../dom.js";
import { descend } from "../drive.js";
import { Figure } from "../figure.js";
import { known } from "../known.js";
import { LandscapeView } from "../landscape.js";
import { lossView } from "../losses.js";
import { format, within } from "../numbers.js";
import { Player } from "../player.js";
import { Scenery } from "../scenery.js";
import { SERIES, stylesOf } from "../styles.js";
import { Transport } from "../transport.js";

const MOST_STEPS = 500;
const MOST = SERIES.length;
const TRAITS = ["landscape", "landscape_parameters", "start", "steps", "optimizers"];
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
  });
  chips = new Chips(this.rules.values(), (id) => this.toggle(id));
  cards = h("div", { class: "fo-cards" });
  /** @type {Card[]} */
  panel = [];
  transport = new Transport(
    { usual: this.given.steps, most: MOST_STEPS },
    {
      play: () => this.player.toggle(),
      step: () => this.step(),
      reset: () => this.reset(),
      seek: (step) => this.seek(step),
      lengthen: (steps, done) => this.set({ steps }, done),
    },
  );

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics, TRAITS);
    this.loss.listen({
      hover: (x) => this.hover(x === null ? null : Math.round(x)),
      press: (x) => this.seek(Math.round(x)),
    });
    this.loss.onresize = () => this.schedule();
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
    const views = h("div", { class: "fo-views" }, this.map.element, this.loss.element);
    const foot = h("div", { class: "fo-foot" }, hint, this.tools);
    const chosen = h("fieldset", {}, h("legend", {}, "Optimizers"), this.chips.element);
    return this.frame(
      "playground",
      "Optimizer playground",
      this.scenery.element,
      views,
      this.transport.element,
      foot,
      chosen,
      this.cards,
    );
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
        if (optimizers.length < MOST)
          this.set({ optimizers: optimizers.toSpliced(index + 1, 0, structuredClone(optimizers[index])) });
      },
      remove: () => {
        this.set({ optimizers: this.optimizers.toSpliced(index, 1) });
        this.chips.focus();
      },
    };
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
    this.compute();
    this.map.draw(this.theme);
    this.loss.draw(this.theme, lossView(this.losses(), this.theme));
    this.updateControls();
  }

  compute() {
    const { parameters, steps, landscape, start, optimizers } = this;
    const inputs = JSON.stringify([optimizers, landscape.id, parameters, start, steps]);
    if (inputs === this.computed) return;
    this.computed = inputs;
    const labels = labelsOf(optimizers, this.rules);
    const styles = stylesOf(optimizers.map(({ rule }) => rule));
    this.runs = optimizers.map((optimizer, k) => {
      const descent = {
        rule: known(this.rules, optimizer.rule),
        optimizer,
        landscape: landscape.id,
        parameters,
        start,
        steps,
      };
      return {
        optimizer,
        trajectory: descend(this.mathematics, descent),
        label: labels[k],
        style: styles[k],
      };
    });
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

  losses() {
    const { runs, steps, cursor } = this;
    const { low, high } = this.map.contours.field;
    /** @type {Point} */
    const range = [low, high];
    const lowest = Math.min(...this.minima.map(([x, y]) => this.value(x, y)));
    return { runs, steps, cursor, lowest, begin: this.value(...this.start), range };
  }

  updateControls() {
    const { steps, cursor } = this;
    this.scenery.update(this.landscape, this.start, this.parameters);
    this.updateCards();
    this.chips.update(this.runs, this.theme.name);
    this.transport.update(cursor, steps, this.player.playing);
  }

  updateCards() {
    const rules = this.runs.map(({ optimizer }) => known(this.rules, optimizer.rule));
    if (rules.length !== this.panel.length || rules.some((rule, k) => rule !== this.panel[k].rule)) {
      const wide = this.element.clientWidth >= 600;
      const open = new Map(this.panel.map(({ rule, element }) => [rule, element.open]));
      this.panel = rules.map((rule, k) => new Card(rule, open.get(rule) ?? wide, this.orders(k)));
      this.cards.replaceChildren(...this.panel.map(({ element }) => element));
    }
    this.panel.forEach((card, k) => {
      card.update(this.runs[k], this.theme.name, this.cursor, this.landscape.domain);
    });
  }
}
