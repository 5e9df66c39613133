// Buttons that switch optimizers on and off, in the style of each: in groups, and searched by name.

/** @import {Run} from "./card.js" */
/** @import {DialledRule, Style, ThemeName} from "./types.d.ts" */
import { h, swatch } from "./dom.js";
import { SERIES, styleOf } from "./styles.js";

/** @typedef {{rule: DialledRule, chip: HTMLElement, style: Style}} Chip a button and the style that it shows */

/** @type {(text: string) => string} what is compared of a name: "Adam W" finds AdamW */
const plain = (text) => text.toLowerCase().replace(/[^a-z0-9]/g, "");

export class Chips {
  /** @param {(id: string) => void} press */
  constructor(press) {
    this.press = press;
    /** @type {Map<string, Chip>} */
    this.chips = new Map();
    this.search = h("input", {
      type: "search",
      "aria-label": "Search the optimizers",
      oninput: () => this.filter(),
      onkeydown: (event) => {
        if (event.key === "Enter") this.enter();
      },
    });
    this.none = h("p", { class: "fo-hint", hidden: true }, "No optimizer of this name runs here.");
    this.groups = h("div", { class: "fo-groups" });
    this.element = h("div", { class: "fo-choosing" }, this.search, this.groups, this.none);
  }

  /** @param {Map<string, DialledRule[]>} groups by their titles */
  list(groups) {
    this.chips.clear();
    const made = [...groups].map(([title, rules]) => {
      const id = `fo-group-${plain(title)}`;
      return h(
        "div",
        { role: "group", "aria-label": title, "data-group": id },
        h("p", { class: "fo-hint", "aria-hidden": "true" }, title),
        h("div", { class: "fo-chips" }, ...rules.map((rule) => this.chip(rule))),
      );
    });
    this.groups.replaceChildren(...made);
    this.search.placeholder = `Search ${this.chips.size} optimizers`;
    this.filter();
  }

  /** @param {DialledRule} rule */
  chip(rule) {
    const style = styleOf(rule.id) ?? SERIES[0];
    const onclick = () => this.press(rule.id);
    const chip = h("button", { type: "button", onclick }, swatch(style), rule.label);
    this.chips.set(rule.id, { rule, chip, style });
    return chip;
  }

  filter() {
    const wanted = plain(this.search.value);
    for (const { rule, chip } of this.chips.values())
      chip.hidden = !plain(rule.label).includes(wanted) && !plain(rule.id).includes(wanted);
    for (const group of /** @type {Iterable<HTMLElement>} */ (this.groups.children))
      group.hidden = !group.querySelector("button:not([hidden])");
    this.none.hidden = this.groups.querySelector("button:not([hidden])") !== null;
  }

  /** Adds the only one that is found, or the one of just this name. */
  enter() {
    const found = [...this.chips.values()].filter(({ chip }) => !chip.hidden);
    const named = found.filter(({ rule }) => plain(rule.label) === plain(this.search.value));
    const [one] = found.length === 1 ? found : named;
    if (one?.chip.ariaPressed === "false") one.chip.click();
  }

  /**
   * @param {Run[]} runs
   * @param {ThemeName} theme
   */
  update(runs, theme) {
    for (const [id, shown] of this.chips) {
      const run = runs.find(({ optimizer }) => optimizer.rule === id);
      const style = run?.style ?? styleOf(id) ?? SERIES[0];
      shown.chip.setAttribute("aria-pressed", String(run !== undefined));
      shown.chip.style.setProperty("--series", style[theme]);
      if (shown.style !== style) shown.chip.firstChild?.replaceWith(swatch(style));
      shown.style = style;
    }
  }
}
