// The method map: optimizers as marks on a timeline, in the lanes of their families; for the one that is chosen lines to
// what it builds on and what builds on it, and a card beside the map.

/** @import {Mathematics, Method, Model, Style} from "../types.d.ts" */
/** @import {Child} from "../dom.js" */
import { field, h, select, svg } from "../dom.js";
import { Figure } from "../figure.js";
import { add } from "../kinds.js";
import { known } from "../known.js";
import { bytesOf, chapterLink, code, colourOf, editLink, formula, sign } from "../method.js";
import { SERIES, styleOf } from "../styles.js";

// As in timeline.py.
const MARGIN = 12;
const ROW = 24;
const TOUCH = 32;
const TITLE = 24;
const YEARS = 22;
const BESIDE = 600; // as wide as a figure is for its card to stand beside the map

/** @typedef {{width: number, at: Record<string, [row: number, side: string]>}} Packing */
/** @typedef {{x: number, y: number}} Spot */
/** @typedef {{name: string, methods: Method[], title: HTMLButtonElement}} Lane */

/** @type {Record<string, [right: number, down: number]>} */
const DIRECTIONS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** @type {(method: Method) => number} the radius of its mark */
const radius = ({ below }) => 4 + 1.8 * Math.sqrt(below.length);

/** @type {(id: string) => Style} */
const looks = (id) => styleOf(id) ?? SERIES[0];

/** @type {(method: Method) => string} what a search goes through */
const words = ({ id, label, source, idea, lane }) => [id, label, source, idea, lane].join(" ").toLowerCase();

