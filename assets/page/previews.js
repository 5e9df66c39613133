// Shows what a link inside the book leads to while it is pointed at or has the focus, or after a first tap; Escape
// closes it. What lies on this page is taken from it; the rest comes from previews/<page>.js, when first needed.

import { h } from "../../src/firstorder/figures/js/dom.js";
import { script } from "./load.js";
import { page } from "./place.js";

const LINKS = "article a.reference.internal:not(.see)"; // one that moves a figure shows what it does by doing it
/** @type {{link: HTMLAnchorElement, close: () => void} | null} */
let shown = null;
let timer = 0;

/** What other pages have, by the links to it. @returns {Promise<Record<string, string>>} */
async function fromOtherPages() {
  await script(`previews/${page}.js`);
  return /** @type {any} */ (window).previews;
}

/** @param {string} address @returns {Promise<Element | null>} */
async function target(address) {
  if (address.startsWith("#")) return document.getElementById(decodeURIComponent(address.slice(1)));
  const page = document.createElement("template");
  page.innerHTML = (await fromOtherPages())[address] ?? "";
  return page.content.firstElementChild;
}

/** The `<dd>` of a term, which it may share with terms that follow. @param {Element} term */
function meaning(term) {
  /** @type {Element | null} */
  let next = term;
  while (next && !next.matches("dd")) next = next.nextElementSibling;
  return next;
}

/** A copy of what says most: a heading with its first words, a term with its meaning, or the thing itself. @param {Element} found */
function glance(found) {
  const box = document.createElement("div");
  const section = found.matches("section")
    ? found
    : found.matches("span:empty") && (found.closest("section") ?? found.parentElement);
  const parts = section
    ? [section.querySelector("h1, h2, h3, h4"), section.querySelector("p")]
    : found.matches("dt")
      ? [found, meaning(found)?.querySelector("p")]
      : found.matches(".citation")
        ? [found.querySelector("p")]
        : found.matches("td *")
          ? [...(found.closest("tr")?.querySelectorAll("td > *") ?? [])]
          : [found];
  for (const part of parts) if (part) box.append(part.cloneNode(true));
  for (const extra of box.querySelectorAll("script, style, .headerlink, .copybtn, .firstorder-widget"))
    extra.remove();
  for (const link of box.querySelectorAll("a")) link.replaceWith(...link.childNodes);
  for (const named of box.querySelectorAll("[id], [tabindex]"))
    for (const name of ["id", "tabindex"]) named.removeAttribute(name);
  return box;
}

function hide() {
  clearTimeout(timer);
  shown?.close();
  shown = null;
}

/** @param {HTMLAnchorElement} link @param {boolean} [tapped] whether a second tap is to lead there */
async function show(link, tapped = false) {
  clearTimeout(timer);
  if (shown?.link === link) return;
  hide();
  const asked = { link, close() {} };
  shown = asked;
  const found = await target(link.getAttribute("href") ?? "").catch(() => null);
  if (shown !== asked) return; // the pointer is elsewhere by now
  const content = found && glance(found);
  if (!content?.textContent?.trim()) {
    hide();
    if (tapped) link.click();
    return;
  }
  link.removeAttribute("title"); // the same, for those without this script
  if (tapped) {
    content.append(h("a", { href: link.href }, "Go there"));
  }
  asked.close = popover(link, content);
}

/**
 * The content over the page, above the link or, where there is no room, below it.
 * @param {HTMLElement} link
 * @param {HTMLElement} content
 */
function popover(link, content) {
  content.className = "preview";
  content.id = "preview";
  content.popover = "manual";
  document.body.append(content);
  content.showPopover();
  const at = link.getClientRects()[0];
  const { width, height } = content.getBoundingClientRect();
  const left = Math.min(at.left + at.width / 2 - width / 2, document.documentElement.clientWidth - width - 8);
  const above = at.top - height - 6;
  content.style.left = `${Math.max(8, left)}px`;
  content.style.top = `${above < 8 ? at.bottom + 6 : above}px`;
  link.setAttribute("aria-describedby", content.id);
  return () => {
    content.remove();
    link.removeAttribute("aria-describedby");
  };
}

/** @param {Event} event @returns {HTMLAnchorElement | null} */
const linkOf = ({ target }) => /** @type {Element} */ (target).closest(LINKS);

document.addEventListener("pointerover", (event) => {
  if (event.pointerType === "touch") return;
  const link = linkOf(event);
  clearTimeout(timer);
  if (link && link !== shown?.link) timer = window.setTimeout(show, 200, link);
  else if (!link && shown && !(/** @type {Element} */ (event.target).closest(".preview")))
    timer = window.setTimeout(hide, 200);
});
document.addEventListener("focusin", (event) => {
  const link = linkOf(event);
  if (link?.matches(":focus-visible")) show(link);
  else if (!link || link !== shown?.link) hide();
});
document.addEventListener("focusout", hide);
document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());

// A finger points at nothing: its first tap on what is no place to read on shows it, the second leads there.
document.addEventListener("click", (event) => {
  const link = linkOf(event);
  const { pointerType } = /** @type {PointerEvent} */ (event);
  if (!link) {
    if (!(/** @type {Element} */ (event.target).closest(".preview"))) hide();
  } else if (pointerType === "touch" && link.hash && shown?.link !== link) {
    event.preventDefault();
    show(link, true);
  }
});
