// Formulas of what a reader writes, set by Temml as the book's own are.

import { h } from "../dom.js";
import { load, once } from "../load.js";
import { beside } from "../place.js";

const arrived = once((path) => load("script", { src: beside(path) ?? "" }));

/** Loads Temml, for all editors of a page once. */
export const typesetter = () => arrived("../python/temml.min.js");

/**
 * A formula in its box; once Temml has come.
 * @param {string} tex
 */
export function typeset(tex) {
  const box = h("div", { class: "fo-formula" });
  /** @type {any} */ (globalThis).temml.render(tex, box, { displayMode: true });
  return box;
}
