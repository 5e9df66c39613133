// What is to be seen at once: a sentence, and what it moves; and the way back where only one can be.

import { h } from "./dom.js";

/** @typedef {{top: number, bottom: number}} Span from above, in pixels of the window */

/** The share of a figure that a sentence may push out of sight: its heading, and none of its curves. */
const LOST = 1 / 10;

/**
 * How far to scroll, and no farther, so that all of `what` lies within `room`, and with it `words` if both can, or if
 * little is lost by it; what is too high begins where the room does.
 * @param {Span} words
 * @param {Span} what
 * @param {Span} room
 */
export function way(words, what, room) {
  const height = (/** @type {Span} */ { top, bottom }) => bottom - top;
  const both = { top: Math.min(words.top, what.top), bottom: Math.max(words.bottom, what.bottom) };
  const lost = height(both) - height(room);
  if (lost > 0 && lost <= LOST * height(what))
    return words.top < what.top ? both.top - room.top : both.bottom - room.bottom;
  if (what.top >= room.top && what.bottom <= room.bottom) return 0;
  const { top, bottom } = lost <= 0 ? both : what;
  return top < room.top || height({ top, bottom }) > height(room) ? top - room.top : bottom - room.bottom;
}

/**
 * @param {HTMLElement} words
 * @param {Element} what
 */
export function bothInSight(words, what) {
  const above = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  const [one, other] = [words, what].map((element) => element.getBoundingClientRect());
  const by = way(one, other, { top: above, bottom: innerHeight });
  if (by) scrollBy({ top: by, behavior: "instant" });
  document.querySelector(".firstorder-back")?.remove();
  const { top, bottom } = words.getBoundingClientRect();
  if (top >= above && bottom <= innerHeight) return;
  const onclick = () => {
    words.scrollIntoView({ block: "center" });
    words.focus({ preventScroll: true });
  };
  const back = h("button", { type: "button", class: "firstorder-back", onclick }, "↩ Back to the sentence");
  (document.querySelector("main") ?? document.body).append(back);
  const seen = new IntersectionObserver(([{ isIntersecting }]) => {
    if (!isIntersecting) return;
    back.remove();
    seen.disconnect();
  });
  seen.observe(words);
}
