// How optimizers are told apart, and the colours of the page: all from tokens.json, which Python reads too.

/** @import {Style, Theme, ThemeName} from "./types.d.ts" */
import tokens from "../tokens.json" with { type: "json" };

/** @typedef {{color: string, dash: string, mark: string}} Token */

/** @type {Record<string, {light: string, dark: string}>} */
const colours = tokens.colors;
/** @type {Record<string, number[]>} */
const dashes = tokens.dashes;
/** @type {Record<string, {path: string}>} */
const marks = tokens.marks;
/** @type {Record<string, Token>} */
const methods = tokens.methods;

/** @type {(token: Token) => Style} */
const style = ({ color, dash, mark }) => ({
  ...colours[color],
  dash: dashes[dash],
  marker: marks[mark].path,
});

/** Styles for what has none of its own. */
export const SERIES = tokens.series.map(style);

/** @type {Map<string, Style>} */
const known = new Map(Object.entries(methods).map(([key, token]) => [key, style(token)]));

/** @type {(key: string) => Style | undefined} */
export const styleOf = (key) => known.get(key);

/**
 * An optimizer keeps its own style; a copy, or one that has none, takes one whose colour no one uses.
 * @param {string[]} keys
 */
export function stylesOf(keys) {
  const used = new Set(keys.map((key) => styleOf(key)?.light));
  const given = new Set();
  return keys.map((key) => {
    let style = styleOf(key);
    if (!style || given.has(style)) style = SERIES.findLast(({ light }) => !used.has(light)) ?? SERIES[0];
    given.add(style);
    used.add(style.light);
    return style;
  });
}

/** @type {Record<ThemeName, Theme>} */
export const THEMES = {
  light: { name: "light", ...tokens.themes.light },
  dark: { name: "dark", ...tokens.themes.dark },
};

export const SQUARE = marks.square.path;
export const DISC = marks.circle.path;
export const CROSS = "M-6-4L-4-6L0-2L4-6L6-4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0z";
export const STAR = "M0-8L2-2.6L7.6-2.5L3.2 1L4.7 6.5L0 3.3L-4.7 6.5L-3.2 1L-7.6-2.5L-2-2.6z";
