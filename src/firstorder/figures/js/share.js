// What a figure on a page offers beside its own controls: its link, and its page of its own.

/** @import {Figure} from "./figure.js" */
import { alone } from "./alone.js";
import { h } from "./dom.js";
import { fragmentOf } from "./fragment.js";
import { kindOf } from "./kinds.js";
import { beside } from "./place.js";

/**
 * A button that copies what `text` gives, and says so.
 * @param {Figure} figure
 * @param {string} name
 * @param {string} title
 * @param {() => string} text
 * @param {string} [otherwise] where it can be found if it cannot be copied
 */
function copyButton(figure, name, title, text, otherwise) {
  const button = h("button", { type: "button", title, class: `fo-${name.toLowerCase()}` }, name);
  button.addEventListener("click", async () => {
    const copied = text();
    let said = "Copied";
    try {
      await navigator.clipboard.writeText(copied);
    } catch {
      said = otherwise ?? "Not allowed to copy";
      if (!otherwise) prompt(title, copied);
    }
    button.textContent = said;
    figure.say(() => `${name}: ${said}`);
    setTimeout(() => {
      button.textContent = name;
    }, 2500);
  });
  return button;
}

/**
 * @param {HTMLElement} host
 * @param {Figure} figure
 */
export function buttons(host, figure) {
  const fragment = () => fragmentOf(host.id, figure.changes);
  const link = copyButton(
    figure,
    "Link",
    "Copy a link to this figure as it is now",
    () => {
      history.replaceState(history.state, "", fragment());
      return location.href;
    },
    "In the address bar",
  );
  const edit = figure.edits !== null ? [editButton(figure)] : [];
  if (edit.length) offerOwn(figure);
  const page = beside(`./${host.dataset.page}/${host.id}.html`);
  if (!host.dataset.page || !page) return [link, ...edit];
  const embed = copyButton(figure, "Embed", "Copy the HTML that shows this figure on another page", () => {
    const iframe = h("iframe", {
      src: page + fragment(),
      title: figure.element.ariaLabel ?? "",
      width: "100%",
      height: figure.element.offsetHeight + 60, // and the foot of its page
      loading: "lazy",
      allow: "fullscreen; clipboard-write",
    });
    iframe.style.border = "0";
    return iframe.outerHTML;
  });
  return [link, ...edit, embed, alone() ? screenButton() : pageLink(page, fragment)];
}

/**
 * Opens what a reader writes in above a figure, which is loaded when it is first wanted.
 * @param {any} figure
 * @param {string} kind
 * @param {(why: string) => void} regret
 */
function above(figure, kind, regret) {
  /** @type {Promise<any> | undefined} */
  let coming;
  const begun = async () => {
    const Writing = /** @type {any} */ (await kindOf(kind));
    const made = new Writing(figure, beside("../python/worker.js"));
    figure.element.prepend(made.element);
    return made;
  };
  return async () => {
    coming ??= begun();
    try {
      const made = await coming;
      made.element.hidden = false;
      return made;
    } catch (error) {
      coming = undefined;
      const why = `The editor did not come: ${/** @type {Error} */ (error).message}`;
      figure.spoken.textContent = why;
      regret(why);
      throw error;
    }
  };
}

/**
 * A button that opens the editor of the rule that is shown, as a link does that holds a rule.
 * @param {any} figure of descents
 */
function editButton(figure) {
  const title = "Change this rule’s Python and see its path: loads Python, once, about 10 MB";
  const button = h("button", { type: "button", title, "aria-expanded": "false" }, "Edit the rule");
  const editing = above(figure, "edit", (why) => {
    button.title = why;
  });
  const opened = async () => {
    const made = await editing();
    button.ariaExpanded = "true";
    made.onclose = () => {
      button.ariaExpanded = "false";
      button.focus();
    };
    return made;
  };
  button.addEventListener("click", async () => {
    if (button.ariaExpanded === "true") {
      (await opened()).close();
    } else {
      const editing = await opened();
      editing.element.scrollIntoView({ block: "start" });
      editing.open(figure.edits);
    }
  });
  figure.onedit = async (/** @type {{edited?: unknown, edit?: unknown}} */ asked) =>
    (await opened()).follow(asked);
  return button;
}

/**
 * Offers a landscape of the reader's own among the others, and obeys a link that holds one.
 * @param {any} figure of descents
 */
function offerOwn(figure) {
  const opened = above(figure, "ground", () => {});
  figure.offer(async () => {
    const made = await opened();
    made.element.scrollIntoView({ block: "start" });
    made.open();
  });
  figure.onground = async (/** @type {unknown} */ asked) => (await opened()).receive(asked);
}

/** Milliseconds between two changes of the address: some browsers refuse more than a hundred in half a minute. */
const PAUSE = 500;

/**
 * Keeps the address that of the figure which the reader changed last.
 * @param {HTMLElement} host
 * @param {Figure} figure
 */
export function follower(host, figure) {
  let waiting = false;
  return () => {
    if (waiting) return;
    waiting = true;
    setTimeout(() => {
      waiting = false;
      try {
        history.replaceState(history.state, "", fragmentOf(host.id, figure.changes));
      } catch {
        // in a frame that may not; the buttons give the link all the same
      }
    }, PAUSE);
  };
}

/**
 * A link to the figure's own page, in the state of now.
 * @param {string} page
 * @param {() => string} fragment
 */
function pageLink(page, fragment) {
  const title = "Open this figure alone, as large as the window";
  const link = h("a", { href: page, title }, "Own page");
  const renew = () => {
    link.href = page + fragment();
  };
  for (const event of ["pointerdown", "focus", "click"]) link.addEventListener(event, renew);
  return link;
}

function screenButton() {
  const onclick = () =>
    document.fullscreenElement ? document.exitFullscreen() : document.documentElement.requestFullscreen();
  const title = "The whole screen, and back";
  return h("button", { type: "button", title, onclick, hidden: !document.fullscreenEnabled }, "Full screen");
}
