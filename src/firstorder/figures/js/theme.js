// The page's theme, and how a figure hears of a change.

/** @import {ThemeName} from "./types.d.ts" */

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
 * Tells `changed` of the theme, now and whenever it changes; what it returns ends that.
 * @param {(name: ThemeName) => void} changed
 */
export function watchTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => changed(themeOf(document, system));
  const observer = new MutationObserver(tell);
  for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true });
  system.addEventListener("change", tell);
  tell();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", tell);
  };
}
