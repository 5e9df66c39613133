// A page that holds one figure and nothing else: for a projector, and to embed in other sites.

/** Pixels of a figure that is as wide as the window, and of its height that is to be seen at once. */
const [WIDE, HIGH] = [1080, 720];
/** Shares of their height that plots may be lowered to, so that what moves them is in sight as well. */
const LOWER = [1, 0.9, 0.8, 0.7, 0.6, 0.5];

/** @type {() => boolean} */
export const alone = () => document.body.classList.contains("firstorder-alone");

/** The theme that the address asks for, or that the reader has chosen on the book's pages. */
function wanted() {
  const asked = new URLSearchParams(location.search).get("theme");
  try {
    return asked ?? localStorage.getItem("theme");
  } catch {
    return asked; // a browser that keeps nothing
  }
}

/**
 * Lets a figure that stands alone fill its window, on a larger one in larger letters; in a frame of another page,
 * which was made as high as the figure, only while that fills the screen.
 * @param {HTMLElement} host
 */
export function enlarge(host) {
  if (!alone()) return;
  const colour = () => {
    const theme = wanted();
    const dark =
      theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
  };
  addEventListener("storage", colour); // the reader has chosen otherwise, on the page that it stands in or on another
  colour();
  const fit = () => {
    const zoom = Math.min(innerWidth / WIDE, innerHeight / HIGH);
    const framed = window !== top && !document.fullscreenElement;
    host.style.setProperty("zoom", String(framed ? 1 : Math.max(1, zoom)));
    for (const share of framed || innerWidth < WIDE ? [1] : LOWER) {
      host.style.setProperty("--share", String(share));
      if (document.documentElement.scrollHeight <= innerHeight) break;
    }
  };
  new ResizeObserver(fit).observe(host); // it grows when it is drawn
  addEventListener("resize", fit);
  document.addEventListener("fullscreenchange", fit);
  fit();
}
