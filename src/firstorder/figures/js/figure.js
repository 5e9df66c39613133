// What a figure is to its host, its page and its reader.

/** @import {Mathematics, Model, State, Theme} from "./types.d.ts" */
/** @import {Child} from "./dom.js" */
/** @import {Guide} from "./figures/guide.js" */
import { h, unique } from "./dom.js";
import { evaluated } from "./source.js";
import { THEMES } from "./styles.js";
import { watchTheme } from "./theme.js";

/** @typedef {HTMLElement & {figure?: Figure}} FigureElement */

/** A kind of figure has `build()`, which gives its element, and `redraw()`. */
export class Figure {
  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   * @param {string[]} names the traits that make up the state; a link carries those that differ from the page's own
   */
  constructor(model, mathematics, names) {
    this.model = model;
    this.mathematics = mathematics;
    this.names = names;
    this.hintId = unique();
    this.given = this.state;
    this.spoken = h("div", { class: "fo-unseen", role: "status", "aria-live": "polite" });
    this.tools = h("span", { class: "fo-tools" }); // where a host puts buttons of its own
    /** @type {FigureElement} */
    this.element = h("div");
    this.theme = THEMES.light;
    this.themed = false; // until the page's theme is known, nothing is drawn
    this.visible = false;
    this.marked = ""; // the symbol that is pointed at in the page
    /** @type {Guide | null} */
    this.guide = null;
    this.news = ""; // what is to be said first, once
    this.veiled = false; // while the reader guesses what there is to see
    this.linked = false; // whether a link has just brought its state
    /** Told when the reader has changed the state, and let go. */
    this.onchange = () => {};
    /** @type {number | undefined} */
    this.frameAsked = undefined;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.speaking = undefined;
  }

  /** @returns {HTMLElement} */
  build() {
    throw new Error("a kind of figure builds its element");
  }

  redraw() {
    throw new Error("a kind of figure draws itself");
  }

  /**
   * The outermost element, in which the colours and the keys are the figure's.
   * @param {string} kind
   * @param {string} label
   * @param {...Child} children
   */
  frame(kind, label, ...children) {
    const guide = this.guide ? [this.guide.element] : [];
    const body = h("div", { class: "fo-body" }, ...children, this.spoken);
    const onkeydown = (/** @type {KeyboardEvent} */ event) => this.keep(event);
    return h(
      "div",
      { class: `fo-figure fo-${kind}`, role: "group", "aria-label": label, onkeydown },
      ...guide,
      body,
    );
  }

