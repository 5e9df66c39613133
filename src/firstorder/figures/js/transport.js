// Play, step and reset, the step that is shown, and how many there are.

import { Slider } from "./controls.js";
import { h, icon, svg } from "./dom.js";

const PLAY = "M3 2l11 6-11 6z";
const PAUSE = "M3 2h4v12H3zM9 2h4v12H9z";
const STEP = "M2 2l8 6-8 6zM11 2h3v12h-3z";
const RESET = "M8 2a6 6 0 1 1-5.7 4.1l1.9.6A4 4 0 1 0 8 4v3L3.5 3.2 8-.5z";

/** How much faster than usual the film goes. @type {[number, string][]} */
const SPEEDS = [
  [0.25, "¼ ×"],
  [1, "1 ×"],
  [3, "3 ×"],
];

/** @typedef {object} Orders what a reader does
 * @property {() => void} play
 * @property {() => void} step
 * @property {() => void} reset
 * @property {(step: number) => void} seek
 * @property {(steps: number, done: boolean) => void} lengthen
 * @property {(factor: number) => void} hasten
 */

export class Transport {
  /**
   * @param {{usual: number, most: number}} steps
   * @param {Orders} orders
   */
  constructor({ usual, most }, { play, step, reset, seek, lengthen, hasten }) {
    this.sign = svg("path", { d: PLAY, fill: "currentColor" });
    this.word = h("span", {}, "Play");
    const start = h("button", { type: "button", class: "fo-primary", onclick: play });
    const frame = icon(PLAY);
    frame.replaceChildren(this.sign);
    start.append(frame, this.word);
    const button = (
      /** @type {string} */ text,
      /** @type {string} */ path,
      /** @type {() => void} */ onclick,
    ) => h("button", { type: "button", onclick }, icon(path), h("span", {}, text));
    this.scrub = h("input", {
      type: "range",
      min: 0,
      step: 1,
      "aria-label": "Step shown",
      oninput: () => seek(Number(this.scrub.value)),
    });
    this.track = h("span", { class: "fo-track" }, this.scrub);
    this.shown = h("span", { class: "fo-value" });
    const dial = { meaning: "steps", name: "steps", min: 10, max: most, default: usual };
    this.length = new Slider(dial, "Number of", (value, done) => lengthen(Math.round(value), done));
    const words = h("small", {}, "step shown");
    const speed = h(
      "select",
      {
        "aria-label": "Speed of the film",
        title: "Speed of the film",
        onchange: (event) => hasten(Number(event.target.value)),
      },
      ...SPEEDS.map(([factor, name]) => h("option", { value: factor, selected: factor === 1 }, name)),
    );
    this.element = h(
      "div",
      { class: "fo-transport" },
      h("div", { class: "fo-row" }, start, button("Step", STEP, step), button("Reset", RESET, reset)),
      h(
        "div",
        { class: "fo-row" },
        h("div", { class: "fo-slider fo-scrub" }, words, h("span"), this.shown, this.track),
        speed,
      ),
    );
  }

  /**
   * @param {number} cursor
   * @param {number} steps
   * @param {boolean} playing
   */
  update(cursor, steps, playing) {
    this.word.textContent = playing ? "Pause" : "Play";
    this.sign.setAttribute("d", playing ? PAUSE : PLAY);
    this.scrub.max = String(steps);
    this.scrub.value = String(cursor);
    this.scrub.setAttribute("aria-valuetext", `step ${cursor} of ${steps}`);
    this.track.style.setProperty("--at", `${(100 * cursor) / steps}%`);
    this.shown.textContent = `${cursor} of ${steps}`;
    this.length.update(steps);
  }
}
