// A figure's state in an address: `#playground-1?landscape=beale&steps=120`.

/** @import {State} from "./types.d.ts" */

/**
 * JSON without the quotes that names do not need.
 * @param {unknown} value
 */
const written = (value) =>
  JSON.stringify(value)
    .replace(/"([A-Za-z_]\w*)"/g, "$1")
    .replace(/[^\w.,:;{}[\]()+\-*/!~@$]/g, encodeURIComponent);

/** Characters of a fragment that is read: a figure's own links are a tenth of that. */
const MOST = 20_000;

/**
 * In time that grows as the text does: a quote that is not closed takes all that follows.
 * @param {string} text
 * @returns {unknown}
 */
const read = (text) =>
  JSON.parse(
    text.replace(/"(?:[^"\\]|\\[\s\S])*(?:"|\\?$)|-?\d[\w.+-]*|[A-Za-z_]\w*/g, (word) =>
      /^[A-Za-z_]/.test(word) && !/^(true|false|null)$/.test(word) ? `"${word}"` : word,
    ),
  );

/**
 * @param {string} id
 * @param {State} changes
 */
export function fragmentOf(id, changes) {
  const said = Object.entries(changes).map(([name, value]) => `${name}=${written(value)}`);
  return `#${id}${said.length ? "?" : ""}${said.join("&")}`;
}

/**
 * The figure that a fragment speaks of, what it says of it, and whether some of that cannot be read.
 * @param {string} fragment
 */
export function asked(fragment) {
  const [id, said = ""] = fragment.replace(/^#/, "").split(/\?(.*)/s);
  /** @type {Record<string, unknown>} */
  const state = Object.create(null);
  if (said.length > MOST) return { id, state, lost: true };
  let lost = false;
  for (const part of said.split("&")) {
    const [, name, value] = part.match(/^(\w+)=(.*)$/s) ?? [];
    try {
      if (name) state[name] = read(decodeURIComponent(value));
      else lost ||= part !== "";
    } catch {
      lost = true; // written by hand, and wrong
    }
  }
  return { id, state, lost };
}
