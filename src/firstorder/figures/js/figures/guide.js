// What leads a reader through a figure: a question, something to try, a guess before it is shown, a tour of states.
//
// Its pages lie over one another, so that it is as high as the highest, whichever is seen: nothing on the page moves.

/** @import {Guided, State} from "../types.d.ts" */
/** @import {Child} from "../dom.js" */
import { Chart } from "../chart.js";
import { h, unique } from "../dom.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Sketch } from "../sketch.js";

/** @typedef {import("../figure.js").Figure & {shown?: {element: HTMLElement}[], now?: Record<string, any>}} Led */

/** @typedef {object} Page
 * @property {HTMLElement} element
 * @property {HTMLElement} text
 * @property {string} state of which it speaks; none if of all
 */

export class Guide {
  /**
   * @param {Led} figure
   * @param {Guided} said
   */
  constructor(figure, { question, attempt, guess, tour }) {
    this.figure = figure;
    this.guess = guess;
    this.states = tour.map(({ state }) => this.stateOf(state));
    /** @type {Sketch | null} */
    this.sketch = null;
    /** @type {Chart | null} */
    this.veiled = null;
    this.seen = JSON.stringify(figure.state);
    this.home = this.page(
      [h("b", {}, question), " ", attempt],
      [button("Guess first", () => this.ask()), button(`Tour of ${tour.length}`, () => this.visit(0))],
    );
    this.asked = this.page([h("b", {}, "Guess. "), guess.asked], this.answers());
    // The longest that it may come to say, for its height.
    const options = [...(guess.options ?? ["At the end you expected −0.0123, and it is −0.0123"])];
    const longest = options.sort((one, other) => other.length - one.length)[0];
    this.told = this.page(
      [`Not quite. ${longest}: ${guess.why}`],
      [button("Tour", () => this.visit(0)), this.closing()],
      this.stateOf(guess.state),
    );
    this.stops = tour.map(({ said }, k) => {
      const step = (/** @type {number} */ by, /** @type {string} */ sign, /** @type {string} */ name) =>
        h("button", { type: "button", "aria-label": name, onclick: () => this.visit(k + by) }, sign);
      return this.page(
        [h("b", {}, `${k + 1}/${tour.length} `), said],
        [
          ...(k + 1 < tour.length ? [step(1, "Next ›", "Next stop of the tour")] : []),
          ...(k > 0 ? [step(-1, "‹ Back", "Stop before this one")] : []),
          this.closing(),
        ],
        this.states[k],
      );
    });
    this.pages = [this.home, this.asked, this.told, ...this.stops];
    this.element = h(
      "div",
      { class: "fo-guide", role: "group", "aria-label": "Guide to this figure" },
      ...this.pages.map(({ element }) => element),
    );
    /** @type {Page} */
    this.now = this.home;
    this.show(this.home);
  }

  /**
   * @param {Child[]} text
   * @param {HTMLElement[]} buttons
   * @param {State | null} [state]
   * @returns {Page}
   */
  page(text, buttons, state = null) {
    const words = h("p", { id: unique() }, ...text);
    const element = h("div", { class: "fo-page" }, words, h("div", { class: "fo-steps" }, ...buttons));
    return { element, text: words, state: state ? JSON.stringify(state) : "" };
  }

  closing = () => button("Close", () => this.close());

  answers() {
    const { options } = this.guess;
    const choices = options
      ? options.map((option) => button(option, () => this.answer(option)))
      : [button("Show", () => this.compare())];
    return [...choices, this.closing()];
  }

  /**
   * @param {State} changes
   * @returns {State}
   */
  stateOf(changes) {
    return { ...this.figure.usual, ...changes };
  }

  /**
   * With the keyboard in the guide the focus goes from page to page.
   * @param {Page} page
   */
  show(page) {
    const inside = this.element.contains(document.activeElement);
    for (const { element } of this.pages) element.classList.toggle("is-now", element === page.element);
    this.now = page;
    if (inside) page.element.querySelector("button")?.focus({ preventScroll: true });
    if (page === this.home) return;
    this.figure.news = page.text.textContent ?? "";
    this.figure.say(() => "");
  }

  close() {
    this.unveil();
    this.show(this.home);
  }

  /** @param {number} k */
  visit(k) {
    this.move(this.states[k]);
    this.show(this.stops[k]);
  }

  /**
   * Brings the figure to a state that the guide knows of.
   * @param {State} state
   */
  move(state) {
    this.unveil();
    this.seen = JSON.stringify(state);
    this.figure.set(structuredClone(state));
  }

  // ---- the guess

  ask() {
    const { options, state, view = 0, label = "" } = this.guess;
    this.move(this.stateOf(options ? {} : state));
    this.show(this.asked);
    if (options) return;
    const charts = (this.figure.shown ?? []).filter((chart) => chart instanceof Chart);
    this.veil(charts[view]);
    charts[view].hidden = label;
    // Only when the state is drawn are the axes its own.
    requestAnimationFrame(() => {
      if (this.veiled === charts[view]) this.sketch = new Sketch(charts[view], this.asked.text.id);
    });
  }

  /** @param {string} option */
  answer(option) {
    const { answer, state, why } = this.guess;
    this.move(this.stateOf(state));
    this.told.text.textContent = option === answer ? `Yes. ${why}` : `Not quite. ${answer}: ${why}`;
    this.show(this.told);
  }

  compare() {
    const { curve, why } = this.guess;
    const { expected = 0, real = 0 } = this.sketch?.compare(this.figure.now?.[curve ?? ""] ?? []) ?? {};
    this.veil(null);
    this.told.text.textContent = `At the end you expected ${format(expected, 2)}, and it is ${format(real, 2)}. ${why}`;
    this.show(this.told);
  }

  /**
   * Hides what would tell: all charts but the one that is asked of, and there the curve.
   * @param {Chart | null} chart
   */
  veil(chart) {
    for (const one of [this.veiled, chart]) one?.element.classList.toggle("is-asked", one === chart);
    if (this.veiled) this.veiled.hidden = "";
    this.veiled = chart;
    this.figure.veiled = chart !== null;
    this.figure.element.classList.toggle("is-veiled", chart !== null);
    this.figure.schedule();
  }

  unveil() {
    this.sketch?.remove();
    this.sketch = null;
    if (this.veiled) this.veil(null);
  }

  /** Called when the figure is about to be drawn: a state that was reached by other ways may be one of the tour. */
  update() {
    const now = JSON.stringify(this.figure.state);
    if (now !== this.seen) {
      this.seen = now;
      this.unveil();
      const stop = this.stops.find(({ state }) => state === now);
      const back = now === JSON.stringify(this.figure.given);
      if (back || this.now === this.asked) this.show(this.home);
      else if (stop) this.show(stop);
    }
    this.now.element.classList.toggle("is-left", this.now.state !== "" && this.now.state !== now);
  }
}

/**
 * @param {string} name
 * @param {() => void} onclick
 */
const button = (name, onclick) => h("button", { type: "button", onclick }, name);

add("guide", Guide);
