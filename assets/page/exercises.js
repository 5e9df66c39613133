// Exercises that ask for a rule: it can be written on the page, where Python checks it. Editor and Python come when a
// reader asks for them. What is written and what is solved this browser alone keeps.

import { h } from "../../src/firstorder/figures/js/dom.js";
import { script } from "./load.js";
import { say } from "./say.js";

/** @typedef {{text?: string, solved?: boolean}} Kept */

const PLACE = "firstorder.exercise.";
/** For this page only, where a browser keeps nothing. @type {Map<string, string>} */
const here = new Map();

/** @param {string} key */
function stored(key) {
  try {
    return localStorage.getItem(PLACE + key) ?? here.get(key);
  } catch {
    return here.get(key);
  }
}

/**
 * What is kept of an exercise, which another page of this site or an older one may have written.
 * @param {string} key
 * @returns {Kept}
 */
function kept(key) {
  try {
    const { text, solved } = JSON.parse(stored(key) ?? "{}");
    return { text: typeof text === "string" ? text : undefined, solved: solved === true };
  } catch {
    return {};
  }
}

/**
 * @param {string} key
 * @param {Kept} news
 */
function keep(key, news) {
  const all = JSON.stringify({ ...kept(key), ...news });
  try {
    localStorage.setItem(PLACE + key, all);
  } catch {
    here.set(key, all);
  }
  show();
}

const places = [
  .../** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".bd-article [data-exercise]")),
];
/** @param {HTMLElement} place */
const keyOf = (place) => place.dataset.exercise ?? "";

/** @param {HTMLElement} place */
function offer(place) {
  const key = keyOf(place);
  const { start = "" } = place.dataset;
  const open = async () => {
    button.disabled = true;
    try {
      const scope = /** @type {any} */ (globalThis);
      if (!scope.firstorder) await script("figures/figures.js");
      const { kindOf, beside } = scope.firstorder.shared;
      const Answer = await kindOf("answer");
      const answer = new Answer({
        ...{ key, start, text: kept(key).text, worker: beside("../python/worker.js") },
        keep: (/** @type {Kept} */ news) => keep(key, news),
      });
      button.hidden = true;
      place.append(answer.element);
      answer.begin();
    } catch (error) {
      button.disabled = false;
      say(`The editor did not come: ${/** @type {Error} */ (error).message}`);
    }
  };
  const button = h("button", { type: "button", onclick: open }, "Write it here");
  place.prepend(h("p", { class: "offer" }, button));
}

/** On the page of all exercises: how many are solved, and a way to begin anew. */
const count = h("span");
const forget = h(
  "button",
  {
    type: "button",
    onclick() {
      for (const place of places) {
        here.delete(keyOf(place));
        try {
          localStorage.removeItem(PLACE + keyOf(place));
        } catch {}
      }
      show();
      say("Forgotten: nothing is solved, and nothing is kept.");
    },
  },
  "Forget them",
);

function show() {
  let solved = 0;
  for (const place of places) {
    const mark = place.querySelector(".solved");
    const done = kept(keyOf(place)).solved === true;
    solved += Number(done);
    if (done && !mark)
      (place.querySelector(".offer") ?? place).append(h("span", { class: "solved" }, " ✓\u00a0solved"));
    else if (!done) mark?.remove();
  }
  count.textContent = `Solved: ${solved} of the ${places.length} that ask for a rule. Only this browser keeps that.`;
  forget.hidden = !places
    .map(keyOf)
    .map(kept)
    .some(({ text, solved }) => text ?? solved);
}

for (const place of places) if (place.dataset.start) offer(place);
document
  .querySelector(".bd-article .exercises")
  ?.before(h("p", { class: "progress-kept" }, count, " ", forget));
if (places.length) {
  show();
  addEventListener("storage", show); // another tab
}
