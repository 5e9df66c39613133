// What leads a reader through a figure: a question, something to try, a guess before it is shown, a tour of states.
//
// Its pages lie over one another, so that it is as high as the highest, whichever is seen: nothing on the page moves.

/** @import {Guided, State} from "../types.d.ts" */
/** @import {Child} from "../dom.js" */
import { alone } from "../alone.js";
import { Chart } from "../chart.js";
import { h, unique } from "../dom.js";
import { add } from "../kinds.js";
import { Sketch } from "../sketch.js";
import { Trace } from "../trace.js";

/** @typedef {import("../landscape.js").LandscapeView} Map */
/** @typedef {{map: Map, hidden: number, start: import("../types.d.ts").Point, runs: import("../card.js").Run[]}} Mapped */
/** @typedef {{shown: {element: HTMLElement}[], now: Record<string, any>}} Charted */
/** @typedef {import("../figure.js").Figure & Partial<Charted> & Partial<Mapped>} Led */

/** @typedef {object} Asked what a guess is drawn on
 * @property {HTMLElement} element
 * @property {(hidden: boolean) => void} hide
 * @property {() => Sketch | Trace} line
 * @property {() => any} real
 */

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
    /** @type {Sketch | Trace | null} */
    this.line = null;
    /** @type {Asked | null} */
    this.veiled = null;
    this.seen = figure.signature();
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
    if (alone()) addEventListener("keydown", (event) => this.turn(event));
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
    return { element, text: words, state: state ? this.figure.signature(state) : "" };
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
    this.seen = this.figure.signature(state);
    this.figure.bring(structuredClone(state));
  }

  // ---- the guess

  ask() {
    const { options, state } = this.guess;
    this.move(this.stateOf(options ? {} : state));
    this.show(this.asked);
    if (options) return;
    const asked = this.place();
    this.veil(asked);
    // Only when the state is drawn are the axes its own.
    requestAnimationFrame(() => {
      if (this.veiled === asked) this.line = asked.line();
    });
  }

  /** What the guess is drawn on: a chart, or the map. @returns {Asked} */
  place() {
    const { figure, guess } = this;
    const words = this.asked.text.id;
    const { run, view = 0, label = "", curve = "" } = guess;
    if (run !== undefined) {
      const mapped = /** @type {Mapped} */ (figure);
      return {
        element: mapped.map.element,
        hide: (hidden) => {
          mapped.hidden = hidden ? run : -1;
        },
        line: () => new Trace(mapped.map.plot, words, mapped.start),
        real: () => mapped.runs[run].trajectory.points,
      };
    }
    const chart = (figure.shown ?? []).filter((one) => one instanceof Chart)[view];
    return {
      element: chart.element,
      hide: (hidden) => {
        chart.hidden = hidden ? label : "";
      },
      line: () => new Sketch(chart, words),
      real: () => figure.now?.[curve] ?? [],
    };
  }

  /** @param {string} option */
  answer(option) {
    const { answer, state, why } = this.guess;
    this.move(this.stateOf(state));
    this.told.text.textContent = option === answer ? `Yes: ${why}` : `Not quite. ${answer}: ${why}`;
    this.show(this.told);
  }

  compare() {
    const found = this.line?.compare(this.veiled?.real()) ?? "";
    this.veil(null);
    this.told.text.textContent = `${found} ${this.guess.why}`;
    this.show(this.told);
  }

  /**
   * Hides what would tell: all that is drawn but where it is asked, and there the curve.
   * @param {Asked | null} asked
   */
  veil(asked) {
    for (const one of [this.veiled, asked]) {
      one?.element.classList.toggle("is-asked", one === asked);
      one?.hide(one === asked);
    }
    this.veiled = asked;
    this.figure.veiled = asked !== null;
    this.figure.element.classList.toggle("is-veiled", asked !== null);
    this.figure.schedule();
  }

  unveil() {
    this.line?.remove();
    this.line = null;
    if (this.veiled) this.veil(null);
  }

  // ---- on a projector

  /**
   * The keys of a presenter's remote lead through a figure that stands alone: question, guess, answer, and the tour.
   * @param {KeyboardEvent} event
   */
  turn(event) {
    const by = { PageDown: 1, PageUp: -1 }[event.key];
    if (!by || /** @type {Element} */ (event.target).matches("input, select, [role=slider]")) return;
    event.preventDefault();
    const k = this.pages.indexOf(this.now) + by;
    const page = this.pages[k];
    if (page === this.home) this.close();
    else if (page === this.asked) this.ask();
    else if (page === this.told && this.guess.options) this.answer(this.guess.answer ?? "");
    else if (page === this.told && this.line) this.compare();
    else if (page === this.told) this.ask();
    else if (page) this.visit(this.stops.indexOf(page));
  }

  /** Called when the figure is about to be drawn: a state that a link brought may be one of the tour. */
  update() {
    const now = this.figure.signature();
    if (now !== this.seen || this.figure.linked) {
      this.seen = now;
      this.unveil();
      const stop = this.figure.linked && this.stops.find(({ state }) => state === now);
      const back = now === this.figure.signature(this.figure.given);
      if (back || this.now === this.asked) this.show(this.home);
      else if (stop) this.show(stop);
    }
    this.figure.linked = false;
    this.now.element.classList.toggle("is-left", this.now.state !== "" && this.now.state !== now);
  }
}

/**
 * @param {string} name
 * @param {() => void} onclick
 */
const button = (name, onclick) => h("button", { type: "button", onclick }, name);

add("guide", Guide);
