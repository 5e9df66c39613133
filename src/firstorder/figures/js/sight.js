// What is to be seen at once: a sentence, and what it moves.

/** @typedef {{top: number, bottom: number}} Span from above, in pixels of the window */

/**
 * How far to scroll, and no farther, so that all of `what` lies within `room`, and with it `words` if both can; what is
 * too high begins where the room does.
 * @param {Span} words
 * @param {Span} what
 * @param {Span} room
 */
export function way(words, what, room) {
  const inside = (/** @type {Span} */ { top, bottom }) => top >= room.top && bottom <= room.bottom;
  if (inside(what)) return 0;
  const both = { top: Math.min(words.top, what.top), bottom: Math.max(words.bottom, what.bottom) };
  const { top, bottom } = both.bottom - both.top <= room.bottom - room.top ? both : what;
  return top < room.top || bottom - top > room.bottom - room.top ? top - room.top : bottom - room.bottom;
}

/**
 * @param {Element} words
 * @param {Element} what
 */
export function bothInSight(words, what) {
  const above = Number.parseFloat(getComputedStyle(document.documentElement).scrollPaddingTop) || 0;
  const [one, other] = [words, what].map((element) => element.getBoundingClientRect());
  const by = way(one, other, { top: above, bottom: innerHeight });
  if (by) scrollBy({ top: by, behavior: "instant" });
}
