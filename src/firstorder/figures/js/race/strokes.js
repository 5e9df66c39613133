// What a reader draws, as the digits were made: a bitmap of 32 × 32, of which each pixel counts the black in 4 × 4.

/** @typedef {[number, number][]} Stroke points in [0, 1], from the upper left */

const [SIDE, CELL] = [32, 4];
/** Half the breadth of a pen that draws like those of the data, in places of the bitmap. */
const PEN = 1.7;
/** How high a digit is: all are as high as the bitmap, or as broad. */
const ROOM = SIDE - 2 * PEN;

/**
 * The 64 pixels of some strokes, from 0 to 1, which are moved to the middle and enlarged as the digits were.
 * @param {Stroke[]} strokes
 */
export function pixelsOf(strokes) {
  const pixels = new Array((SIDE / CELL) ** 2).fill(0);
  const points = strokes.flat();
  if (!points.length) return pixels;
  const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
  const [left, right, top, bottom] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min(ROOM / Math.max(right - left, 0.05), ROOM / Math.max(bottom - top, 0.05));
  const x = (/** @type {number} */ at) => SIDE / 2 + scale * (at - (left + right) / 2);
  const y = (/** @type {number} */ at) => SIDE / 2 + scale * (at - (top + bottom) / 2);
  const black = new Uint8Array(SIDE * SIDE);
  for (const stroke of strokes)
    stroke.forEach((end, k) => {
      const start = stroke[Math.max(0, k - 1)];
      const [x0, y0, x1, y1] = [x(start[0]), y(start[1]), x(end[0]), y(end[1])];
      const parts = Math.max(1, Math.ceil(2 * Math.hypot(x1 - x0, y1 - y0)));
      for (let n = 0; n <= parts; n++) dot(black, x0 + (n / parts) * (x1 - x0), y0 + (n / parts) * (y1 - y0));
    });
  for (let row = 0; row < SIDE; row++)
    for (let column = 0; column < SIDE; column++)
      pixels[Math.floor(row / CELL) * (SIDE / CELL) + Math.floor(column / CELL)] +=
        black[row * SIDE + column] / CELL ** 2;
  return pixels;
}

/**
 * @param {Uint8Array} black
 * @param {number} x
 * @param {number} y
 */
function dot(black, x, y) {
  for (let row = Math.max(0, Math.floor(y - PEN)); row < Math.min(SIDE, y + PEN); row++)
    for (let column = Math.max(0, Math.floor(x - PEN)); column < Math.min(SIDE, x + PEN); column++)
      if (Math.hypot(column + 0.5 - x, row + 0.5 - y) <= PEN) black[row * SIDE + column] = 1;
}
