// Scripts that a page needs sometimes: loaded when first asked for, and again when they were lost.

import { load } from "../../src/firstorder/figures/js/load.js";
import { root } from "./place.js";

/** @type {Map<string, Promise<void>>} */
const asked = new Map();

/**
 * A classic script, which also a page that was opened from a folder may load.
 * @param {string} path from the site's root
 */
export async function script(path) {
  const coming = asked.get(path) ?? load("script", { src: root + path }, [500]);
  asked.set(path, coming);
  try {
    await coming;
  } catch (error) {
    asked.delete(path);
    throw error;
  }
}
