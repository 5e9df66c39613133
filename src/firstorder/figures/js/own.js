// A landscape of the reader's own, in a figure that has others.

/** @import {Domain} from "./types.d.ts" */
/** @import {Ground} from "./scenery.js" */
import { neat } from "./numbers.js";

export const OWN = "own";
/** What it is called. */
export const LABEL = "Your own f(x, y)";

/**
 * It has another edition than the last, so that nothing that was computed for that is taken for it.
 * @param {Domain} domain
 * @param {Ground} [last]
 * @returns {Ground & {edition: string}}
 */
export function ownGround(domain, last) {
  const [x0, x1, y0, y1] = domain;
  const number = Number(last?.edition?.replace(/\D/g, "") ?? 0) + 1;
  return {
    id: OWN,
    edition: `${OWN} ${number}`,
    label: LABEL,
    domain,
    start: [neat(x0 + 0.15 * (x1 - x0), x0, x1), neat(y0 + 0.8 * (y1 - y0), y0, y1)],
    parameters: [],
    rates: {},
  };
}