export class MethodMap extends Figure {
  /** @type {Map<string, Method>} */
  methods = new Map(this.model.get("methods").map((/** @type {Method} */ method) => [method.id, method]));
  /** @type {Map<number, number>} years, and how far along the axis they lie */
  axis = new Map(this.model.get("axis"));
  buttons = new Map([...this.methods.values()].map((method) => [method.id, this.button(method)]));
  lanes = this.families();
  drawing = svg("svg", { "aria-hidden": "true" });
  years = h("div", { "aria-hidden": "true" });
  find = h("input", { type: "search", placeholder: "name, author, idea", oninput: () => this.search() });
  family = select(
    () => this.search(),
    [{ id: "", label: "all families" }, ...this.lanes.map(({ name }) => ({ id: name, label: name }))],
  );
  card = h("section", { class: "fo-method", tabindex: -1, "aria-label": "The chosen optimizer" });
  map = h(
    "div",
    {
      class: "fo-field-of-methods",
      role: "group",
      "aria-label": "Optimizers",
      "aria-describedby": this.hintId,
    },
    this.drawing,
    this.years,
    ...this.lanes.flatMap(({ title, methods }) => [title, ...methods.map(({ id }) => this.of(id))]),
  );
  /** @type {Set<string>} lanes that are not as they are at first: open on a desk, closed on a phone */
  turned = new Set();
  /** @type {Map<HTMLElement, Spot>} where the arrow keys go */
  spots = new Map();
  /** @type {Map<string, Spot>} where the marks are */
  marks = new Map();
  wide = true;
  /** @type {string | undefined} */
  shown = undefined;

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
      "Years go across, a lane is a family, and the larger a mark, the more build on it. Press one for its card. ",
      h("span", {}, ...keys),
    );
    const element = this.frame(
      "methods",
      "Map of optimizers",
      h("div", { class: "fo-row fo-find" }, field("Find", this.find), field("Family", this.family)),
      h("div", { class: "fo-lineage" }, this.map, this.card),
      h("div", { class: "fo-foot" }, hint, this.tools),
    );
    element.addEventListener("keydown", (event) => this.key(event));
    return element;
  }

  /** @returns {Lane[]} */
  families() {
    const { at } = this.model.get("places")[0];
    const groups = Map.groupBy(this.methods.values(), ({ lane }) => lane);
    return [...groups].map(([name, methods]) => {
      const onclick = () => this.turn(name);
      const title = h("button", { type: "button", class: "fo-lane", tabindex: -1, onclick }, name);
      title.addEventListener("focus", () => this.enter(title));
      return { name, methods: methods.sort((a, b) => a.year - b.year || at[a.id][0] - at[b.id][0]), title };
    });
  }

  /** @param {Method} method */
  button({ id, label, year }) {
    const button = h(
      "button",
      {
        type: "button",
        tabindex: -1,
        "aria-label": `${label}, ${year}`,
        onclick: () => this.choose(this.selected === id ? "" : id),
        onpointerenter: () => this.light(id),
        onpointerleave: () => this.light(this.selected),
        onfocus: () => this.enter(button, id),
      },
      label,
    );
    return button;
  }

  /** @param {string} id */
  of(id) {
    return known(this.buttons, id);
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

  /** @param {string} name */
  turn(name) {
    if (!this.turned.delete(name)) this.turned.add(name);
    this.schedule();
  }

  /** What is asked for, by words and by family. */
  get found() {
    const asked = this.find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const family = this.family.value;
    return [...this.methods.values()].filter(
      (method) => (!family || method.lane === family) && asked.every((word) => words(method).includes(word)),
    );
  }

  search() {
    this.schedule();
    this.say(() => `${this.found.length} of ${this.methods.size} optimizers`);
  }

  /**
   * The one button that the Tab key leads to is the last that had the focus.
   * @param {HTMLElement} target
   * @param {string} [id]
   */
  enter(target, id) {
    for (const button of this.spots.keys()) button.tabIndex = button === target ? 0 : -1;
    this.light(id ?? this.selected);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const { selected } = this;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target === this.find) {
      const asked = this.find.value.toLowerCase();
      const { found } = this;
      if (event.key === "Enter" && asked && found.length)
        this.choose((found.find(({ label }) => label.toLowerCase().startsWith(asked)) ?? found[0]).id);
      return;
    }
    if (event.key === "Escape" && selected) {
      this.choose("");
      this.of(selected).focus();
      return;
    }
    const from = this.spots.get(target);
    const direction = DIRECTIONS[event.key];
    if (!from || !direction) return;
    event.preventDefault();
    event.stopPropagation();
    this.neighbour(from, direction)?.focus();
  }

  /**
   * The nearest in a direction: in the same row, or in the rows above or below.
   * @param {Spot} from
   * @param {[number, number]} direction
   */
  neighbour(from, [right, down]) {
    /** @type {HTMLElement | undefined} */
    let next;
    let nearest = Number.POSITIVE_INFINITY;
    for (const [button, { x, y }] of this.spots) {
      if (right && y !== from.y) continue;
      const along = right ? (x - from.x) * right : (y - from.y) * down;
      const distance = right ? along : 1e4 * along + Math.abs(x - from.x);
      if (along > 0 && distance < nearest) [next, nearest] = [button, distance];
    }
    return next;
  }

  // ---- drawing

  redraw() {
    this.wide = this.element.clientWidth >= BESIDE;
    this.element.classList.toggle("fo-narrow", !this.wide);
    this.showCard(this.selected);
    const width = this.map.clientWidth;
    /** @type {Packing[]} */
    const packings = this.model.get("places");
    const packing = packings.findLast((one) => one.width <= width) ?? packings[0];
    this.layOut(packing, width);
    const buttons = [...this.spots.keys()];
    const first = this.selected ? this.of(this.selected) : buttons.find((one) => !one.matches(".fo-lane"));
    if (!buttons.some(({ tabIndex }) => tabIndex === 0)) (first ?? buttons[0] ?? {}).tabIndex = 0;
    this.light(this.selected);
  }

  /**
   * @param {Packing} packing
   * @param {number} width
   */
  layOut({ at, width: least }, width) {
    const { selected } = this;
    const row = this.wide ? ROW : TOUCH;
    const found = new Set(this.found.map(({ id }) => id));
    const asked = found.size < this.methods.size;
    const within = least > this.model.get("places")[0].width; // titles stand in the first row of names
    const along = (/** @type {number} */ year) => MARGIN + (this.axis.get(year) ?? 0) * (width - 2 * MARGIN);
    /** @type {SVGElement[]} */
    const bands = [];
    this.spots.clear();
    this.marks.clear();
    let y = YEARS;
    this.lanes.forEach(({ name, methods, title }, k) => {
      const here = methods.filter(({ id }) => found.has(id));
      title.hidden = !here.length;
      if (!here.length) return;
      const usual = this.wide || asked || methods.some(({ id }) => id === selected);
      const open = usual !== this.turned.has(name);
      const rows = [...new Set(here.map(({ id }) => at[id][0]))].sort((a, b) => a - b);
      if (within && open && rows[0] !== 0) rows.unshift(0);
      const head = within && open ? 0 : TITLE;
      const high = head + (open ? rows.length * row : 18) + 6;
      title.setAttribute("aria-expanded", String(open));
      title.style.top = `${y + 2}px`;
      if (k % 2) bands.push(svg("rect", { class: "fo-band", x: 0, y, width, height: high }));
      this.spots.set(title, { x: 0, y: head ? y : y + 2 + row / 2 });
      for (const method of here) {
        const [number, side] = at[method.id];
        const spot = {
          x: along(method.year),
          y: y + 2 + head + (open ? (rows.indexOf(number) + 0.5) * row : 8),
        };
        this.marks.set(method.id, spot);
        if (open) this.put(method, spot, side, row, width);
      }
      y += high;
    });
    for (const button of this.buttons.values()) button.hidden = !this.spots.has(button);
    for (const button of this.map.querySelectorAll("button"))
      if (!this.spots.has(button)) button.tabIndex = -1;
    this.map.style.height = `${y + YEARS}px`;
    this.drawing.setAttribute("viewBox", `0 0 ${width} ${y + YEARS}`);
    this.drawing.style.height = `${y + YEARS}px`;
    this.drawing.replaceChildren(
      ...bands,
      ...this.ages(along, y),
      svg("g", { class: "fo-lines" }),
      ...this.signs(),
    );
  }

  /**
   * A method's button, which holds its mark and its name.
   * @param {Method} method
   * @param {Spot} spot
   * @param {string} side
   * @param {number} row
   * @param {number} width
   */
  put(method, { x, y }, side, row, width) {
    const button = this.of(method.id);
    const r = radius(method) + 2;
    button.style.cssText =
      side === "right"
        ? `left: ${x - r}px; padding-left: ${2 * r + 2}px`
        : `right: ${width - x - r}px; padding-right: ${2 * r + 2}px`;
    button.style.top = `${y - row / 2}px`;
    button.style.height = `${row}px`;
    button.setAttribute("aria-pressed", String(method.id === this.selected));
    this.spots.set(button, { x, y });
  }

  /**
   * Lines at years, and these above and below the lanes, as many as there is room for.
   * @param {(year: number) => number} along
   * @param {number} bottom
   */
  ages(along, bottom) {
    /** @type {number[]} */
    const said = [];
    for (const year of [...this.axis.keys()].reverse())
      if (!said.length || along(said[said.length - 1]) - along(year) >= 36) said.push(year);
    const label = (/** @type {number} */ year, /** @type {string} */ place) =>
      h("span", { style: `left: ${along(year)}px; ${place}` }, String(year));
    this.years.replaceChildren(
      ...said.flatMap((year) => [label(year, "top: 2px"), label(year, `top: ${bottom + 4}px`)]),
    );
    return said.map((year) => svg("path", { class: "fo-age", d: `M${along(year)} ${YEARS - 4}V${bottom}` }));
  }

  signs() {
    return [...this.marks].map(([id, { x, y }]) => {
      const style = looks(id);
      const scale = radius(known(this.methods, id)) / 6;
      const mark = svg("path", {
        d: style.marker,
        transform: `translate(${x} ${y}) scale(${scale})`,
        "data-id": id,
      });
      mark.style.fill = colourOf(style);
      return mark;
    });
  }

  /**
   * All that an optimizer comes from, and what builds on it at once, stand out, with lines between them.
   * @param {string} id
   */
  light(id) {
    /** @type {Set<string>} */
    const near = new Set();
    /** @type {[string, string][]} */
    const edges = [];
    const climb = (/** @type {string} */ key) => {
      if (near.has(key)) return;
      near.add(key);
      for (const parent of known(this.methods, key).above) {
        edges.push([parent, key]);
        climb(parent);
      }
    };
    const heirs = id ? known(this.methods, id).below : [];
    if (id) climb(id);
    for (const heir of heirs) edges.push([id, heir]);
    for (const heir of heirs) near.add(heir);
    const lines = edges.flatMap(([from, to]) => {
      const [a, b] = [this.marks.get(from), this.marks.get(to)];
      if (!a || !b) return [];
      const bend = Math.max(16, Math.abs(b.x - a.x) / 2);
      return [svg("path", { d: `M${a.x} ${a.y}C${a.x + bend} ${a.y} ${b.x - bend} ${b.y} ${b.x} ${b.y}` })];
    });
    this.drawing.querySelector(".fo-lines")?.replaceChildren(...lines);
    this.map.classList.toggle("fo-lighting", Boolean(id));
    for (const [key, button] of this.buttons) button.classList.toggle("fo-lit", near.has(key));
    for (const sign of this.drawing.querySelectorAll("[data-id]"))
      sign.classList.toggle("fo-lit", near.has(sign.getAttribute("data-id") ?? ""));
  }

  /** @param {string} id */
  showCard(id) {
    this.card.hidden = !id && !this.wide;
    if (this.shown === id) return;
    const before = this.shown;
    this.shown = id;
    if (!id) {
      this.card.replaceChildren(
        h("p", { class: "fo-source" }, "The card of the optimizer that you press stands here."),
      );
      return;
    }
    const method = known(this.methods, id);
    this.card.replaceChildren(...this.told(method));
    this.card.scrollTop = 0;
    if (before !== undefined) this.say(() => `${method.label}: ${method.idea} ${bytesOf(method)}.`);
  }

  /**
   * What the card says.
   * @param {Method} method
   * @returns {Child[]}
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
      h("div", { class: "fo-method-head" }, h("strong", {}, sign(looks(method.id)), method.label), close),
      h("p", { class: "fo-source" }, method.source),
      h("p", {}, method.idea),
      formula(method),
      h("details", { class: "fo-code" }, h("summary", {}, "Code"), code(method, method.code)),
      ...editLink(method),
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
    if (id && !this.found.some((method) => method.id === id)) {
      this.find.value = "";
      this.family.value = "";
    }
    this.choose(id);
    this.draw();
    const button = this.of(back);
    if (!button.hidden) button.focus({ preventScroll: Boolean(id) });
  }
}

add("method_map", MethodMap);
