// A point that is dragged over a plot.

/** @import {Point} from "./types.d.ts" */
/** @import {Plot} from "./plot.js" */
import { h } from "./dom.js";
import { format } from "./numbers.js";

/** @typedef {object} Options
 * @property {string} label
 * @property {string} describedby the id of the words that say how to move it
 * @property {() => Point} read
 * @property {(x: number, y: number, done: boolean) => void} move
 * @property {() => Point} home where the Home key leads
 * @property {[string, string]} [names] of the two coordinates
 */

/** Keys that move a point. @type {Record<string, Point>} shares of a hundredth of the plot */
export const MOVES = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
  PageUp: [0, 10],
  PageDown: [0, -10],
};

/** A slider in two directions, for mouse, touch and keys. */
export class Handle {
  /**
   * @param {Plot} plot
   * @param {Options} options
   */
  constructor(plot, { label, describedby, read, move, home, names = ["x", "y"] }) {
    this.plot = plot;
    this.read = read;
    this.move = move;
    this.home = home;
    this.names = names;
    /** Where within the ring it is held. @type {Point | null} */
    this.held = null;
    this.element = h("div", {
      class: "fo-handle",
      role: "slider",
      tabindex: 0,
      "aria-valuenow": 0, // until it is drawn
      "aria-label": label,
      "aria-roledescription": "draggable point",
      "aria-describedby": describedby,
      onpointerdown: (event) => this.grab(event),
      onpointermove: (event) => this.drag(event),
      onpointerup: () => this.release(),
      onpointercancel: () => this.release(),
      onkeydown: (event) => this.key(event),
    });
    plot.element.append(this.element);
    // A press anywhere else brings it there.
    plot.element.addEventListener("click", (event) => {
      if (event.target !== this.element) move(...plot.data(...plot.place(event)), true);
    });
  }

  /** @param {PointerEvent} event */
  grab(event) {
    if (event.button) return;
    const { left, top, width, height } = this.element.getBoundingClientRect();
    const middle = this.plot.place({ clientX: left + width / 2, clientY: top + height / 2 });
    const [x, y] = this.plot.place(event);
    this.held = [x - middle[0], y - middle[1]];
    this.element.setPointerCapture(event.pointerId);
    this.element.focus({ preventScroll: true });
    event.preventDefault();
  }

  /** @param {PointerEvent} event */
  drag(event) {
    if (!this.held) return;
    const [x, y] = this.plot.place(event);
    this.move(...this.plot.data(x - this.held[0], y - this.held[1]), false);
  }

  release() {
    if (!this.held) return;
    this.held = null;
    this.move(...this.read(), true);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const [x0, x1, y0, y1] = this.plot.domain;
    const share = event.shiftKey ? 0.001 : 0.01;
    const [x, y] = this.read();
    const move = MOVES[event.key];
    if (move) this.move(x + share * move[0] * (x1 - x0), y + share * move[1] * (y1 - y0), true);
    else if (event.key === "Home") this.move(...this.home(), true);
    else return;
    event.preventDefault();
  }

  update() {
    const [x, y] = this.read();
    const [x0, x1] = this.plot.domain;
    const [xname, yname] = this.names;
    this.element.style.left = `${this.plot.x(x)}px`;
    this.element.style.top = `${this.plot.y(y)}px`;
    const text = `${xname} ${format(x)}, ${yname} ${format(y)}`;
    const aria = { valuemin: x0, valuemax: x1, valuenow: x, valuetext: text };
    for (const [name, value] of Object.entries(aria))
      this.element.setAttribute(`aria-${name}`, String(value));
  }
}
