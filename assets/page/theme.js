// The page's theme: the system's, or the one that the reader chose, which the head of a page has set already.

export const root = document.documentElement;

const dark = matchMedia("(prefers-color-scheme: dark)");

/** @param {string} mode */
function set(mode) {
  root.dataset.mode = mode;
  root.dataset.theme = mode === "auto" ? (dark.matches ? "dark" : "light") : mode;
  try {
    localStorage.setItem("mode", mode);
    localStorage.setItem("theme", root.dataset.theme); // for figures that stand alone
  } catch {} // kept for this page only
}

dark.addEventListener("change", () => root.dataset.mode === "auto" && set("auto"));
document.querySelector(".theme-switch-button")?.addEventListener("click", () => {
  // The first click always changes something.
  const modes = dark.matches ? ["auto", "light", "dark"] : ["auto", "dark", "light"];
  set(modes[(modes.indexOf(root.dataset.mode ?? "auto") + 1) % 3]);
});
