// What a click copies: citations, and the lasting address of a heading, an equation, a figure or a claim.

import { copy, say } from "./say.js";

// Citations: the date of access is the reader's today.

const now = new Date();
/** @type {Record<string, string | number>} */
const day = {
  Y: now.getFullYear(),
  m: String(now.getMonth() + 1).padStart(2, "0"),
  d: String(now.getDate()).padStart(2, "0"),
  B: now.toLocaleString("en", { month: "long" }),
  n: now.getMonth() + 1,
  e: now.getDate(),
};

for (const place of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".accessed"))) {
  place.textContent = (place.textContent ?? "").replace(/%([YmdBne])/g, (_, part) => String(day[part]));
  place.hidden = false;
}

for (const form of document.querySelectorAll(".citation-form")) {
  const shown = form.querySelector("pre");
  const file = form.querySelector("a");
  if (!shown || !file) continue;
  const text = shown.textContent ?? "";
  if (form.querySelector(".accessed"))
    file.href = `data:text/plain;charset=utf-8,${encodeURIComponent(text)}`;
  form.querySelector("button")?.addEventListener("click", async () => {
    if (await copy(text)) {
      say("Citation copied");
    } else {
      getSelection()?.selectAllChildren(shown);
      say("Selected: copy it with Ctrl+C or ⌘C");
    }
  });
}

// Links: a claim has no more than an anchor until here.

/** @type {NodeListOf<HTMLAnchorElement>} */
const claims = document.querySelectorAll("td a[id^='claim-']");
for (const anchor of claims) {
  anchor.className = "headerlink";
  anchor.href = `#${anchor.id}`;
  anchor.title = "Link to this claim";
  anchor.textContent = "#";
}

const HOLDERS = "h1, h2, h3, h4, h5, h6, .eqno, figure > img, figcaption, tr:has(a.headerlink)";
const canonical = /** @type {HTMLLinkElement | null} */ (document.querySelector("link[rel='canonical']"));
const page = canonical?.href ?? location.href.replace(/#.*/s, "");

document.addEventListener("click", async (event) => {
  const target = /** @type {Element} */ (event.target);
  let link = target.closest("a, button, summary, input, label");
  if (!link && getSelection()?.isCollapsed) {
    const holder = target.closest(HOLDERS);
    link = (holder?.closest("figure") ?? holder)?.querySelector("a.headerlink") ?? null;
    if (link) history.replaceState(null, "", /** @type {HTMLAnchorElement} */ (link).hash);
  }
  if (!link?.matches("a.headerlink")) return;
  const copied = await copy(page + /** @type {HTMLAnchorElement} */ (link).hash);
  say(copied ? "Link copied" : "The link is in the address bar");
});
