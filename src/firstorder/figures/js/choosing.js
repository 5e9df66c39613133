// The button that opens the list of all optimizers.

/** @import {Run} from "./card.js" */
/** @import {DialledRule, ThemeName} from "./types.d.ts" */
import { Chips } from "./chips.js";
import { h, unique } from "./dom.js";

/** @typedef {DialledRule & {group?: string}} Grouped */

export class Choosing {
  /**
   * @param {(id: string) => void} press
   * @param {() => Promise<void>} more asks for what the list has not yet
   */
  constructor(press, more) {
    this.more = more;
    this.chips = new Chips(press);
    const id = unique();
    this.button = h(
      "button",
      { type: "button", "aria-expanded": "false", "aria-controls": id, onclick: () => this.toggle() },
      "+ Add or remove",
    );
    this.drawer = h("div", { class: "fo-list", id, hidden: true }, this.chips.element);
    this.element = h(
      "div",
      { class: "fo-add", onkeydown: (event) => this.key(event), onfocusout: (event) => this.left(event) },
      this.button,
      this.drawer,
    );
  }

  /**
   * @param {DialledRule[]} own the page's
   * @param {Grouped[]} [others]
   */
  list(own, others = []) {
    const ids = new Set(own.map(({ id }) => id));
    /** @type {Map<string, DialledRule[]>} */
    const groups = new Map([["On this page", own]]);
    for (const rule of others) {
      if (ids.has(rule.id)) continue;
      const title = rule.group ?? "Others";
      groups.set(title, [...(groups.get(title) ?? []), rule]);
    }
    this.chips.list(groups);
  }

  toggle(open = this.drawer.hidden === true) {
    this.drawer.hidden = !open;
    this.button.setAttribute("aria-expanded", String(open));
    if (!open) return;
    this.chips.search.focus({ preventScroll: true });
    this.more();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== "Escape" || this.drawer.hidden) return;
    this.toggle(false);
    this.button.focus();
    event.stopPropagation();
  }

  /** @param {FocusEvent} event */
  left({ relatedTarget }) {
    if (relatedTarget instanceof Node && !this.element.contains(relatedTarget)) this.toggle(false);
  }

  /**
   * @param {Run[]} runs
   * @param {ThemeName} theme
   * @param {number} most
   */
  update(runs, theme, most) {
    this.chips.update(runs, theme);
    this.button.title =
      runs.length < most
        ? "All optimizers that run in a browser"
        : `No more than ${most} at once: remove one first`;
  }
}
