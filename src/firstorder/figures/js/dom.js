// Elements.

/** @import {Style} from "./types.d.ts" */

/** @typedef {string | number | boolean | undefined | ((event: any) => void)} Attribute */
/** @typedef {Record<string, Attribute>} Attributes */
/** @typedef {string | Node} Child */

/** An id that no other figure has, of whatever copy of this module. */
export const unique = () => `fo-${Math.random().toString(36).slice(2)}`;

/**
 * @template {Element} T
 * @param {T} node
 * @param {Attributes} attributes
 * @param {Child[]} children
 */
function filled(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false)
      node.setAttribute(name, value === true ? "" : String(value));
  }
  node.append(...children);
  return node;
}

/**
 * An element: attributes, `on…` listeners, children.
 * @template {keyof HTMLElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export const h = (tag, attributes = {}, ...children) =>
  filled(document.createElement(tag), attributes, children);

/**
 * @template {keyof SVGElementTagNameMap} T
 * @param {T} tag
 * @param {Attributes} [attributes]
 * @param {...Child} children
 */
export const svg = (tag, attributes = {}, ...children) =>
  filled(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

/** @param {string} path */
export const icon = (path) =>
  svg(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" },
    svg("path", { d: path, fill: "currentColor" }),
  );

/**
 * A piece of a curve, in the colour of its surroundings.
 * @param {Pick<Style, "dash" | "marker">} style
 */
export function swatch({ dash, marker }) {
  const [stroke, width] = ["var(--series)", 2];
  const line = svg("path", {
    d: "M2 8H34",
    stroke,
    "stroke-width": width,
    "stroke-dasharray": dash.join(" "),
    fill: "none",
  });
  const sign = svg("path", {
    d: marker,
    transform: "translate(18 8)",
    fill: stroke,
    stroke: "var(--fo-surface)",
  });
  return svg("svg", { viewBox: "0 0 36 16", width: 36, height: 16, "aria-hidden": "true" }, line, sign);
}

/**
 * One of a few, from a list.
 * @param {() => void} onchange
 * @param {Iterable<{id: string, label: string}>} options
 */
export const select = (onchange, options) =>
  h("select", { onchange }, ...[...options].map(({ id, label }) => h("option", { value: id }, label)));

/**
 * @param {string} label
 * @param {HTMLElement} control
 */
export const field = (label, control) => h("label", { class: "fo-field" }, label, control);