  /**
   * Arrow keys move a slider and letters choose in a list; JupyterLab would go to another cell, or cut this one.
   * @param {KeyboardEvent} event
   */
  keep(event) {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!modified && /** @type {Element} */ (event.target).matches("input, select")) event.stopPropagation();
  }

  /** The key of the rule that is shown, if there is one, where a reader may edit rules. @returns {string | null} */
  get edits() {
    return null;
  }

  // ---- state

  /** @returns {State} */
  get state() {
    return structuredClone(Object.fromEntries(this.names.map((name) => [name, this.model.get(name)])));
  }

  /**
   * @param {State} changes
   * @param {boolean} [done] whether the reader has let go: only then Python is told
   */
  set(changes, done = true) {
    this.take(changes, done);
    if (done) this.onchange();
  }

  /**
   * @param {State} changes
   * @param {boolean} [done]
   */
  take(changes, done = true) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    if (done) this.model.save_changes();
    this.schedule();
  }

  reset() {
    this.set(structuredClone(this.given));
  }

  /**
   * To where a guide leads.
   * @param {State} state
   */
  bring(state) {
    this.set(state);
  }

  /** By what a state is known again: not by what the figure finds for itself. @returns {string} */
  signature(state = this.state) {
    return JSON.stringify(state);
  }

  /**
   * The state that a tour begins from, whatever the page has made of it. @returns {State}
   */
  get usual() {
    return structuredClone(this.given);
  }

  /**
   * The page's own state, as it would be if the reader had made only the great choices of `asked`.
   * @param {State} [_asked]
   * @returns {State}
   */
  baseline(_asked) {
    return structuredClone(this.given);
  }

  /**
   * Whether `value` may be the state's `name` while the rest of it is `state`.
   * @param {string} name
   * @param {unknown} value
   * @param {State} state
   * @returns {boolean}
   */
  allows(name, value, state) {
    return typeof value === typeof state[name];
  }

  /** What of the state a link must say: what differs from the baseline, and the great choices that moved that. */
  get changes() {
    const { state } = this;
    const usual = this.baseline(state);
    const same = (/** @type {unknown} */ one, /** @type {unknown} */ other) =>
      JSON.stringify(one) === JSON.stringify(other);
    const great = (/** @type {string} */ name, /** @type {unknown} */ value) =>
      !same(value, this.given[name]) && same(value, this.baseline({ [name]: value })[name]);
    return Object.fromEntries(
      Object.entries(state).filter(([name, value]) => !same(value, usual[name]) || great(name, value)),
    );
  }

  /**
   * The state that a link speaks of; gives back the names of what is not allowed in it, and passed over.
   * @param {Record<string, unknown>} asked
   * @returns {string[] | Promise<string[]>}
   */
  restore(asked) {
    const state = this.baseline(asked);
    const refused = Object.keys(asked).filter(
      (name) => !this.names.includes(name) || !this.allows(name, asked[name], state),
    );
    for (const name of Object.keys(asked)) if (!refused.includes(name)) state[name] = asked[name];
    this.linked = true;
    this.take(state);
    return refused;
  }

  // ---- drawing

  /**
   * Makes the curves stand out that a symbol of the page's formulas belongs to; none do with none.
   * @param {string} symbol
   */
  mark(symbol) {
    if (symbol === this.marked) return;
    this.marked = symbol;
    this.schedule();
  }

  schedule() {
    this.frameAsked ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frameAsked = undefined;
    if (!this.themed || !this.element.isConnected) return;
    if (this.element.clientWidth) {
      this.guide?.update();
      this.redraw();
    }
    // JupyterLab hides everything for less than a frame when the theme changes: no resize will tell of that.
    else if (this.visible) this.schedule();
  }

  /**
   * Tells a screen reader what became of it, when the reader pauses.
   * @param {() => string} report
   */
  say(report) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      const said = this.veiled ? "" : report();
      this.spoken.textContent = [this.news, said].filter(Boolean).join(" ");
      this.news = "";
    }, 500);
  }

  /** @param {Theme} theme */
  applyTheme(theme) {
    if (this.themed && JSON.stringify(this.theme) === JSON.stringify(theme)) return;
    this.themed = true;
    this.theme = theme;
    for (const [key, value] of Object.entries(theme))
      if (typeof value === "string" && key !== "name") this.element.style.setProperty(`--fo-${key}`, value);
    this.element.style.colorScheme = theme.name;
    this.schedule();
  }

  /** Ends what goes on by itself. */
  stop() {}
}

/**
 * Draws a figure for either host; what it gives back takes it away again.
 * @param {new (model: Model, mathematics: Mathematics) => Figure} Kind
 * @param {{model: Model, el: HTMLElement}} place
 * @param {typeof Guide | null} Leader
 */
export async function render(Kind, { model, el }, Leader) {
  const figure = new Kind(model, await evaluated(model.get("mathematics") ?? {}));
  if (Leader) figure.guide = new Leader(figure, model.get("guide"));
  figure.element = figure.build();
  figure.element.figure = figure; // for the host, tests and the curious
  el.append(figure.element);
  const redraw = () => figure.schedule();
  for (const name of figure.names) model.on(`change:${name}`, redraw);
  const size = new ResizeObserver(([{ contentRect }]) => {
    figure.visible = contentRect.width > 0;
    figure.schedule();
  });
  size.observe(figure.element);
  const forget = watchTheme((theme) => figure.applyTheme(theme));
  return () => {
    for (const name of figure.names) model.off(`change:${name}`, redraw);
    size.disconnect();
    forget();
    figure.stop();
  };
}
