// Drawing on a canvas.

/** @import {Look} from "./types.d.ts" */

export const FONT = "600 12px system-ui, sans-serif";

/** @param {HTMLCanvasElement} canvas */
export function contextOf(canvas) {
  const context = canvas.getContext("2d");
  if (!context) throw new Error("This browser draws on no canvas.");
  return context;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} path
 * @param {Look} look
 */
export function stroke(context, path, { colour, dash = [], width = 2, alpha = 1 }) {
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.globalAlpha = 1;
}

/** @type {Map<string, Path2D>} */
const shapes = new Map();

/** @param {string} path */
function shape(path) {
  let found = shapes.get(path);
  if (!found) {
    found = new Path2D(path);
    shapes.set(path, found);
  }
  return found;
}

/**
 * A sign with a halo.
 * @param {CanvasRenderingContext2D} context
 * @param {string} path
 * @param {number} x
 * @param {number} y
 * @param {string} fill
 * @param {string} halo
 * @param {number} [scale]
 */
export function stamp(context, path, x, y, fill, halo, scale = 1) {
  context.save();
  context.translate(x, y);
  context.scale(scale, scale);
  context.setLineDash([]);
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.stroke(shape(path));
  context.fillStyle = fill;
  context.fill(shape(path));
  context.restore();
}

/** @param {CanvasRenderingContext2D} context */
function setFont(context) {
  if (context.font !== FONT) context.font = FONT;
}

/** @type {Map<string, number>} */
const breadths = new Map();

/**
 * How broad a text is. To set a font and to measure make the browser style the whole page anew if anything in it has
 * changed, as a slider does with every move: each text is measured once.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 */
export function breadth(context, text) {
  let found = breadths.get(text);
  if (found === undefined) {
    setFont(context);
    found = context.measureText(text).width;
    breadths.set(text, found);
  }
  return found;
}

/**
 * Text with a halo.
 * @param {CanvasRenderingContext2D} context
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {string} colour
 * @param {string} halo
 * @param {CanvasTextAlign} align
 */
export function write(context, text, x, y, colour, halo, align) {
  setFont(context);
  Object.assign(context, { textAlign: align, textBaseline: "middle", lineWidth: 3.5 });
  context.setLineDash([]);
  context.strokeStyle = halo;
  context.strokeText(text, x, y);
  context.fillStyle = colour;
  context.fillText(text, x, y);
}

/**
 * The part of a segment inside [0, width] × [0, height] (Liang and Barsky), or null.
 * @param {number} x0
 * @param {number} y0
 * @param {number} x1
 * @param {number} y1
 * @param {number} width
 * @param {number} height
 */
export function cutAtFrame(x0, y0, x1, y1, width, height) {
  const dx = x1 - x0;
  const dy = y1 - y0;
  let enter = 0;
  let leave = 1;
  for (const [direction, room] of [
    [-dx, x0],
    [dx, width - x0],
    [-dy, y0],
    [dy, height - y0],
  ]) {
    if (direction === 0 && room < 0) return null;
    if (direction < 0) enter = Math.max(enter, room / direction);
    if (direction > 0) leave = Math.min(leave, room / direction);
  }
  if (enter > leave) return null;
  const end = leave === 1 ? [x1, y1] : [x0 + leave * dx, y0 + leave * dy];
  return [x0 + enter * dx, y0 + enter * dy, end[0], end[1]];
}
