// The page's theme, and how a figure hears of a change.

/** @import {Theme, ThemeName} from "./types.d.ts" */
import { h } from "./dom.js";
import { THEMES } from "./styles.js";

/**
 * The site's, JupyterLab's, Colab's or VS Code's word for it, otherwise the system's.
 * @param {Document} page
 * @param {MediaQueryList} system
 * @returns {ThemeName}
 */
function themeOf({ documentElement: html, body }, system) {
  const jupyter = body.dataset.jpThemeLight && (body.dataset.jpThemeLight === "true" ? "light" : "dark");
  const said = html.dataset.theme ?? html.getAttribute("theme") ?? jupyter ?? body.dataset.vscodeThemeKind;
  if (said && /dark|contrast$/.test(said)) return "dark";
  if (said && /light/.test(said)) return "light";
  return system.matches ? "dark" : "light";
}

/**
 * The theme of a reader who has given the system colours of his or her own: a canvas is drawn, and takes none by itself.
 * Lines keep the colours that tell them apart, those for the ground that is nearest.
 * @returns {Theme}
 */
function ownTheme() {
  const probe = h("i", { style: "forced-color-adjust: none" });
  document.body.append(probe);
  const parts = (/** @type {string} */ name) => {
    probe.style.color = name;
    return (getComputedStyle(probe).color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
  };
  const [ground, text] = ["Canvas", "CanvasText"].map(parts);
  const mixed = (/** @type {number} */ share) =>
    hex(ground.map((part, k) => part + share * (text[k] - part)));
  const [surface, ink, accent, onAccent] = ["Canvas", "CanvasText", "Highlight", "HighlightText"].map(
    (name) => hex(parts(name)),
  );
  probe.remove();
  return {
    name: ground[0] + ground[1] + ground[2] < text[0] + text[1] + text[2] ? "dark" : "light",
    surface,
    panel: surface,
    text: ink,
    muted: ink,
    line: mixed(0.4),
    control: ink,
    accent,
    onAccent,
    warning: ink,
    ink,
    ramp: [0.3, 0.2, 0.1, 0].map(mixed),
  };
}

/** @type {(parts: number[]) => string} */
const hex = (parts) => `#${parts.map((part) => Math.round(part).toString(16).padStart(2, "0")).join("")}`;

/**
 * Tells `changed` of the theme, now and whenever it changes; what it returns ends that.
 * @param {(theme: Theme) => void} changed
 */
export function watchTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const own = matchMedia("(forced-colors: active)");
  const tell = () => changed(own.matches ? ownTheme() : THEMES[themeOf(document, system)]);
  const observer = new MutationObserver(tell);
  for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true });
  for (const query of [system, own]) query.addEventListener("change", tell);
  tell();
  return () => {
    observer.disconnect();
    for (const query of [system, own]) query.removeEventListener("change", tell);
  };
}
