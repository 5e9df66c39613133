// The playground: the paths of several optimizers over a landscape, with a slider for everything.

/** @import {Dial, DialledRule, Landscape, Mathematics, Model, Numbers, Optimizer, Point, Scene, Stamp, State, Style, Trajectory, View} from "../types.d.ts" */
/** @import {Run} from "../card.js" */
import { Card, labelsOf, outcome, usual } from "../card.js";
import { Chart } from "../chart.js";
import { Slider } from "../controls.js";
import { field, h, icon, select, svg, swatch } from "../dom.js";
import { descend } from "../drive.js";
import { Figure } from "../figure.js";
import { LandscapeView } from "../landscape.js";
import { format, rounded, within } from "../numbers.js";
import { Player } from "../player.js";
import { round125 } from "../scales.js";
import { CROSS, SERIES, styleOf, stylesOf } from "../styles.js";

const MOST_STEPS = 500;
const MOST = SERIES.length;
const TRAITS = ["landscape", "landscape_parameters", "start", "steps", "optimizers"];
const PLAY = "M3 2l11 6-11 6z";
const PAUSE = "M3 2h4v12H3zM9 2h4v12H9z";
const STEP = "M2 2l8 6-8 6zM11 2h3v12h-3z";
const RESET = "M8 2a6 6 0 1 1-5.7 4.1l1.9.6A4 4 0 1 0 8 4v3L3.5 3.2 8-.5z";

