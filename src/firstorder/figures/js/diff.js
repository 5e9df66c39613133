// What one rule's code changes in another's: statements meet by what they set, and within a pair words are compared.

/** @typedef {{text: string, fresh: boolean}} Piece some characters, and whether the first code has not got them there */
/** @typedef {{text: string, target: string, words: string[]}} Statement of one line or of several */
/** @typedef {object} Difference
 * @property {Piece[][]} statements of the other code
 * @property {string[]} changed what both set, but otherwise
 * @property {string[]} added what only the other sets
 * @property {string[]} gone what only the first sets
 */

/** Blanks; a name; a number, with its exponent; an operator of two characters; or one of any other kind. */
const WORD = /\s+|[A-Za-z_]\w*|\d[\d._]*(?:e[+-]?\d+)?|\*\*|[<>=!+*/-]=|[^\s]/g;

/** @type {(word: string) => boolean} */
const blank = (word) => /^\s/.test(word);

/**
 * The statements: lines whose brackets are open go on in the next.
 * @param {string} code
 * @returns {Statement[]}
 */
function statements(code) {
  /** @type {string[]} */
  const texts = [];
  let open = 0;
  for (const line of code.split("\n")) {
    if (open > 0) texts[texts.length - 1] += `\n${line}`;
    else texts.push(line);
    open += (line.match(/[([{]/g)?.length ?? 0) - (line.match(/[)\]}]/g)?.length ?? 0);
  }
  return texts.map((text) => ({ text, target: targetOf(text), words: text.match(WORD) ?? [] }));
}

/**
 * What a statement is there for: the name that it sets, or the word that it starts with.
 * @param {string} text
 */
const targetOf = (text) =>
  text.match(/^\s*([\w, ]+?) = /)?.[1] ?? text.match(/^\s*(\w+)/)?.[1] ?? text.trim();

/**
 * Pairs of places, in order, that weigh most together: `weight` says what a pair is worth, 0 if it must not be.
 * @template T
 * @param {T[]} a
 * @param {T[]} b
 * @param {(one: T, other: T) => number} weight
 * @returns {Map<number, number>} for places of `b`, those of `a`
 */
function pairs(a, b, weight) {
  // best[i][j]: the weight of the best pairs of a from i and b from j
  const best = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--) {
      const worth = weight(a[i], b[j]);
      best[i][j] = Math.max(best[i + 1][j], best[i][j + 1], worth && worth + best[i + 1][j + 1]);
    }
  const found = new Map();
  for (let i = 0, j = 0; i < a.length && j < b.length; ) {
    const worth = weight(a[i], b[j]);
    if (worth && best[i][j] === worth + best[i + 1][j + 1]) found.set(j++, i++);
    else if (best[i][j] === best[i + 1][j]) i++;
    else j++;
  }
  return found;
}

/**
 * Equal statements above all, then those that set the same; otherwise nothing meets.
 * @param {Statement} one
 * @param {Statement} other
 */
const likeness = (one, other) => (one.text === other.text ? 3 : Number(one.target === other.target) * 2);

/**
 * The words of the other statement, those marked that the first has not; what a function is called counts for nothing.
 * @param {string[]} one
 * @param {string[]} other
 * @returns {Piece[]}
 */
function compared(one, other) {
  const [a, b] = [one, other].map((words) => words.filter((word) => !blank(word)));
  const kept = pairs(a, b, (x, y) => Number(x === y));
  let place = 0;
  const pieces = other.map((text, k) => {
    const name = b[0] === "def" && other.slice(0, k).filter((word) => !blank(word)).length === 1;
    return { text, fresh: !blank(text) && !kept.has(place++) && !name };
  });
  return joined(pieces);
}

/**
 * Neighbours of one kind as one; blanks between two marked words are marked with them.
 * @param {Piece[]} pieces
 */
function joined(pieces) {
  /** @type {Piece[]} */
  const found = [];
  pieces.forEach(({ text, fresh }, k) => {
    const between = blank(text) && pieces[k - 1]?.fresh && pieces[k + 1]?.fresh;
    const last = found.at(-1);
    if (last && last.fresh === (fresh || between)) last.text += text;
    else found.push({ text, fresh: fresh || Boolean(between) });
  });
  return found;
}

/**
 * The other code as pieces, and what became of that which the first sets.
 * @param {string} one
 * @param {string} other
 * @returns {Difference}
 */
export function diff(one, other) {
  const [a, b] = [statements(one), statements(other)];
  const met = pairs(a, b, likeness);
  const gone = new Set(a.keys());
  for (const i of met.values()) gone.delete(i);
  b.forEach(({ target }, j) => {
    if (met.has(j)) return;
    const elsewhere = [...gone].find((i) => a[i].target === target); // set in another order
    if (elsewhere === undefined) return;
    met.set(j, elsewhere);
    gone.delete(elsewhere);
  });
  /** @type {string[]} */
  const changed = [];
  /** @type {string[]} */
  const added = [];
  const pieces = b.map((statement, j) => {
    const { text, target, words } = statement;
    const before = a[met.get(j) ?? -1];
    const told = target !== "def" && target !== "return"; // those say it in the table, and in what is set
    if (!before) {
      if (told) added.push(target);
      const [, indent, rest] = text.match(/^(\s*)(.*)$/s) ?? ["", "", text];
      return [
        { text: indent, fresh: false },
        { text: rest, fresh: true },
      ];
    }
    if (before.text !== text && told) changed.push(target);
    return before.text === text ? [{ text, fresh: false }] : compared(before.words, words);
  });
  const lost = [...gone].map((i) => a[i].target).filter((target) => target !== "return");
  return { statements: pieces, changed, added, gone: lost };
}
