// The playground: the paths of several optimizers over a landscape, with a slider for everything.

/** @import {Mathematics, Model, Optimizer, Point, Scene, State} from "../types.d.ts" */
/** @import {Orders} from "../card.js" */
/** @import {Grouped} from "../choosing.js" */
import { Card, usual } from "../card.js";
import { Chart } from "../chart.js";
import { Choosing } from "../choosing.js";
import { Descents, MOST, MOST_STEPS } from "../descents.js";
import { h } from "../dom.js";
import { add } from "../kinds.js";
import { known } from "../known.js";
import { LandscapeView } from "../landscape.js";
import { lossView } from "../losses.js";
import { format } from "../numbers.js";
import { OWN } from "../own.js";
import { Player } from "../player.js";
import { best, Rates, rateOf, through } from "../rates.js";
import { Scenery } from "../scenery.js";
import { ended, Sweep } from "../sweep.js";
import { Tabs } from "../tabs.js";
import { Transport } from "../transport.js";

/** Milliseconds of a frame for the sweep over rates: what the rest of it leaves at 60 frames a second. */
const SLICE = 4;

export class Playground extends Descents {
  /** The step under the pointer. @type {number | null} */
  hovered = null;
  /** The step that was chosen; infinite is the last. */
  pinned = Number.POSITIVE_INFINITY;
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
  /** Told when the reader wants to type a landscape. */
  onown = () => {};
  /** The path that is hidden while the reader guesses it. */
  hidden = -1;
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
  /** What a page or an address may hide. @type {Record<string, HTMLElement[]>} */
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
    super(model, mathematics);
    this.choosing.list([...this.rules.values()]);
    this.loss.listen({
      hover: (x) => this.hover(x === null ? null : Math.round(x)),
      press: (x) => this.seek(Math.round(x)),
    });
    for (const chart of [this.loss, this.sweep.chart]) chart.onresize = () => this.schedule();
  }

  get cursor() {
    return Math.min(this.hovered ?? this.pinned, this.steps);
  }

  /** @returns {Scene} */
  get scene() {
    const { landscape, edition, parameters, value, minima, start, cursor } = this;
    const paths = this.runs.filter((_, k) => k !== this.hidden);
    const { domain, start: home } = landscape;
    return { key: [edition, domain, parameters], domain, value, minima, start, home, paths, cursor };
  }

  get edits() {
    return this.optimizers[this.shown]?.rule ?? "";
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

  /** @param {() => void} onown told when the reader wants to type a landscape */
  offer(onown) {
    this.onown = onown;
    this.scenery.offer();
  }

  /** @param {Grouped[]} described */
  learned(described) {
    this.choosing.list(this.model.get("rules"), described);
  }

  report() {
    const { blank } = this.map.contours.field;
    return `${super.report()}${blank ? " Where the map is hatched f has no value." : ""}`;
  }

  // ---- what a reader does

  /** @param {string} id */
  choose(id) {
    if (id === OWN) this.onown();
    if (this.landscapes.has(id)) this.set(this.chosen(id, this.optimizers));
    else this.schedule(); // the list names what is shown
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

  /** @param {State} state */
  bring(state) {
    this.seek(Number.POSITIVE_INFINITY);
    super.bring(state);
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
    this.loss.marked = this.sweep.chart.marked = this.marked;
    if (!hidden.includes("loss")) this.loss.draw(this.theme, lossView(this.losses(), this.theme));
    if (!hidden.includes("sweep")) this.drawSweep();
    this.updateControls();
  }

  wantRates() {
    this.rates.want(this.optimizers.map((optimizer) => this.descent(optimizer)));
  }

  drawSweep() {
    this.wantRates();
    if (this.rates.work(this.mathematics, SLICE)) this.schedule();
    const { runs, lowest, begin, range } = this.losses();
    const { rows, wanted } = this.rates;
    const swept = runs.map((run, k) => {
      const row = rows[k];
      const now = row?.key === wanted[k].key; // not one that stands for the next
      const points = row && now ? through(row, run.optimizer.hyperparameters.lr, ended(run.trajectory)) : row;
      return { ...run, row, points, dial: rateOf(known(this.rules, run.optimizer.rule)) };
    });
    this.sweep.draw(this.theme, { runs: swept, lowest, begin, range }, this.shown);
    const { optimizers, words } = this.told;
    this.sweep.words.textContent =
      optimizers === JSON.stringify(this.optimizers)
        ? words
        : "Each sign is a slider: drag it along its curve. Who is first at one rate means little.";
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

add("playground", Playground);
