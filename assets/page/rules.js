// Each rule of the book can be edited, in the figure that does so, which is opened below the rule in a frame.

import { h } from "../../src/firstorder/figures/js/dom.js";
import { root } from "./place.js";

const FIGURE = "figures/write_your_own/playground-1.html#playground-1";
const TITLE = "Change this rule’s Python and see its path: loads Python, once, about 10 MB";

/**
 * As high as what it holds, whenever that changes.
 * @param {HTMLIFrameElement} frame
 */
function fit(frame) {
  const body = frame.contentDocument?.body;
  if (!body) return;
  const measure = () => {
    frame.style.height = `${body.offsetHeight}px`;
  };
  new ResizeObserver(measure).observe(body);
  measure();
}

/**
 * @param {Element} box
 * @param {string} key
 */
function editable(box, key) {
  const address = `${root}${FIGURE}?edit=${key}`;
  /** @type {HTMLIFrameElement | undefined} */
  let frame;
  const onclick = () => {
    if (location.protocol === "file:") return location.assign(address); // which says why it cannot
    if (frame) frame.hidden = !frame.hidden;
    else {
      frame = h("iframe", {
        src: address,
        title: `Edit ${key}`,
        class: "rule-frame",
        allow: "clipboard-write",
      });
      frame.addEventListener("load", () => fit(/** @type {HTMLIFrameElement} */ (frame)));
      box.after(frame);
    }
    button.ariaExpanded = String(!frame.hidden);
    button.textContent = frame.hidden ? "Edit the rule" : "Close";
  };
  const label = `Edit the rule ${key}`;
  const button = h(
    "button",
    {
      type: "button",
      class: "rule-edit",
      title: TITLE,
      "aria-label": label,
      "aria-expanded": "false",
      onclick,
    },
    "Edit the rule",
  );
  box.querySelector(".sd-tab-set")?.append(button);
}

for (const box of document.querySelectorAll(".bd-article .rule")) {
  const key = [...box.classList].find((name) => name.startsWith("rule-"))?.slice("rule-".length);
  if (key) editable(box, key);
}
