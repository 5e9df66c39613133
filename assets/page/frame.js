// The frame of a page: its sidebars on a small screen, its tools, where one is in it, and paper.

import { root } from "./theme.js";

/** @type {(selector: string) => HTMLElement | null} */
const find = (selector) => document.querySelector(selector);
const wide = matchMedia("(min-width: 960px)");

/** @param {HTMLDialogElement} dialog */
function closesOnItsBackdrop(dialog) {
  dialog.addEventListener("click", ({ target }) => target === dialog && dialog.close());
}

// Sidebars: beside the page where there is room, over it where there is none.

/**
 * What a sidebar holds, and how it looks, goes into its dialog and back.
 * @param {Element} from
 * @param {Element} to
 */
function move(from, to) {
  to.append(...from.childNodes);
  to.className = from.className;
  from.className = "";
}

for (const name of ["primary", "secondary"]) {
  const sidebar = find(`#pst-${name}-sidebar`);
  const dialog = /** @type {HTMLDialogElement | null} */ (find(`#pst-${name}-sidebar-modal`));
  if (!sidebar || !dialog) continue;
  const toggle = find(`.${name}-toggle`);
  toggle?.addEventListener("click", () => {
    if (name === "primary" && wide.matches) sidebar.toggleAttribute("hidden");
    else {
      move(sidebar, dialog);
      dialog.showModal();
    }
  });
  dialog.addEventListener("close", () => move(dialog, sidebar));
  dialog.addEventListener("click", ({ target }) => {
    if (/** @type {Element} */ (target).closest("a")) dialog.close(); // it may lead to a place on this page
  });
  closesOnItsBackdrop(dialog);
}

// Search

const search = /** @type {HTMLDialogElement | null} */ (find("#pst-search-dialog"));

function ask() {
  const field = /** @type {HTMLInputElement | null} */ (find("main .bd-search input"));
  if (field) return field.select(); // the page of the search has its own
  if (search?.open) return search.close();
  /** @type {NodeListOf<HTMLDialogElement>} */
  const open = document.querySelectorAll("dialog[open]");
  for (const dialog of open) dialog.close();
  search?.showModal();
}

if (search) closesOnItsBackdrop(search);
for (const button of document.querySelectorAll(".search-button__button"))
  button.addEventListener("click", ask);
addEventListener("keydown", (event) => {
  if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey) || event.shiftKey || event.altKey)
    return;
  event.preventDefault();
  ask();
});
if (navigator.platform.startsWith("Mac"))
  for (const key of document.querySelectorAll(".kbd-shortcut__modifier")) key.textContent = "⌘";

// Full screen, and menus of what opens a notebook elsewhere

find(".btn-fullscreen-button")?.addEventListener("click", () => {
  if (document.fullscreenElement) document.exitFullscreen();
  else root.requestFullscreen?.();
});

for (const button of document.querySelectorAll(".dropdown-toggle")) {
  /** @param {boolean} open */
  const set = (open) => {
    button.classList.toggle("show", open);
    button.setAttribute("aria-expanded", String(open));
  };
  button.addEventListener("click", () => set(!button.classList.contains("show")));
  button.parentElement?.addEventListener("focusout", ({ relatedTarget }) => {
    if (!button.parentElement?.contains(/** @type {Node | null} */ (relatedTarget))) set(false);
  });
  button.parentElement?.addEventListener("keydown", (event) => event.key === "Escape" && set(false));
}

// Where one is: in the last section that began above the middle of the screen; and a way back up when one turns back.

const contents = find("#pst-page-toc-nav");
if (contents) {
  /** @type {Map<Element, {link: Element, begun: boolean}>} */
  const places = new Map();
  for (const link of contents.querySelectorAll("a")) {
    const place = document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (place) places.set(place, { link, begun: false });
  }
  const passing = new IntersectionObserver(
    (entries) => {
      for (const { isIntersecting, target } of entries) {
        const place = places.get(target);
        if (place) place.begun = isIntersecting;
      }
      const here = [...places.values()].findLast(({ begun }) => begun)?.link;
      for (const { link } of places.values()) {
        link.classList.toggle("active", link === here);
        if (link === here) link.setAttribute("aria-current", "true");
        else link.removeAttribute("aria-current");
      }
    },
    { rootMargin: "9999999px 0px -45% 0px" },
  );
  for (const place of places.keys()) passing.observe(place);
}

const up = find("#pst-back-to-top");
let [before, height] = [scrollY, 0];
up?.addEventListener("click", () => scrollTo({ top: 0 }));
addEventListener(
  "scroll",
  () => {
    const { scrollHeight } = root; // a section above that takes its own height moves the page, too, and turns nobody back
    if (up && scrollHeight === height)
      up.style.display = scrollY < before && scrollY > innerHeight ? "block" : "none";
    [before, height] = [scrollY, scrollHeight];
  },
  { passive: true },
);

const top = find(".sbt-scroll-pixel-helper");
if (top)
  new IntersectionObserver(([{ boundingClientRect }]) => {
    document.body.classList.toggle("scrolled", boundingClientRect.y < 0);
  }).observe(top);

// What is wider than its place scrolls by itself: the keyboard must reach it, and only then. A table that fits needs no
// box to scroll in, in which its head would stay.

const makeReachable = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    const fits = target.scrollWidth <= target.clientWidth;
    target.classList.toggle("fits", fits);
    if (fits) target.removeAttribute("tabindex");
    else target.setAttribute("tabindex", "0");
  }
});
const WIDE = ".formula-box, .bd-article pre, .pst-scrollable-table-container, .bd-article .output";
for (const element of document.querySelectorAll(WIDE)) makeReachable.observe(element);

// The current chapter, in a book longer than the screen

const current = find(".bd-sidebar-primary .current.active");
const sidebar = find("#pst-primary-sidebar");
if (current && sidebar && wide.matches)
  requestAnimationFrame(() => {
    if (current.offsetTop > innerHeight * 0.8) sidebar.scrollTop = current.offsetTop - innerHeight / 3;
  });

// Paper is white: what is printed in the dark would be pale on it. And it shows what is off the screen.

/** @type {string | undefined} */
let theme;
addEventListener("beforeprint", () => {
  theme = root.dataset.theme;
  root.dataset.theme = "light";
});
addEventListener("afterprint", () => {
  root.dataset.theme = theme;
});
