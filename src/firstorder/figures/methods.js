// What the comparison and the map both show of an optimizer.

import { h } from "./parts.js";

/** An address beside this module: on a static page only, for in a notebook the module is a blob. */
function beside(path) {
  const { protocol, search } = new URL(import.meta.url);
  if (!/^https?:$/.test(protocol) || !/\/figures\/\w+\.js$/.test(new URL(import.meta.url).pathname)) return null;
  const url = new URL(path, import.meta.url);
  url.search = path.endsWith(".html") && path.startsWith("./") ? search : "";
  return url.href;
}

const drawn = new Map();

/** The formula as the book's build drew it; nothing where there is no such drawing. */
export function formula({ id, label }) {
  const box = h("div", { class: "fo-formula", tabindex: 0, role: "group", "aria-label": `Formula of ${label}` });
  const url = beside(`./formulas/${id}.html`);
  box.hidden = !url;
  if (!url) return box;
  if (!drawn.has(id))
    drawn.set(
      id,
      fetch(url).then((answer) => (answer.ok ? answer.text() : "")),
    );
  drawn.get(id).then(
    (html) => {
      box.innerHTML = html;
      box.hidden = !html;
    },
    () => (box.hidden = true),
  );
  return box;
}

/** A link to the chapter that treats an optimizer, or the chapter's name where there is no page to lead to. */
export function chapterLink({ chapter }) {
  const name = chapter.replaceAll("_", " ");
  const url = chapter && beside(`../chapters/${chapter}.html`);
  return url ? h("a", { href: url }, `Chapter: ${name}`) : h("span", {}, chapter && `Chapter: ${name}`);
}

export const bytesOf = ({ bytes }) => `${Number(bytes.toPrecision(3))} bytes per parameter`;