/** @typedef {Landscape & {parameters: Dial[]}} Ground */

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
  select = select(() => this.choose(this.select.value), this.landscapes.values());
  coordinates = [this.coordinate(0), this.coordinate(1)];
  shape = h("div", { class: "fo-row fo-shape" });
  shaped = "";
  /** @type {{name: string, slider: Slider}[]} */
  shapers = [];
  chips = h("div", { class: "fo-chips" }, ...[...this.rules.values()].map((rule) => this.chip(rule)));
  /** The style that each chip shows. @type {Map<string, Style | undefined>} */
  signs = new Map([...this.rules.keys()].map((id) => [id, styleOf(id)]));
  cards = h("div", { class: "fo-cards" });
  /** @type {Card[]} */
  panel = [];
  playIcon = svg("path", { d: PLAY, fill: "currentColor" });
  playWord = h("span", {}, "Play");
  scrub = h("input", {
    type: "range",
    min: 0,
    step: 1,
    "aria-label": "Step shown",
    oninput: () => this.seek(Number(this.scrub.value)),
  });
  scrubTrack = h("span", { class: "fo-track" }, this.scrub);
  shown = h("span", { class: "fo-value" });
  length = new Slider(
    { meaning: "steps", name: "steps", min: 10, max: MOST_STEPS, default: this.given.steps },
    "Number of",
    (value, done) => this.set({ steps: Math.round(value) }, done),
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
    return this.ground(this.model.get("landscape"));
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

  /** @param {string} id */
  ground(id) {
    const found = this.landscapes.get(id);
    if (!found) throw new Error(`no landscape ${id}`);
    return found;
  }

  /** @param {string} id */
  rule(id) {
    const found = this.rules.get(id);
    if (!found) throw new Error(`no rule ${id}`);
    return found;
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
    const scene = h(
      "div",
      { class: "fo-row" },
      h(
        "div",
        { class: "fo-scene" },
        field("Landscape", this.select),
        field("Start x", this.coordinates[0]),
        field("Start y", this.coordinates[1]),
      ),
      this.shape,
    );
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
    const chosen = h("fieldset", {}, h("legend", {}, "Optimizers"), this.chips);
    return this.frame(
      "playground",
      "Optimizer playground",
      scene,
      views,
      this.transport(),
      foot,
      chosen,
      this.cards,
    );
  }

  /** @param {0 | 1} k */
  coordinate(k) {
    return h("input", {
      type: "number",
      step: "any",
      "aria-label": `Start ${"xy"[k]}`,
      onchange: (event) => {
        const [x, y] = this.start;
        const asked = event.target.value === "" ? this.start[k] : Number(event.target.value);
        this.map.move(k === 0 ? asked : x, k === 1 ? asked : y);
      },
    });
  }

  /** @param {DialledRule} rule */
  chip({ id, label }) {
    return h(
      "button",
      { type: "button", onclick: () => this.toggle(id) },
      swatch(styleOf(id) ?? SERIES[0]),
      label,
    );
  }

  transport() {
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ path,
      /** @type {() => void} */ onclick,
    ) => h("button", { type: "button", onclick }, icon(path), h("span", {}, text));
    const play = h("button", { type: "button", class: "fo-primary", onclick: () => this.player.toggle() });
    const sign = icon(PLAY);
    sign.replaceChildren(this.playIcon);
    play.append(sign, this.playWord);
    return h(
      "div",
      { class: "fo-row fo-transport" },
      play,
      button("Step", STEP, () => this.step()),
      button("Reset", RESET, () => this.reset()),
      h(
        "div",
        { class: "fo-slider fo-scrub" },
        h("small", {}, "step shown"),
        h("span"),
        this.shown,
        this.scrubTrack,
      ),
      this.length.element,
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
    const rule = this.rule(optimizer.rule);
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
    const landscape = this.ground(id);
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
    const { domain, parameters } = this.ground(state.landscape);
    const [x0, x1, y0, y1] = domain;
    switch (name) {
      case "landscape":
        return value === state.landscape; // as the baseline has it
      case "landscape_parameters":
        return this.dialled(value, parameters);
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
      this.dialled(optimizer.hyperparameters, rule.hyperparameters)
    );
  }

  /**
   * Whether `asked` has a value for each of the dials, which could have given it or which the page's own state has.
   * @param {unknown} asked
   * @param {Dial[]} dials
   */
  dialled(asked, dials) {
    if (asked === null || typeof asked !== "object") return false;
    /** @type {Record<string, unknown>} */
    const values = { ...asked };
    const given = (/** @type {string} */ name) =>
      this.given.optimizers.some(
        (/** @type {Optimizer} */ one) => one.hyperparameters[name] === values[name],
      );
    return (
      Object.keys(values).length === dials.length &&
      dials.every(({ name, min, max }) => name in values && (within(values[name], min, max) || given(name)))
    );
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
    const fresh = { rule: id, hyperparameters: usual(this.rule(id)), bias_correction: true };
    this.set({ optimizers: [...optimizers, this.tuned(fresh, this.landscape)] });
  }

  /**
   * @param {number} index
   * @returns {import("../card.js").Orders}
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
        this.chips.querySelector("button")?.focus();
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
    this.loss.draw(this.theme, this.lossView());
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
        rule: this.rule(optimizer.rule),
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

  /**
   * f against the step: its excess over the minimum on a logarithmic scale, or itself where there is no minimum.
   * @returns {View}
   */
  lossView() {
    const { runs, cursor, theme } = this;
    const lowest = Math.min(...this.minima.map(([x, y]) => this.value(x, y)));
    const log = Number.isFinite(lowest);
    const { low, high } = this.map.contours.field;
    const above = (/** @type {number} */ f) => (log ? f - lowest : f);
    const [bottom, top] = log ? excess(runs, above(this.value(...this.start)), above) : [low, high];
    // Far below the frame all is one; a logarithm there would make the line to it too steep.
    const height = (/** @type {number} */ f) => (log ? Math.max(above(f), bottom / 10) : f);
    const heights = runs.map(({ trajectory }) => trajectory.values.map(height));
    return {
      x: [0, this.steps],
      y: [bottom, top],
      log,
      marks: [{ x: cursor, colour: theme.muted, dash: [] }],
      curves: runs.map(({ label, style, trajectory }, k) => ({
        ys: heights[k],
        label: trajectory.diverged === null ? label : `${label} ✕`,
        colour: style[theme.name],
        dash: style.dash,
        thin: true,
        width: 2,
      })),
      stamps: runs.flatMap((run, k) => this.sign(run, heights[k], top)),
      note: log ? "f − minimum, log scale" : "f, no minimum",
    };
  }

  /**
   * Where a curve is at the cursor; a cross where it left the frame, if it has diverged.
   * @param {Run} run
   * @param {Float64Array} heights
   * @param {number} top
   * @returns {Stamp[]}
   */
  sign({ style, trajectory: { diverged } }, heights, top) {
    if (!heights.length) return [];
    const colour = style[this.theme.name];
    const end = heights.length - 1;
    if (diverged === null || this.cursor < diverged) {
      const x = Math.min(this.cursor, end);
      return [{ x, y: heights[x], path: style.marker, colour, scale: 0.9 }];
    }
    const out = heights.findIndex((f) => f > top);
    const x = out < 0 ? end : out;
    return [{ x, y: heights[x], path: CROSS, colour, margin: 8 }];
  }

  updateControls() {
    const { steps, cursor } = this;
    this.select.value = this.landscape.id;
    this.coordinates.forEach((input, k) => {
      if (!input.matches(":focus")) input.value = String(rounded(this.start[k], 6));
    });
    this.updateShape();
    this.updateCards();
    this.updateChips();
    this.playWord.textContent = this.player.playing ? "Pause" : "Play";
    this.playIcon.setAttribute("d", this.player.playing ? PAUSE : PLAY);
    this.scrub.max = String(steps);
    this.scrub.value = String(cursor);
    this.scrub.setAttribute("aria-valuetext", `step ${cursor} of ${steps}`);
    this.scrubTrack.style.setProperty("--at", `${(100 * cursor) / steps}%`);
    this.shown.textContent = `${cursor} of ${steps}`;
    this.length.update(steps);
  }

  updateShape() {
    const { landscape } = this;
    if (this.shaped !== landscape.id) {
      this.shaped = landscape.id;
      this.shapers = landscape.parameters.map((dial) => {
        const set = (/** @type {number} */ value, /** @type {boolean} */ done) =>
          this.set({ landscape_parameters: { ...this.parameters, [dial.name]: value } }, done);
        const named = { ...dial, symbol: dial.name, meaning: dial.name };
        return { name: dial.name, slider: new Slider(named, landscape.label, set) };
      });
      this.shape.replaceChildren(...this.shapers.map(({ slider }) => slider.element));
    }
    for (const { name, slider } of this.shapers) slider.update(this.parameters[name]);
  }

  updateCards() {
    const rules = this.runs.map(({ optimizer }) => this.rule(optimizer.rule));
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

  updateChips() {
    [...this.rules.keys()].forEach((id, k) => {
      const chip = /** @type {HTMLElement} */ (this.chips.children[k]);
      const run = this.runs.find(({ optimizer }) => optimizer.rule === id);
      const style = run?.style ?? styleOf(id) ?? SERIES[0];
      chip.setAttribute("aria-pressed", String(run !== undefined));
      chip.style.setProperty("--series", style[this.theme.name]);
      if (this.signs.get(id) !== style) chip.firstChild?.replaceWith(swatch(style));
      this.signs.set(id, style);
    });
  }
}

/**
 * The range of what paths are above the minimum: a curve that climbs far above the start, `begin`, leaves the frame
 * rather than flattening the others.
 * @param {{trajectory: Trajectory}[]} runs
 * @param {number} begin
 * @param {(f: number) => number} above
 * @returns {[number, number]}
 */
function excess(runs, begin, above) {
  let [low, high] = [Infinity, 0];
  for (const { trajectory } of runs)
    for (const f of trajectory.values) {
      const height = above(f);
      if (height > 0) [low, high] = [Math.min(low, height), Math.max(high, height)];
    }
  const most = Math.min(begin > 0 ? 4 * begin : Infinity, high) || 1;
  const least = Math.max(most * 1e-14, Math.min(low, most / 2));
  return [round125(least, "below"), round125(most, "above")];
}
