// Where a landscape of which nothing is known is lowest on its map.

/** @import {Domain, Ground, Point} from "../types.d.ts" */

/** So many points that are as low are no few places, of which each may lie between four of them. */
const LINE = 32;
/** Points of a grid along an axis; how many of its hollows are gone down; how many trials each, and Newton's steps. */
const [COUNT, HOLLOWS, TRIALS, STEPS] = [101, 9, 500, 40];
const AROUND = [-1, 0, 1].flatMap((i) => [-1, 0, 1].map((j) => [i, j])).filter(([i, j]) => i || j);

/**
 * The lowest places, of a grid's hollows and from there by ever smaller steps; several if they are as low. None where it
 * falls without end, or is as low along a line.
 * @param {Pick<Ground, "value" | "gradient">} ground
 * @param {Domain} domain
 * @returns {Point[]}
 */
export function lowest({ value, gradient }, [x0, x1, y0, y1]) {
  const [dx, dy] = [(x1 - x0) / (COUNT - 1), (y1 - y0) / (COUNT - 1)];
  /** Infinite where there is none, so that nothing goes there. @type {(x: number, y: number) => number} */
  const f = (x, y) => {
    const found = x < x0 || x > x1 || y < y0 || y > y1 ? Infinity : value(x, y, {});
    return Number.isNaN(found) ? Infinity : found;
  };
  const at = (/** @type {number} */ n, /** @type {number} */ from, /** @type {number} */ d) => from + n * d;
  const heights = Float64Array.from({ length: COUNT * COUNT }, (_, n) =>
    f(at(n % COUNT, x0, dx), at(Math.floor(n / COUNT), y0, dy)),
  );
  const hollow = (/** @type {number} */ n) => {
    const [i, j] = [n % COUNT, Math.floor(n / COUNT)];
    const beside = AROUND.filter(([a, b]) => i + a >= 0 && i + a < COUNT && j + b >= 0 && j + b < COUNT).map(
      ([a, b]) => heights[n + a + b * COUNT],
    );
    return beside.every((height) => height >= heights[n]) && beside.some((height) => height > heights[n]);
  };
  const hollows = [...heights.keys()]
    .filter((n) => heights[n] < Infinity && hollow(n))
    .sort((n, m) => heights[n] - heights[m]);
  if (hollows.length > LINE && alike(heights[hollows[LINE]], heights[hollows[0]])) return [];
  const places = hollows
    .slice(0, HOLLOWS)
    .map((n) => down(f, [at(n % COUNT, x0, dx), at(Math.floor(n / COUNT), y0, dy)], [dx, dy]))
    .map(({ place }) => newton(f, gradient, place, [dx, dy]));
  const least = Math.min(...places.map(({ height }) => height));
  if (!Number.isFinite(least)) return [];
  return places
    .filter(({ height }) => alike(height, least))
    .map(({ place }) => place)
    .filter(([x, y], k, all) =>
      all.slice(0, k).every(([a, b]) => Math.abs(x - a) > dx || Math.abs(y - b) > dy),
    );
}

/** @type {(height: number, least: number) => boolean} */
const alike = (height, least) => height <= least + 1e-9 * (1 + Math.abs(least));

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

/**
 * Along a curved valley by Newton's method, whose second derivatives are differences; as far as it leads down.
 * @param {(x: number, y: number) => number} f
 * @param {Ground["gradient"]} gradient
 * @param {Point} from
 * @param {Point} sizes
 */
function newton(f, gradient, [x, y], [dx, dy]) {
  let height = f(x, y);
  const slope = (/** @type {number} */ a, /** @type {number} */ b) => {
    const out = new Float64Array(2);
    gradient(a, b, {}, out);
    return out;
  };
  const [hx, hy] = [dx * 1e-4, dy * 1e-4];
  for (let k = 0; k < STEPS; k++) {
    const [gx, gy] = slope(x, y);
    const [right, left, above, below] = [
      slope(x + hx, y),
      slope(x - hx, y),
      slope(x, y + hy),
      slope(x, y - hy),
    ];
    const xx = (right[0] - left[0]) / (2 * hx);
    const yy = (above[1] - below[1]) / (2 * hy);
    const xy = ((right[1] - left[1]) / (2 * hx) + (above[0] - below[0]) / (2 * hy)) / 2;
    const determinant = xx * yy - xy * xy;
    if (!(determinant > 0)) break;
    let [sx, sy] = [(xy * gy - yy * gx) / determinant, (xy * gx - xx * gy) / determinant];
    for (let halves = 0; halves < 20 && !(f(x + sx, y + sy) < height); halves++) [sx, sy] = [sx / 2, sy / 2];
    const next = f(x + sx, y + sy);
    if (!(next < height)) break;
    [x, y, height] = [x + sx, y + sy, next];
  }
  return { height, place: /** @type {Point} */ ([x, y]) };
}
