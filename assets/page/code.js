// Code is copied by a button, which it gets when it comes near: a page has dozens, and most are never seen.

import { copy, say } from "./say.js";

const near = new IntersectionObserver(
  (entries) => {
    for (const { isIntersecting, target } of entries) {
      if (!isIntersecting) continue;
      near.unobserve(target);
      const button = document.createElement("button");
      button.className = "copybtn";
      button.type = "button";
      button.ariaLabel = button.title = "Copy";
      button.addEventListener("click", async () => {
        const text = target.querySelector("pre")?.textContent ?? "";
        say((await copy(text.trimEnd())) ? "Code copied" : "Select the code to copy it");
      });
      target.append(button);
    }
  },
  { rootMargin: "300px" },
);
for (const code of document.querySelectorAll(".bd-article .highlight:not(.cell_output *)"))
  near.observe(code);
