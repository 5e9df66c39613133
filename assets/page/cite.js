// What a click copies: citations, and the lasting address of a heading, an equation, a figure or a claim.

import { copy, say } from "./say.js";

{
  // Citations: the date of access is the reader's today.

  const now = new Date();
  const day = {
    Y: now.getFullYear(),
    m: String(now.getMonth() + 1).padStart(2, "0"),
    d: String(now.getDate()).padStart(2, "0"),
    B: now.toLocaleString("en", { month: "long" }),
    n: now.getMonth() + 1,
    e: now.getDate(),
  };

  for (const place of document.querySelectorAll(".accessed")) {
    place.textContent = place.textContent.replace(/%([YmdBne])/g, (_, part) => day[part]);
    place.hidden = false;
  }

  for (const form of document.querySelectorAll(".citation-form")) {
    const shown = form.querySelector("pre");
    if (form.querySelector(".accessed")) {
      form.querySelector("a").href = `data:text/plain;charset=utf-8,${encodeURIComponent(shown.textContent)}`;
    }
    form.querySelector("button").addEventListener("click", async () => {
      if (await copy(shown.textContent)) {
        say("Citation copied");
      } else {
        getSelection().selectAllChildren(shown);
        say("Selected: copy it with Ctrl+C or ⌘C");
      }
    });
  }

  // Links: a claim has no more than an anchor until here.

  for (const anchor of document.querySelectorAll("td a[id^='claim-']")) {
    anchor.className = "headerlink";
    anchor.href = `#${anchor.id}`;
    anchor.title = "Link to this claim";
    anchor.textContent = "#";
  }

  const HOLDERS = "h1, h2, h3, h4, h5, h6, .eqno, figure > img, figcaption, tr:has(a.headerlink)";
  const page = document.querySelector("link[rel='canonical']")?.href ?? location.href.replace(/#.*/s, "");

  document.addEventListener("click", async (event) => {
    let link = event.target.closest("a, button, summary, input, label");
    if (!link && getSelection().isCollapsed) {
      const holder = event.target.closest(HOLDERS);
      link = (holder?.closest("figure") ?? holder)?.querySelector("a.headerlink");
      if (link) history.replaceState(null, "", link.hash);
    }
    if (!link?.matches("a.headerlink")) return;
    say((await copy(page + link.hash)) ? "Link copied" : "The link is in the address bar");
  });
}
