// Code is copied by a button, which it gets when it comes near: a page has dozens, and most are never seen.

import { h } from "../../src/firstorder/figures/js/dom.js";
import { copy, say } from "./say.js";

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const onclick = async () => {
        const text = target.querySelector("pre")?.textContent ?? "";
        say((await copy(text.trimEnd())) ? "Code copied" : "Select the code to copy it");
      };
      target.append(
        h("button", { class: "copybtn", type: "button", "aria-label": "Copy", title: "Copy", onclick }),
      );
    }
  },
  { rootMargin: "300px" },
);
for (const code of document.querySelectorAll(".bd-article .highlight:not(.cell_output *)"))
  near.observe(code);
