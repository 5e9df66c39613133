// What the comparison and the map both show of an optimizer.

/** @import {Method, Style} from "./types.d.ts" */
import { h, swatch } from "./dom.js";
import { rounded } from "./numbers.js";
import { beside } from "./place.js";

/** @param {Method} method */
export function formula({ label, formula }) {
  const box = h("div", {
    class: "fo-formula",
    tabindex: 0,
    role: "group",
    "aria-label": `Formula of ${label}`,
  });
  box.innerHTML = formula; // MathML
  return box;
}

/**
 * The code, as text or as what stands in its place.
 * @param {Method} method
 * @param {...(string | Node)} lines
 */
export const code = ({ label }, ...lines) =>
  h("pre", { tabindex: 0, role: "group", "aria-label": `Code of ${label}` }, ...lines);

/**
 * A link to the chapter that treats an optimizer; nothing where there is no page to lead to.
 * @param {Method} method
 */
export function chapterLink({ chapter }) {
  const url = chapter && beside(`../chapters/${chapter}.html`);
  return url ? [h("p", {}, h("a", { href: url }, `Chapter: ${chapter.replaceAll("_", " ")}`))] : [];
}

/**
 * A link to where its rule can be edited, on the site.
 * @param {Method} method
 */
export function editLink({ id, label, elementwise }) {
  const url = elementwise && beside("./write_your_own/playground-1.html");
  const name = `Edit the rule of ${label}`;
  return url
    ? [h("p", {}, h("a", { href: `${url}#playground-1?edit=${id}`, "aria-label": name }, "Edit the rule"))]
    : [];
}

/** @type {(style: Style) => string} its colour, whatever the theme */
export const colourOf = ({ light, dark }) => `light-dark(${light}, ${dark})`;

/**
 * A piece of a path in its colour, which follows the theme.
 * @param {Style} style
 */
export const sign = (style) =>
  h("span", { class: "fo-sign", style: `--series: ${colourOf(style)}` }, swatch(style));

/** @type {(method: Method) => string} */
export const bytesOf = ({ bytes }) => `${rounded(bytes, 3)} bytes per parameter`;
