// What a network says of every place in the plane.

/** @import {Floats, Network} from "./network.js" */

/** Inputs of a network whose examples are places in the plane. */
export const PLANE = 2;
/** Cells along a side, of a square that reaches this far to each side of 0. */
export const [CELLS, REACH] = [36, 2.4];

/**
 * The probability of the second class at the middle of every cell, from the upper left.
 * @param {Network} network
 * @param {Floats} p
 */
export function mapOf(network, p) {
  const at = (/** @type {number} */ k) => ((2 * k + 1) / CELLS - 1) * REACH;
  return Array.from({ length: CELLS ** 2 }, (_, k) => {
    const place = network.kind.of(at(k % CELLS), -at(Math.floor(k / CELLS)));
    return network.says(p, place)[1];
  });
}
