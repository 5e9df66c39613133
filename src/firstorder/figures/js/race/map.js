// A picture of what a network says of the plane, and the examples that it is trained on.

/** @import {Theme} from "../types.d.ts" */
import { contextOf } from "../canvas.js";
import { h } from "../dom.js";
import { CELLS, REACH } from "./plane.js";

/** @typedef {{places: number[], labels: number[]}} Points */

/** Pixels along a side, two to one of the page. */
const WIDE = 2 * 150;

export class MapView {
  constructor() {
    this.cells = h("canvas", { width: CELLS, height: CELLS });
    this.element = h("canvas", {
      class: "fo-plane-map",
      width: WIDE,
      height: WIDE,
      role: "img",
      "aria-label": "The plane, coloured by the class that this network says",
    });
  }

  /**
   * @param {Theme} theme
   * @param {string} colour of the second class
   * @param {number[] | undefined} said
   * @param {Points | undefined} points
   */
  draw(theme, colour, said, points) {
    const context = contextOf(this.element);
    context.fillStyle = theme.surface;
    context.fillRect(0, 0, WIDE, WIDE);
    if (said) {
      const cells = contextOf(this.cells);
      cells.clearRect(0, 0, CELLS, CELLS);
      said.forEach((share, k) => {
        cells.fillStyle = share > 0.5 ? colour : theme.muted;
        cells.globalAlpha = 0.15 + 0.6 * Math.abs(share - 0.5); // the jump is the line where it decides
        cells.fillRect(k % CELLS, Math.floor(k / CELLS), 1, 1);
      });
      context.drawImage(this.cells, 0, 0, WIDE, WIDE);
    }
    if (!points) {
      Object.assign(context, {
        fillStyle: theme.muted,
        font: "26px system-ui, sans-serif",
        textAlign: "center",
      });
      context.fillText("seen once they race", WIDE / 2, WIDE / 2);
      return;
    }
    const { places, labels } = points;
    context.lineWidth = 1.5;
    context.strokeStyle = theme.text;
    labels.forEach((label, k) => {
      const [x, y] = [places[2 * k], -places[2 * k + 1]];
      context.beginPath();
      context.arc(((x / REACH + 1) * WIDE) / 2, ((y / REACH + 1) * WIDE) / 2, 3.5, 0, 7);
      context.fillStyle = label ? theme.text : theme.surface;
      context.fill();
      context.stroke();
    });
  }
}
