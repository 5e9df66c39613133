// Buttons that switch optimizers on and off, in the style of each.

/** @import {Run} from "./card.js" */
/** @import {DialledRule, Style, ThemeName} from "./types.d.ts" */
import { h, swatch } from "./dom.js";
import { SERIES, styleOf } from "./styles.js";

/** @typedef {{chip: HTMLElement, style: Style}} Chip a button and the style that it shows */

export class Chips {
  /**
   * @param {Iterable<DialledRule>} rules
   * @param {(id: string) => void} press
   */
  constructor(rules, press) {
    /** @type {Map<string, Chip>} */
    this.chips = new Map();
    for (const { id, label } of rules) {
      const style = styleOf(id) ?? SERIES[0];
      const onclick = () => press(id);
      this.chips.set(id, { chip: h("button", { type: "button", onclick }, swatch(style), label), style });
    }
    this.element = h("div", { class: "fo-chips" }, ...[...this.chips.values()].map(({ chip }) => chip));
  }

  focus() {
    this.element.querySelector("button")?.focus();
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
