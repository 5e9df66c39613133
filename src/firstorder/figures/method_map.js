// The method map: optimizers as buttons on a grid, lines to what they build on, and a card for the one that is chosen.

import { Figure, front, h } from "./parts.js";
import { bytesOf, chapterLink, formula } from "./methods.js";

const ROW = 70; // pixels from one row to the next
const HIGH = 50; // pixels of a button, enough for a finger
const SVG = "http://www.w3.org/2000/svg";

/** The name, with places where it may break. */
const breakable = (label) => label.split(/(?<=[a-z])(?=[A-Z][A-Za-z])/).flatMap((part, k) => (k ? [h("wbr"), part] : [part]));

class MethodMap extends Figure {
  constructor(model, mathematics) {
    super(model, mathematics, ["selected"]);
    this.methods = new Map(model.get("methods").map((method) => [method.id, method]));
    this.buttons = new Map([...this.methods.values()].map((method) => [method.id, this.button(method)]));
    this.lines = document.createElementNS(SVG, "svg");
    this.lines.setAttribute("aria-hidden", "true");
    this.field = h(
      "div",
      { class: "fo-field-of-methods", role: "group", "aria-label": "Optimizers", "aria-describedby": this.hintId },
      this.lines,
      ...this.buttons.values(),
    );
    this.card = h("section", { class: "fo-method", tabindex: -1, hidden: true, "aria-label": "The chosen optimizer" });
    this.field.append(this.card);
    this.element = this.frame(
      "methods",
      "Map of optimizers",
      this.field,
      h(
        "div",
        { class: "fo-foot" },
        h(
          "p",
          { class: "fo-hint", id: this.hintId },
          "Each stands below what it builds on. Press one for its card. ",
          h("span", {}, h("kbd", {}, "arrow keys"), " go about the map, ", h("kbd", {}, "Esc"), " closes the card."),
        ),
        this.tools,
      ),
    );
    this.element.addEventListener("keydown", (event) => this.key(event));
  }

  button({ id, label, year }) {
    return h(
      "button",
      {
        type: "button",
        tabindex: -1,
        onclick: () => this.choose(this.model.get("selected") === id ? "" : id),
        onpointerenter: () => this.light(id),
        onpointerleave: () => this.light(this.model.get("selected")),
        onfocus: () => this.enter(id),
      },
      h("span", {}, ...breakable(label)),
      h("small", {}, String(year)),
    );
  }

  allows(name, value) {
    return value === "" || this.methods.has(value);
  }

  // ---- what a reader does

  choose(id) {
    this.set({ selected: id });
  }

  /** The one button that the Tab key leads to is the last that had the focus. */
  enter(id) {
    for (const [key, button] of this.buttons) button.tabIndex = key === id ? 0 : -1;
    this.light(id);
  }

