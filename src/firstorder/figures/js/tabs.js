// The optimizers on the map: a tab for each, in its style, with what became of it.

/** @import {Run} from "./card.js" */
/** @import {Domain, Style, ThemeName} from "./types.d.ts" */
import { outcome } from "./card.js";
import { h, swatch, unique } from "./dom.js";

class Tab {
  /** @param {() => void} choose */
  constructor(choose) {
    /** @type {Style | null} */
    this.style = null;
    this.swatch = h("span");
    this.name = h("strong");
    this.result = h("span", { class: "fo-outcome" });
    this.element = h(
      "button",
      { type: "button", role: "tab", id: unique(), onclick: choose },
      this.swatch,
      this.name,
      this.result,
    );
  }

  /**
   * @param {Run} run
   * @param {ThemeName} theme
   * @param {number} step
   * @param {Domain} domain
   */
  update({ label, style, trajectory }, theme, step, domain) {
    if (this.style !== style) {
      this.style = style;
      this.swatch.replaceChildren(swatch(style));
    }
    this.element.style.setProperty("--series", style[theme]);
    this.name.textContent = label;
    this.result.textContent = outcome(trajectory, step, domain);
    this.result.classList.toggle("fo-diverged", trajectory.diverged !== null && step >= trajectory.diverged);
  }
}

export class Tabs {
  /** @param {(index: number) => void} choose */
  constructor(choose) {
    this.choose = choose;
    /** @type {Tab[]} */
    this.tabs = [];
    this.element = h("div", {
      class: "fo-tabs",
      role: "tablist",
      "aria-label": "Optimizers on the map",
      onkeydown: (event) => this.key(event),
    });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const at = this.tabs.findIndex(({ element }) => element === event.target);
    if (!move || at < 0) return;
    const next = (at + move + this.tabs.length) % this.tabs.length;
    this.choose(next);
    this.tabs[next].element.focus();
    event.preventDefault();
  }

  /**
   * @param {Run[]} runs
   * @param {number} chosen
   * @param {string} panel the id of what the chosen one opens
   * @param {{theme: ThemeName, step: number, domain: Domain}} now
   */
  update(runs, chosen, panel, { theme, step, domain }) {
    if (this.tabs.length !== runs.length) {
      while (this.tabs.length > runs.length) this.tabs.pop()?.element.remove();
      while (this.tabs.length < runs.length) {
        const k = this.tabs.length;
        const tab = new Tab(() => this.choose(k));
        this.tabs.push(tab);
        this.element.append(tab.element);
      }
    }
    this.tabs.forEach((tab, k) => {
      tab.update(runs[k], theme, step, domain);
      const { element } = tab;
      element.setAttribute("aria-selected", String(k === chosen));
      element.setAttribute("aria-controls", panel);
      element.tabIndex = k === chosen ? 0 : -1;
    });
  }
}
