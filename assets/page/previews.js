// Shows what a link inside the book leads to while it is pointed at or has the focus; Escape closes it.
// What lies on this page is taken from it; the rest comes from previews/<page>.js, asked for once and when first needed.
import { script } from "./load.js";
import { page } from "./place.js";

{
  const LINKS = "article a.reference.internal";
  let shown = null; // {link, popover}
  let timer;

  /** What other pages have, by the links to it. */
  async function fromOtherPages() {
    await script(`previews/${page}.js`);
    return window.previews;
  }

  async function target(address) {
    if (address.startsWith("#")) return document.getElementById(decodeURIComponent(address.slice(1)));
    const page = document.createElement("template");
    page.innerHTML = (await fromOtherPages())[address] ?? "";
    return page.content.firstElementChild && page.content;
  }

  /** The `<dd>` of a term, which it may share with terms that follow. */
  function meaning(term) {
    let next = term;
    while (next && !next.matches("dd")) next = next.nextElementSibling;
    return next;
  }

  /** A copy of what says most: a heading with its first words, a term with its meaning, or the thing itself. */
  function glance(found) {
    const box = document.createElement("div");
    const whole = found instanceof DocumentFragment ? found.firstElementChild : found;
    const section = whole.matches("section") ? whole : whole.matches("span:empty") && (whole.closest("section") ?? whole.parentNode);
    const parts = section
      ? [section.querySelector("h1, h2, h3, h4"), section.querySelector("p")]
      : whole.matches("dt") ? [whole, meaning(whole)?.querySelector("p")]
      : whole.matches(".citation") ? [whole.querySelector("p")]
      : [whole];
    for (const part of parts) if (part) box.append(part.cloneNode(true));
    for (const extra of box.querySelectorAll("script, style, .headerlink, .copybtn, .firstorder-widget")) extra.remove();
    for (const link of box.querySelectorAll("a")) link.replaceWith(...link.childNodes);
    for (const named of box.querySelectorAll("[id], [tabindex]")) for (const name of ["id", "tabindex"]) named.removeAttribute(name);
    return box;
  }

  function hide() {
    clearTimeout(timer);
    shown?.popover.dispose();
    shown = null;
  }

  async function show(link) {
    clearTimeout(timer);
    if (shown?.link === link) return;
    hide();
    const asked = (shown = { link, popover: { dispose() {} } });
    const found = await target(link.getAttribute("href")).catch(() => null);
    if (shown !== asked) return; // the pointer is elsewhere by now
    const content = found && glance(found);
    if (!content?.textContent.trim()) return hide();
    link.removeAttribute("title"); // the same, for those without this script
    shown.popover = popover(link, content);
  }

  /** The content over the page, above the link or, where there is no room, below it. */
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
    return {
      dispose() {
        content.remove();
        link.removeAttribute("aria-describedby");
      },
    };
  }

  document.addEventListener("mouseover", ({ target }) => {
    const link = target.closest(LINKS);
    clearTimeout(timer);
    if (link && link !== shown?.link) timer = setTimeout(show, 200, link);
    else if (!link && shown && !target.closest(".preview")) timer = setTimeout(hide, 200);
  });
  document.addEventListener("focusin", ({ target }) => {
    if (target.matches(LINKS) && target.matches(":focus-visible")) show(target);
    else hide();
  });
  document.addEventListener("focusout", hide);
  document.addEventListener("keydown", ({ key }) => {
    if (key === "Escape") hide();
  });
}