  key(event) {
    const { selected } = this.state;
    if (event.key === "Escape" && selected) {
      this.choose("");
      this.buttons.get(selected).focus();
      return;
    }
    const [id] = [...this.buttons].find(([, button]) => button === event.target) ?? [];
    const direction = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowUp: [-1, 0], ArrowDown: [1, 0] }[event.key];
    if (!id || !direction) return;
    event.preventDefault();
    event.stopPropagation();
    const [down, right] = direction;
    const [row, column] = this.at[id];
    let next;
    let nearest = Infinity;
    for (const [other, [r, c]] of Object.entries(this.at)) {
      const [along, across] = down ? [(r - row) * down, Math.abs(c - column)] : [(c - column) * right, r === row ? 0 : 1e6];
      const distance = 100 * along + across;
      if (along > 0 && distance < nearest) [next, nearest] = [other, distance];
    }
    if (next && nearest < 1e6) this.buttons.get(next).focus();
  }

  // ---- drawing

  redraw() {
    const width = this.field.clientWidth;
    const { columns, at } = this.model.get("places")[width < 600 ? 1 : 0];
    const { selected } = this.state;
    this.at = at;
    this.step = width / columns;
    const rows = 1 + Math.max(...Object.values(at).map(([row]) => row));
    this.field.style.height = `${rows * ROW - ROW + HIGH}px`;
    for (const [id, button] of this.buttons) {
      const [row, column] = at[id];
      button.style.cssText = `left: ${(column * 100) / columns}%; top: ${row * ROW}px; width: calc(${100 / columns}% - 8px)`;
      button.setAttribute("aria-pressed", id === selected);
    }
    const first = selected || this.buttons.keys().next().value;
    if (![...this.buttons.values()].some(({ tabIndex }) => tabIndex === 0)) this.buttons.get(first).tabIndex = 0;
    this.drawLines(width, rows);
    this.light(selected);
    this.showCard(selected, width);
  }

  drawLines(width, rows) {
    const edge = (from, to) => {
      const [[r0, c0], [r1, c1]] = [this.at[from], this.at[to]];
      const [x0, x1] = [c0, c1].map((c) => (c + 0.5) * this.step - 4);
      const [y0, y1] = [r0 * ROW + HIGH, r1 * ROW];
      const bend = Math.min(30, (y1 - y0) / 2);
      const path = document.createElementNS(SVG, "path");
      path.setAttribute("d", `M${x0} ${y0}C${x0} ${y0 + bend} ${x1} ${y1 - bend} ${x1} ${y1}`);
      Object.assign(path.dataset, { from, to });
      return path;
    };
    this.lines.setAttribute("viewBox", `0 0 ${width} ${rows * ROW}`);
    this.lines.style.height = `${rows * ROW}px`;
    this.lines.replaceChildren(
      ...[...this.methods.values()].flatMap(({ id, above }) => above.map((parent) => edge(parent, id))),
    );
  }

  /** All that an optimizer comes from, and what builds on it at once, stand out. */
  light(id) {
    const near = new Set();
    const climb = (key) => {
      if (near.has(key)) return;
      near.add(key);
      this.methods.get(key).above.forEach(climb);
    };
    const heirs = id ? this.methods.get(id).below : [];
    if (id) climb(id);
    const lit = (from, to) => (near.has(from) && near.has(to)) || (from === id && heirs.includes(to));
    for (const path of this.lines.children) path.classList.toggle("fo-lit", lit(path.dataset.from, path.dataset.to));
    for (const [key, button] of this.buttons)
      button.classList.toggle("fo-lit", near.has(key) || heirs.includes(key));
  }

  showCard(id, width) {
    this.card.hidden = !id;
    if (!id) {
      this.shown = id;
      return;
    }
    const [row, column] = this.at[id];
    const wide = Math.min(width, 460);
    const left = Math.min(Math.max(0, (column + 0.5) * this.step - wide / 2), width - wide);
    const rows = 1 + Math.max(...Object.values(this.at).map(([r]) => r));
    const place =
      row < rows / 2 ? `top: ${row * ROW + HIGH + 8}px` : `bottom: ${(rows - row) * ROW - ROW + HIGH + 8}px`;
    this.card.style.cssText = `${place}; left: ${left}px; width: ${wide}px`;
    if (this.shown === id) return;
    this.shown = id;
    const method = this.methods.get(id);
    const links = (title, keys) =>
      keys.length
        ? [
            h(
              "p",
              {},
              `${title} `,
              ...keys.flatMap((key, k) => [
                k ? " " : "",
                h("button", { type: "button", onclick: () => this.go(key) }, this.methods.get(key).label),
              ]),
            ),
          ]
        : [];
    const numbers = method.hyperparameters.map(([name, symbol, usual]) => `${symbol} ${name} ${usual}`);
    const close = h("button", { type: "button", "aria-label": "Close the card", onclick: () => this.go("", id) }, "✕");
    this.card.replaceChildren(
      h("div", { class: "fo-method-head" }, h("strong", {}, method.label), close),
      h("p", { class: "fo-source" }, method.source),
      h("p", {}, method.idea),
      formula(method),
      h(
        "details",
        {},
        h("summary", {}, "Code"),
        h("pre", { tabindex: 0, role: "group", "aria-label": `Code of ${method.label}` }, method.code),
      ),
      h("p", {}, `State: ${method.state}.`),
      ...(numbers.length ? [h("p", {}, `Hyperparameters: ${numbers.join(", ")}.`)] : []),
      ...links("Builds on", method.above),
      ...links("Built on by", method.below),
      h("p", {}, chapterLink(method)),
    );
    this.say(() => `${method.label}: ${method.idea} ${bytesOf(method)}.`);
  }

  /** To another optimizer's card, or back to the map. */
  go(id, back = id) {
    this.choose(id);
    this.buttons.get(back).focus({ preventScroll: Boolean(id) });
  }
}

export default front(MethodMap);
