// The method map: optimizers as buttons on a grid, lines to what they build on, and a card for the one that is chosen.

/** @import {Mathematics, Method, Model} from "../types.d.ts" */
import { h, svg } from "../dom.js";
import { Figure } from "../figure.js";
import { known } from "../known.js";
import { bytesOf, chapterLink, code, formula } from "../method.js";

const ROW = 70; // pixels from one row to the next
const HIGH = 50; // pixels of a button, enough for a finger

/** @typedef {[row: number, column: number]} Place */
/** @typedef {{columns: number, at: Record<string, Place>}} Grid */

/** @type {Record<string, Place>} */
const DIRECTIONS = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] };

/** @type {(label: string) => (string | Node)[]} the name, with places where it may break */
const breakable = (label) =>
  label.split(/(?<=[a-z])(?=[A-Z][A-Za-z])/).flatMap((part, k) => (k ? [h("wbr"), part] : [part]));

export class MethodMap extends Figure {
  /** @type {Map<string, Method>} */
  methods = new Map(this.model.get("methods").map((/** @type {Method} */ method) => [method.id, method]));
  buttons = new Map([...this.methods.values()].map((method) => [method.id, this.button(method)]));
  lines = svg("svg", { "aria-hidden": "true" });
  card = h("section", {
    class: "fo-method",
    tabindex: -1,
    hidden: true,
    "aria-label": "The chosen optimizer",
  });
  field = h(
    "div",
    {
      class: "fo-field-of-methods",
      role: "group",
      "aria-label": "Optimizers",
      "aria-describedby": this.hintId,
    },
    this.lines,
    ...this.buttons.values(),
    this.card,
  );
  /** @type {Record<string, Place>} */
  at = {};
  rows = 1;
  step = 0; // pixels from one column to the next
  shown = "";

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics, ["selected"]);
  }

  build() {
    const keys = [
      h("kbd", {}, "arrow keys"),
      " go about the map, ",
      h("kbd", {}, "Esc"),
      " closes the card.",
    ];
    const hint = h(
      "p",
      { class: "fo-hint", id: this.hintId },
      "Each stands below what it builds on. Press one for its card. ",
      h("span", {}, ...keys),
    );
    const foot = h("div", { class: "fo-foot" }, hint, this.tools);
    const element = this.frame("methods", "Map of optimizers", this.field, foot);
    element.addEventListener("keydown", (event) => this.key(event));
    return element;
  }

  /** @param {Method} method */
  button({ id, label, year }) {
    return h(
      "button",
      {
        type: "button",
        tabindex: -1,
        onclick: () => this.choose(this.selected === id ? "" : id),
        onpointerenter: () => this.light(id),
        onpointerleave: () => this.light(this.selected),
        onfocus: () => this.enter(id),
      },
      h("span", {}, ...breakable(label)),
      h("small", {}, String(year)),
    );
  }

  /** @returns {string} */
  get selected() {
    return this.model.get("selected");
  }

  /**
   * @param {string} _name
   * @param {unknown} value
   */
  allows(_name, value) {
    return value === "" || (typeof value === "string" && this.methods.has(value));
  }

  // ---- what a reader does

  /** @param {string} id */
  choose(id) {
    this.set({ selected: id });
  }

  /**
   * The one button that the Tab key leads to is the last that had the focus.
   * @param {string} id
   */
  enter(id) {
    for (const [key, button] of this.buttons) button.tabIndex = key === id ? 0 : -1;
    this.light(id);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { selected } = this;
    if (event.key === "Escape" && selected) {
      this.choose("");
      this.buttons.get(selected)?.focus();
      return;
    }
    const [id] = [...this.buttons].find(([, button]) => button === event.target) ?? [];
    const direction = DIRECTIONS[event.key];
    if (!id || !direction) return;
    event.preventDefault();
    event.stopPropagation();
    this.buttons.get(this.neighbour(id, direction))?.focus();
  }

  /**
   * The nearest in a direction: in the same row, or in the rows above or below.
   * @param {string} id
   * @param {Place} direction
   */
  neighbour(id, [down, right]) {
    const [row, column] = this.at[id];
    let next = id;
    let nearest = 1e6;
    for (const [other, [r, c]] of Object.entries(this.at)) {
      if (right && r !== row) continue;
      const [along, across] = down ? [(r - row) * down, Math.abs(c - column)] : [(c - column) * right, 0];
      const distance = 100 * along + across;
      if (along > 0 && distance < nearest) [next, nearest] = [other, distance];
    }
    return next;
  }

  // ---- drawing

  redraw() {
    const width = this.field.clientWidth;
    /** @type {Grid[]} */
    const [desk, phone] = this.model.get("places");
    const { columns, at } = width < 600 ? phone : desk;
    const { selected } = this;
    this.at = at;
    this.step = width / columns;
    this.rows = 1 + Math.max(...Object.values(at).map(([row]) => row));
    this.field.style.height = `${this.rows * ROW - ROW + HIGH}px`;
    for (const [id, button] of this.buttons) {
      const [row, column] = at[id];
      button.style.cssText = `left: ${(column * 100) / columns}%; top: ${row * ROW}px; width: calc(${100 / columns}% - 8px)`;
      button.setAttribute("aria-pressed", String(id === selected));
    }
    const buttons = [...this.buttons.values()];
    const first = this.buttons.get(selected) ?? buttons[0];
    if (!buttons.some(({ tabIndex }) => tabIndex === 0)) first.tabIndex = 0;
    this.drawLines(width);
    this.light(selected);
    this.showCard(selected, width);
  }

  /** @param {number} width */
  drawLines(width) {
    const edge = (/** @type {string} */ from, /** @type {string} */ to) => {
      const [[r0, c0], [r1, c1]] = [this.at[from], this.at[to]];
      const [x0, x1] = [c0, c1].map((c) => (c + 0.5) * this.step - 4);
      const [y0, y1] = [r0 * ROW + HIGH, r1 * ROW];
      const bend = Math.min(30, (y1 - y0) / 2);
      const d = `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`;
      return svg("path", { d, "data-from": from, "data-to": to });
    };
    const edges = [...this.methods.values()].flatMap(({ id, above }) =>
      above.map((parent) => edge(parent, id)),
    );
    this.lines.setAttribute("viewBox", `0 0 ${width} ${this.rows * ROW}`);
    this.lines.style.height = `${this.rows * ROW}px`;
    this.lines.replaceChildren(...edges);
  }

  /**
   * All that an optimizer comes from, and what builds on it at once, stand out.
   * @param {string} id
   */
  light(id) {
    /** @type {Set<string>} */
    const near = new Set();
    const climb = (/** @type {string} */ key) => {
      if (near.has(key)) return;
      near.add(key);
      known(this.methods, key).above.forEach(climb);
    };
    const heirs = id ? known(this.methods, id).below : [];
    if (id) climb(id);
    for (const path of /** @type {Iterable<SVGElement>} */ (/** @type {unknown} */ (this.lines.children))) {
      const { from = "", to = "" } = path.dataset;
      path.classList.toggle(
        "fo-lit",
        (near.has(from) && near.has(to)) || (from === id && heirs.includes(to)),
      );
    }
    for (const [key, button] of this.buttons)
      button.classList.toggle("fo-lit", near.has(key) || heirs.includes(key));
  }

  /**
   * @param {string} id
   * @param {number} width
   */
  showCard(id, width) {
    this.card.hidden = !id;
    if (!id) {
      this.shown = id;
      return;
    }
    const [row, column] = this.at[id];
    const { rows } = this;
    const wide = Math.min(width, 460);
    const left = Math.min(Math.max(0, (column + 0.5) * this.step - wide / 2), width - wide);
    const place =
      row < rows / 2 ? `top: ${row * ROW + HIGH + 8}px` : `bottom: ${(rows - row) * ROW - ROW + HIGH + 8}px`;
    this.card.style.cssText = `${place}; left: ${left}px; width: ${wide}px`;
    if (this.shown === id) return;
    this.shown = id;
    const method = known(this.methods, id);
    this.card.replaceChildren(...this.told(method));
    this.say(() => `${method.label}: ${method.idea} ${bytesOf(method)}.`);
  }

  /**
   * What the card says.
   * @param {Method} method
   */
  told(method) {
    const button = (/** @type {string} */ key) =>
      h("button", { type: "button", onclick: () => this.go(key) }, known(this.methods, key).label);
    const links = (/** @type {string} */ title, /** @type {string[]} */ keys) =>
      keys.length ? [h("p", {}, `${title} `, ...keys.flatMap((key, k) => [k ? " " : "", button(key)]))] : [];
    const numbers = method.hyperparameters.map(([name, symbol, usual]) => `${symbol} ${name} ${usual}`);
    const onclick = () => this.go("", method.id);
    const close = h("button", { type: "button", "aria-label": "Close the card", onclick }, "✕");
    return [
      h("div", { class: "fo-method-head" }, h("strong", {}, method.label), close),
      h("p", { class: "fo-source" }, method.source),
      h("p", {}, method.idea),
      formula(method),
      h("details", {}, h("summary", {}, "Code"), code(method, method.code)),
      h("p", {}, `State: ${method.state}.`),
      ...(numbers.length ? [h("p", {}, `Hyperparameters: ${numbers.join(", ")}.`)] : []),
      ...links("Builds on", method.above),
      ...links("Built on by", method.below),
      ...chapterLink(method),
    ];
  }

  /**
   * To another optimizer's card, or back to the map.
   * @param {string} id
   * @param {string} [back]
   */
  go(id, back = id) {
    this.choose(id);
    this.buttons.get(back)?.focus({ preventScroll: Boolean(id) });
  }
}
