// Formulas that answer: a symbol pointed at in a formula lights up wherever else it is, as do its name in the code and
// its slider and curves in the figures; and the other way round. In code without a mark in the page, by the browser's highlights.

import { say } from "./say.js";

/** @typedef {HTMLElement & {figure?: {reveal?: (name: string) => boolean, mark: (name: string) => void}}} Drawn */

const SYMBOL = "[data-symbol]";
const SLIDER = ".fo-slider[data-name]";
const CODE = ".bd-article .highlight pre";

/** The symbols of the page's formulas, by the names that they have in code. @type {Map<string, Element[]>} */
const symbols = Map.groupBy
  ? Map.groupBy(document.querySelectorAll(`.bd-article ${SYMBOL}`), nameOf)
  : new Map();

/** @param {Element} element */
function nameOf(element) {
  return element.getAttribute("data-symbol") ?? element.getAttribute("data-name") ?? "";
}

/** @type {Map<string, Range[]>} */
const inCode = new Map();

/**
 * Where the page's code says the name.
 * @param {string} name
 */
function places(name) {
  const found = inCode.get(name) ?? [];
  if (!inCode.has(name)) {
    inCode.set(name, found);
    const word = new RegExp(`(?<![\\w.])${name}(?!\\w)`, "g");
    for (const code of document.querySelectorAll(CODE)) {
      const texts = document.createTreeWalker(code, NodeFilter.SHOW_TEXT);
      while (texts.nextNode()) {
        const text = /** @type {Text} */ (texts.currentNode);
        for (const { index } of text.data.matchAll(word)) {
          const range = new Range();
          range.setStart(text, index);
          range.setEnd(text, index + name.length);
          found.push(range);
        }
      }
    }
  }
  return found;
}

const figures = () =>
  [.../** @type {NodeListOf<Drawn>} */ (document.querySelectorAll(".firstorder-widget > div > *"))].flatMap(
    ({ figure }) => figure ?? [],
  );

/** @param {string} name */
const slidersOf = (name) => [...document.querySelectorAll(`.fo-slider[data-name="${name}"]`)];

let lit = "";

/**
 * @param {string} name of what lights up; nothing does with none
 * @param {Element} [from] what is pointed at: the curves answer to a slider by themselves
 */
function light(name, from) {
  if (name === lit) return;
  for (const figure of figures()) figure.mark(from?.closest(SLIDER) ? "" : name);
  for (const element of document.querySelectorAll(".is-lit")) element.classList.remove("is-lit");
  lit = name;
  const sliders = name ? slidersOf(name) : [];
  for (const element of [...(symbols.get(name) ?? []), ...sliders]) element.classList.add("is-lit");
  if ("highlights" in CSS) CSS.highlights.set("symbol", new Highlight(...(name ? places(name) : [])));
}

/**
 * The name of what is under the pointer: of a symbol, a slider, or a word of the code.
 * @param {Element} target
 * @param {{clientX: number, clientY: number}} at
 */
function pointed(target, { clientX, clientY }) {
  const holder = target.closest(`${SYMBOL}, ${SLIDER}`);
  if (holder) return nameOf(holder);
  if (!target.closest(CODE)) return "";
  const caret = document.caretPositionFromPoint?.(clientX, clientY);
  const text = caret?.offsetNode;
  if (!caret || !(text instanceof Text)) return "";
  const before = text.data.slice(0, caret.offset).match(/\w*$/)?.[0] ?? "";
  return before + (text.data.slice(caret.offset).match(/^\w*/)?.[0] ?? "");
}

/** @param {string} name */
const known = (name) => (symbols.has(name) ? name : "");

if (symbols.size) {
  document.addEventListener("pointermove", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.pointerType !== "touch" && !event.buttons) light(known(pointed(target, event)), target);
  });

  document.addEventListener("click", (event) => {
    const target = /** @type {Element} */ (event.target);
    if (target.closest("a, button")) return;
    const name = known(pointed(target, event));
    light(name, target);
    if (!target.closest(SYMBOL)) return;
    for (const figure of figures()) figure.reveal?.(name); // shows the optimizer that has it
    requestAnimationFrame(() => {
      lit = ""; // the slider may be there only now
      light(name);
    });
  });

  document.addEventListener("focusin", ({ target }) => {
    const slider = /** @type {Element} */ (target).closest(SLIDER);
    if (slider) light(known(nameOf(slider)), slider);
  });
  document.addEventListener("focusout", () => light(""));

  // With the keyboard: an equation is a stop, and the arrows go through its symbols.
  for (const equation of document.querySelectorAll(".bd-article math[display=block]")) {
    const names = [...new Set([...equation.querySelectorAll(SYMBOL)].map(nameOf))];
    if (!names.length) continue;
    equation.setAttribute("tabindex", "0");
    equation.addEventListener("keydown", (event) => {
      const { key } = /** @type {KeyboardEvent} */ (event);
      const step = { ArrowRight: 1, ArrowLeft: -1 }[key];
      if (key === "Escape") light("");
      if (!step) return;
      event.preventDefault();
      const at = names.indexOf(lit);
      const name =
        names[at < 0 ? (step > 0 ? 0 : names.length - 1) : (at + step + names.length) % names.length];
      light(name);
      const sliders = slidersOf(name).length;
      const has = [`${symbols.get(name)?.length} in formulas`, `${places(name).length} in code`];
      say(
        `${name}: ${has.join(", ")}${sliders ? `, ${sliders} ${sliders === 1 ? "slider" : "sliders"}` : ""}`,
      );
    });
  }
}
