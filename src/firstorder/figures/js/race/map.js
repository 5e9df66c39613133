// A picture of what a network says of the plane, and the examples that it is trained on.

/** @import {Theme} from "../types.d.ts" */
import { contextOf } from "../canvas.js";
import { rgb } from "../contours.js";
import { h } from "../dom.js";
import { CELLS, REACH } from "./plane.js";

/** @typedef {{places: number[], labels: number[]}} Points */

/** Pixels along a side, two to one of the page. */
const WIDE = 2 * 150;

export class MapView {
  constructor() {
    this.cells = h("canvas", { width: CELLS, height: CELLS });
    this.dots = h("canvas", { width: WIDE, height: WIDE });
    this.element = h("canvas", {
      class: "fo-plane-map",
      width: WIDE,
      height: WIDE,
      role: "img",
      "aria-label": "The plane, coloured by the class that this network says",
    });
    /** What is drawn: a race draws its charts more often than it has something new to say of the plane. */
    this.drawn = /** @type {unknown[]} */ ([]);
  }

  /**
   * @param {Theme} theme
   * @param {string} colour of the second class
   * @param {number[] | undefined} said
   * @param {Points | undefined} points
   */
  draw(theme, colour, said, points) {
    const [oldTheme, , oldPoints] = this.drawn;
    const now = [theme, said, points, colour];
    if (this.drawn.length && now.every((what, k) => what === this.drawn[k])) return;
    this.drawn = now;
    const context = contextOf(this.element);
    context.fillStyle = theme.surface;
    context.fillRect(0, 0, WIDE, WIDE);
    if (!points) {
      Object.assign(context, {
        fillStyle: theme.muted,
        font: "26px system-ui, sans-serif",
        textAlign: "center",
      });
      context.fillText("seen once they race", WIDE / 2, WIDE / 2);
      return;
    }
    if (said) {
      this.paint(said, rgb(theme.muted), rgb(colour));
      context.drawImage(this.cells, 0, 0, WIDE, WIDE);
    }
    if (theme !== oldTheme || points !== oldPoints) this.dot(points, theme);
    context.drawImage(this.dots, 0, 0);
  }

  /**
   * @param {number[]} said
   * @param {number[]} first the colour of the first class
   * @param {number[]} second
   */
  paint(said, first, second) {
    const image = new ImageData(CELLS, CELLS);
    said.forEach((share, k) => {
      image.data.set(share > 0.5 ? second : first, 4 * k);
      image.data[4 * k + 3] = 255 * (0.15 + 0.6 * Math.abs(share - 0.5)); // the jump is the line where it decides
    });
    contextOf(this.cells).putImageData(image, 0, 0);
  }

  /**
   * Those of the second class are filled.
   * @param {Points} points
   * @param {Theme} theme
   */
  dot({ places, labels }, theme) {
    const context = contextOf(this.dots);
    context.clearRect(0, 0, WIDE, WIDE);
    context.lineWidth = 1.5;
    context.strokeStyle = theme.text;
    labels.forEach((label, k) => {
      const [x, y] = [places[2 * k], -places[2 * k + 1]].map((at) => ((at / REACH + 1) * WIDE) / 2);
      context.beginPath();
      context.arc(x, y, 3.5, 0, 7);
      context.fillStyle = label ? theme.text : theme.surface;
      context.fill();
      context.stroke();
    });
  }
}
