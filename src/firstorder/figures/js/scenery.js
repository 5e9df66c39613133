// What the paths go over: the landscape, its parameters, the start and the noise of the gradients.

/** @import {Dial, Landscape, Numbers, Point} from "./types.d.ts" */
import { Slider } from "./controls.js";
import { field, h, select } from "./dom.js";
import { rounded } from "./numbers.js";
import { LABEL, OWN } from "./own.js";

/** @typedef {Landscape & {parameters: Dial[]}} Ground */

/** @typedef {object} Orders what a reader does
 * @property {(id: string) => void} choose
 * @property {(start: Point) => void} move
 * @property {(change: Numbers, done: boolean) => void} shape
 * @property {(noise: number, done: boolean) => void} shake
 */

/** What is added to every gradient, as a share of the length of the first. @type {Dial} */
export const NOISE = { name: "noise", symbol: "σ", meaning: "noise", min: 0, max: 0.2, default: 0 };

export class Scenery {
  /**
   * @param {Iterable<Ground>} landscapes
   * @param {Orders} orders
   */
  constructor(landscapes, { choose, move, shape, shake }) {
    this.reshape = shape;
    /** @type {Point} */
    this.start = [0, 0];
    this.select = select(() => choose(this.select.value), landscapes);
    this.coordinates = [0, 1].map((k) =>
      h("input", {
        type: "number",
        step: "any",
        "aria-label": `Start ${"xy"[k]}`,
        onchange: (event) => {
          const asked = event.target.value === "" ? this.start[k] : Number(event.target.value);
          move(k === 0 ? [asked, this.start[1]] : [this.start[0], asked]);
        },
      }),
    );
    this.shape = h("div", { class: "fo-row fo-shape" });
    this.noise = new Slider(NOISE, "Gradient", shake);
    this.noise.element.title =
      "Normal noise on every gradient, the same for all; its deviation as a share of the first gradient’s length";
    this.shaped = "";
    /** @type {{name: string, slider: Slider}[]} */
    this.sliders = [];
    this.places = this.coordinates.map((c, k) => field(`Start ${"xy"[k]}`, c));
    this.choice = field("Landscape", this.select);
    const fields = h("div", { class: "fo-scene" }, this.choice, ...this.places);
    this.element = h("div", { class: "fo-scenery" }, fields, this.shape);
  }

  /** Lists the reader's own beside those that the page has. */
  offer() {
    this.select.append(h("option", { value: OWN }, `${LABEL} …`));
  }

  /**
   * @param {Ground} landscape
   * @param {Point} start
   * @param {Numbers} parameters
   * @param {number} noise
   */
  update(landscape, start, parameters, noise) {
    this.start = start;
    this.select.value = landscape.id;
    this.coordinates.forEach((input, k) => {
      if (!input.matches(":focus")) input.value = String(rounded(start[k], 6));
    });
    if (this.shaped !== landscape.id) {
      this.shaped = landscape.id;
      this.sliders = landscape.parameters.map((dial) => {
        const named = { ...dial, symbol: dial.name, meaning: dial.name };
        const set = (/** @type {number} */ value, /** @type {boolean} */ done) =>
          this.reshape({ [dial.name]: value }, done);
        return { name: dial.name, slider: new Slider(named, landscape.label, set) };
      });
      this.shape.replaceChildren(...this.sliders.map(({ slider }) => slider.element));
    }
    for (const { name, slider } of this.sliders) slider.update(parameters[name]);
    this.noise.update(noise);
  }
}
