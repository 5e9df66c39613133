// Where a landscape of which nothing is known is lowest on its map.

/** @import {Domain, Point} from "../types.d.ts" */

/** Points of a grid along an axis; how many of its hollows are gone down, and in how many trials each. */
const [COUNT, HOLLOWS, TRIALS] = [101, 5, 3000];
const AROUND = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [i, j])).filter(([i, j]) => i || j);

/**
 * The lowest places, of a grid's hollows and from there by ever smaller steps; several if they are as low. None where it
 * falls without end.
 * @param {(x: number, y: number) => number} value
 * @param {Domain} domain
 * @returns {Point[]}
 */
export function lowest(value, [x0, x1, y0, y1]) {
  const [dx, dy] = [(x1 - x0) / (COUNT - 1), (y1 - y0) / (COUNT - 1)];
  /** Infinite where there is none, so that nothing goes there. @type {(x: number, y: number) => number} */
  const f = (x, y) => {
    const found = x < x0 || x > x1 || y < y0 || y > y1 ? Infinity : value(x, y);
    return Number.isNaN(found) ? Infinity : found;
  };
  const at = (/** @type {number} */ n, /** @type {number} */ from, /** @type {number} */ d) => from + n * d;
  const heights = Float64Array.from({ length: COUNT * COUNT }, (_, n) =>
    f(at(n % COUNT, x0, dx), at(Math.floor(n / COUNT), y0, dy)),
  );
  const hollow = (/** @type {number} */ n) => {
    const [i, j] = [n % COUNT, Math.floor(n / COUNT)];
    return AROUND.every(([a, b]) => {
      const inside = i + a >= 0 && i + a < COUNT && j + b >= 0 && j + b < COUNT;
      return !inside || heights[n] <= heights[n + a + b * COUNT];
    });
  };
  const places = [...heights.keys()]
    .filter((n) => heights[n] < Infinity && hollow(n))
    .sort((n, m) => heights[n] - heights[m])
    .slice(0, HOLLOWS)
    .map((n) => down(f, [at(n % COUNT, x0, dx), at(Math.floor(n / COUNT), y0, dy)], [dx, dy]));
  const least = Math.min(...places.map(({ height }) => height));
  if (!Number.isFinite(least)) return [];
  const as = least + 1e-9 * (1 + Math.abs(least));
  return places
    .filter(({ height }) => height <= as)
    .map(({ place }) => place)
    .filter(([x, y], k, all) =>
      all.slice(0, k).every(([a, b]) => Math.abs(x - a) > dx || Math.abs(y - b) > dy),
    );
}

/**
 * From a place down by steps, in the direction that was best last or any other, half as long when none leads on.
 * @param {(x: number, y: number) => number} f
 * @param {Point} from
 * @param {Point} steps
 */
function down(f, [x, y], [dx, dy]) {
  let height = f(x, y);
  for (let trials = 0; trials < TRIALS && dx > 1e-12 * (1 + Math.abs(x)); ) {
    const better = AROUND.find(([i, j]) => {
      trials++;
      return f(x + i * dx, y + j * dy) < height;
    });
    if (better) {
      [x, y] = [x + better[0] * dx, y + better[1] * dy];
      height = f(x, y);
    } else [dx, dy] = [dx / 2, dy / 2];
  }
  return { height, place: /** @type {Point} */ ([x, y]) };
}
