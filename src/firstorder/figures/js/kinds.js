// The kinds of figures: each is a file of its own, which says by `add` that it has come. So is what leads through them.

/** @import {Mathematics, Model} from "./types.d.ts" */
/** @import {Figure} from "./figure.js" */
/** @import {Guide} from "./figures/guide.js" */
import { load, once } from "./load.js";
import { beside } from "./place.js";

/** @typedef {new (model: Model, mathematics: Mathematics) => Figure} Kind */

/** @type {Map<string, unknown>} */
const kinds = new Map();
/** What a reader writes in, above a figure or below an exercise: one file. */
const WRITTEN_IN = ["edit", "ground", "answer", "theirs"];
const arrived = /* @__PURE__ */ once((path) => load("script", { src: beside(path) ?? "" }));

/**
 * Called at the end of each file of `figures/`, with the name that Python has for it (`module`).
 * @param {string} name
 * @param {Kind | typeof Guide} kind
 */
export const add = (name, kind) => kinds.set(name, kind);

/**
 * What has that name, whose file a page asks for when it first needs it; in a notebook it is there.
 * @param {string} name
 */
async function found(name) {
  if (!kinds.has(name)) await arrived(WRITTEN_IN.includes(name) ? "./edit.js" : `./kinds/${name}.js`);
  const kind = kinds.get(name);
  if (!kind) throw new Error(`no figure says that it is ${name}`);
  return kind;
}

/** @type {(name: string) => Promise<Kind>} */
export const kindOf = async (name) => /** @type {Kind} */ (await found(name));

/** @type {() => Promise<typeof Guide>} */
export const leader = async () => /** @type {typeof Guide} */ (await found("guide"));
