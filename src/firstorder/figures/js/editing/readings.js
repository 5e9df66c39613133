// All readings of the rule that is edited, one of them in sight.

import { diff } from "../diff.js";
import { h, unique } from "../dom.js";
import { typeset } from "./typeset.js";

/** @import {Readings as Told} from "../types.d.ts" */

const READINGS = [
  ["formula", "Formula"],
  ["numpy", "NumPy"],
  ["javascript", "JavaScript"],
  ["python", "Python loop"],
  ["cuda", "CUDA"],
];

export class Readings {
  shown = "formula";
  /** @type {Told | undefined} */
  told = undefined;
  source = "";

  constructor() {
    const panel = unique();
    this.tabs = READINGS.map(([name, title]) =>
      h(
        "button",
        {
          ...{ type: "button", role: "tab", id: unique(), "aria-controls": panel, "data-name": name },
          onclick: () => this.show(name),
        },
        title,
      ),
    );
    this.panel = h("div", { class: "fo-reading", role: "tabpanel", tabindex: 0, id: panel });
    const list = {
      ...{ class: "fo-choice", role: "tablist", "aria-label": "Readings" },
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.key(event),
    };
    this.element = h("div", { class: "fo-readings" }, h("div", list, ...this.tabs), this.panel);
    this.element.hidden = true;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = this.tabs.indexOf(/** @type {any} */ (event.target));
    if (!move || at < 0) return;
    const next = (at + move + this.tabs.length) % this.tabs.length;
    this.show(READINGS[next][0]);
    this.tabs[next].focus();
    event.preventDefault();
  }

  /**
   * @param {Told} told
   * @param {string} source of the rule that the text began as
   */
  take(told, source) {
    this.told = told;
    this.source = source;
    this.element.hidden = false;
    this.show(this.shown);
  }

  /** @param {string} name */
  show(name) {
    this.shown = name;
    this.tabs.forEach((tab, k) => {
      const chosen = READINGS[k][0] === name;
      tab.ariaSelected = String(chosen);
      tab.tabIndex = chosen ? 0 : -1;
      if (chosen) this.panel.setAttribute("aria-labelledby", tab.id);
    });
    if (this.told) this.panel.replaceChildren(this.drawn(name, this.told));
  }

  /**
   * @param {string} name
   * @param {Told} told
   */
  drawn(name, told) {
    if (name === "formula") return typeset(told.tex);
    if (name === "numpy") {
      const lines = diff(this.source, told.source).statements.flatMap((pieces, k) => [
        ...(k ? ["\n"] : []),
        ...pieces.map(({ text, fresh }) => (fresh ? h("ins", {}, text) : text)),
      ]);
      return h("pre", {}, ...lines);
    }
    const reading = /** @type {any} */ (told)[name];
    return reading
      ? h("pre", {}, reading)
      : h("p", {}, "A rule that is not element-wise has no such reading.");
  }
}
