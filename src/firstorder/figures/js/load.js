// Files that a page's figures need besides their script. What gets lost on its way is asked for again.

import { beside } from "./place.js";

/** Milliseconds to wait before each further try. */
const WAITS = [500, 2000, 8000];

/** @type {(element: HTMLElement) => Promise<boolean>} whether what the element asks for came */
function came(element) {
  return new Promise((done) => {
    element.addEventListener("load", () => done(true));
    element.addEventListener("error", () => done(false));
    document.head.append(element);
  });
}

/**
 * @param {"script" | "link"} tag
 * @param {Record<string, string>} properties
 * @param {number[]} waits
 */
export async function load(tag, properties, waits = WAITS) {
  for (const wait of [...waits, 0]) {
    const element = Object.assign(document.createElement(tag), properties);
    if (await came(element)) return;
    element.remove();
    if (wait) await new Promise((done) => setTimeout(done, wait));
  }
  throw new Error(`could not load ${properties.src ?? properties.href}`);
}

/** @param {string} path */
export const style = (path) => load("link", { rel: "stylesheet", href: beside(path) ?? "" });

/**
 * A loader that begins with each name once, and again when what it asked for was lost.
 * @param {(name: string) => Promise<void>} begin
 */
export function once(begin) {
  /** @type {Map<string, Promise<void>>} */
  const asked = new Map();
  return async (/** @type {string} */ name) => {
    const coming = asked.get(name) ?? begin(name);
    asked.set(name, coming);
    try {
      await coming;
    } catch (error) {
      asked.delete(name);
      throw error;
    }
  };
}

/** @type {Map<string, unknown>} */
const values = new Map();
const arrived = /* @__PURE__ */ once((name) => load("script", { src: beside(`./data/${name}.js`) ?? "" }));

/**
 * Called by each file of `data/`, a script that gives one value.
 * @param {string} name
 * @param {unknown} value
 */
export const give = (name, value) => values.set(name, value);

/**
 * The value in a file of `data/`, which other figures may have asked for too.
 * @param {string} name
 */
export async function given(name) {
  await arrived(name);
  return values.get(name);
}
