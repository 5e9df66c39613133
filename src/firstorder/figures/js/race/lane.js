// An entrant: its name, its rate, how it stands, and what its network reads or says of the plane.

/** @import {Dial, Style, Theme} from "../types.d.ts" */
/** @import {Points} from "./map.js" */
import { Slider } from "../controls.js";
import { h, swatch } from "../dom.js";
import { format } from "../numbers.js";
import { MapView } from "./map.js";

/** @type {(share: number) => string} */
export const percent = (share) => `${(100 * share).toFixed(1)} %`;

export class LaneView {
  /**
   * @param {string} label
   * @param {Style} style
   * @param {Dial} dial of the rate
   * @param {{rate: (lr: number, done: boolean) => void, remove: () => void}} orders
   */
  constructor(label, style, dial, { rate, remove }) {
    this.style = style;
    this.slider = new Slider(dial, label, rate);
    this.standing = h("p", { class: "fo-standing" });
    this.remove = h("button", { type: "button", "aria-label": `Remove ${label}`, onclick: remove }, "×");
    this.bars = Array.from({ length: 10 }, (_, digit) => h("i", { "data-digit": digit }));
    this.read = h("b");
    this.reading = h(
      "div",
      { class: "fo-reads", role: "img" },
      this.read,
      h("span", { class: "fo-bars" }, ...this.bars),
    );
    this.map = new MapView();
    this.element = h(
      "li",
      { class: "fo-entrant" },
      h("p", { class: "fo-called" }, swatch(style), h("strong", {}, label), this.remove),
      this.slider.element,
      h("div", { class: "fo-stands" }, this.standing),
      this.reading,
      this.map.element,
    );
  }

  /**
   * @param {Theme} theme
   * @param {number} lr
   * @param {boolean} only whether it is the last that is left
   * @param {boolean} plane whether the examples are places in the plane
   */
  update(theme, lr, only, plane) {
    this.element.style.setProperty("--series", this.style[theme.name]);
    this.reading.hidden = plane;
    this.map.element.hidden = !plane;
    this.slider.update(lr);
    this.remove.hidden = only;
  }

  /**
   * @param {{losses: number[], accuracies: number[], sizes: number[][], diverged: number | null} | undefined} record
   * @param {boolean} first
   */
  stand(record, first) {
    this.element.classList.toggle("is-first", first);
    this.element.classList.toggle("is-lost", record !== undefined && record.diverged !== null);
    if (!record) this.standing.textContent = "";
    else if (record.diverged !== null) this.standing.textContent = `diverged at step ${record.diverged}`;
    else {
      const last = record.losses.length - 1;
      const right = percent(record.accuracies[last]);
      this.standing.textContent = `loss ${format(record.losses[last], 3)}, ${right} right`;
    }
  }

  /** @param {number[] | undefined} said */
  say(said) {
    const best = said ? said.indexOf(Math.max(...said)) : -1;
    this.bars.forEach((bar, k) => {
      bar.style.setProperty("--share", String(said?.[k] || 0));
      bar.classList.toggle("is-best", k === best);
    });
    this.read.textContent = best < 0 ? "–" : String(best);
    this.reading.setAttribute(
      "aria-label",
      said && best >= 0 ? `reads a ${best}, ${percent(said[best])}` : "reads nothing",
    );
  }
  /**
   * @param {Theme} theme
   * @param {number[] | undefined} said
   * @param {Points | undefined} points
   */
  draw(theme, said, points) {
    this.map.draw(theme, this.style[theme.name], said, points);
  }
}
