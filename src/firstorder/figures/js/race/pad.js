// Where a reader draws a digit, and what the networks get of it; with the mouse, a finger or the keys.

/** @import {Theme} from "../types.d.ts" */
/** @import {Stroke} from "./strokes.js" */
import { contextOf } from "../canvas.js";
import { h } from "../dom.js";
import { clamp } from "../numbers.js";
import { pixelsOf } from "./strokes.js";

/** Pixels of the pad and of the picture beside it, and how far a key moves the pen. */
const [WIDE, SMALL, STEP] = [144, 64, 1 / 24];
/** @type {Record<string, [number, number]>} */
const MOVES = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const EMPTY = "Draw a digit here:";
const HOW =
  "Draw a digit here: arrow keys move the pen, the space bar puts it down or lifts it, Delete clears.";

export class Pad {
  /**
   * @param {object} orders
   * @param {(pixels: number[]) => string} orders.draw told of the pixels after each move; says what becomes of them
   * @param {() => void} orders.show asks for an image of the test set
   */
  constructor({ draw, show }) {
    this.ondraw = draw;
    /** @type {Stroke[]} */
    this.strokes = [];
    this.pixels = pixelsOf([]);
    /** @type {[number, number]} */
    this.pen = [0.5, 0.25];
    this.down = false;
    this.focused = false;
    /** @type {Theme | undefined} */
    this.theme = undefined;
    this.sheet = h("canvas", {
      class: "fo-pad",
      width: 2 * WIDE,
      height: 2 * WIDE,
      tabindex: 0,
      role: "application",
      "aria-label": HOW,
      onpointerdown: (event) => this.touch(event),
      onpointermove: (event) => this.move(event),
      onpointerup: () => this.lift(),
      onpointercancel: () => this.lift(),
      onkeydown: (event) => this.key(event),
      onfocus: () => this.focus(true),
      onblur: () => this.focus(false),
    });
    this.small = h("canvas", {
      class: "fo-seen",
      width: 2 * SMALL,
      height: 2 * SMALL,
      "aria-hidden": "true",
    });
    const button = (/** @type {string} */ text, /** @type {() => void} */ onclick) =>
      h("button", { type: "button", onclick }, text);
    this.note = h("p", { class: "fo-hint" }, EMPTY);
    this.element = h(
      "div",
      { class: "fo-drawing" },
      this.note,
      this.sheet,
      h(
        "div",
        {},
        this.small,
        button("From the test set", show),
        button("Clear", () => this.clear()),
      ),
    );
  }

  // ---- the pen

  /** @param {PointerEvent} event */
  touch(event) {
    this.sheet.setPointerCapture?.(event.pointerId);
    this.sheet.focus({ preventScroll: true });
    event.preventDefault();
    this.put(this.place(event));
  }

  /** @param {PointerEvent} event */
  move(event) {
    if (!this.down || !event.buttons) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) this.go(this.place(each));
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const move = MOVES[event.key];
    if (move)
      this.go(
        /** @type {[number, number]} */ (this.pen.map((at, k) => clamp(at + STEP * move[k], 0.04, 0.96))),
      );
    else if (event.key === " ") {
      if (this.down) this.lift();
      else this.put(this.pen);
    } else if (event.key === "Delete" || event.key === "Backspace") this.clear();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /**
   * @param {PointerEvent} event
   * @returns {[number, number]}
   */
  place({ clientX, clientY }) {
    const { left, top, width, height } = this.sheet.getBoundingClientRect();
    return [clamp((clientX - left) / width, 0, 1), clamp((clientY - top) / height, 0, 1)];
  }

  /** @param {[number, number]} place */
  put(place) {
    this.pen = place;
    this.down = true;
    this.strokes.push([place]);
    this.tell();
  }

  /** @param {[number, number]} place */
  go(place) {
    this.pen = place;
    if (!this.down) return this.paint();
    this.strokes[this.strokes.length - 1].push(place);
    this.tell();
  }

  lift() {
    this.down = false;
    this.paint();
  }

  clear() {
    this.down = false;
    this.strokes = [];
    this.tell();
    this.note.textContent = EMPTY;
  }

  /** @param {boolean} focused */
  focus(focused) {
    this.focused = focused;
    if (!focused) this.down = false;
    this.paint();
  }

  tell() {
    this.pixels = pixelsOf(this.strokes);
    this.paint();
    this.note.textContent = this.ondraw(this.pixels);
  }

  /**
   * Shows an image of the test set.
   * @param {number[]} pixels
   * @param {number} label
   */
  show(pixels, label) {
    this.strokes = [];
    this.pixels = pixels;
    this.note.textContent = `Of the test set: a ${label}.`;
    this.paint();
  }

  // ---- drawing

  /** @param {Theme} theme */
  draw(theme) {
    if (this.theme === theme) return;
    this.theme = theme;
    this.paint();
  }

  paint() {
    const { theme } = this;
    if (!theme) return;
    this.small.style.visibility = this.pixels.some(Boolean) ? "" : "hidden";
    this.paintPixels(contextOf(this.small), 2 * SMALL, theme, 1);
    const context = contextOf(this.sheet);
    const size = 2 * WIDE;
    this.paintPixels(context, size, theme, this.strokes.length ? 0 : 0.85);
    context.lineCap = context.lineJoin = "round";
    context.strokeStyle = theme.text;
    context.lineWidth = 0.1 * size;
    for (const stroke of this.strokes) {
      context.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) context.lineTo(size * x, size * y);
      context.stroke();
    }
    if (!this.focused) return;
    context.beginPath();
    context.arc(size * this.pen[0], size * this.pen[1], 0.05 * size, 0, 7);
    context.lineWidth = 4;
    context.strokeStyle = theme.accent;
    context.stroke();
  }

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {number} size
   * @param {Theme} theme
   * @param {number} alpha
   */
  paintPixels(context, size, theme, alpha) {
    context.globalAlpha = 1;
    context.fillStyle = theme.panel;
    context.fillRect(0, 0, size, size);
    context.fillStyle = theme.text;
    this.pixels.forEach((pixel, k) => {
      context.globalAlpha = alpha * pixel;
      context.fillRect(((k % 8) * size) / 8, (Math.floor(k / 8) * size) / 8, size / 8, size / 8);
    });
    context.globalAlpha = 1;
  }
}
