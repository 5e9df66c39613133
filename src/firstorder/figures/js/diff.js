// Two texts, line by line.

/**
 * The lines of the other text, whether each is new, by their longest common part; and how many of the first were lost.
 * @param {string} one
 * @param {string} other
 */
export function diff(one, other) {
  const [a, b] = [one.split("\n"), other.split("\n")];
  // common[i][j]: the length of the longest common part of a from i and b from j
  const common = Array.from({ length: a.length + 1 }, () => new Array(b.length + 1).fill(0));
  for (let i = a.length - 1; i >= 0; i--)
    for (let j = b.length - 1; j >= 0; j--)
      common[i][j] = a[i] === b[j] ? common[i + 1][j + 1] + 1 : Math.max(common[i + 1][j], common[i][j + 1]);
  const lines = [];
  let i = 0;
  for (let j = 0; j < b.length; j++) {
    while (a[i] !== b[j] && i < a.length && common[i + 1][j] > common[i][j + 1]) i++;
    const kept = i < a.length && a[i] === b[j];
    lines.push({ fresh: !kept, line: b[j] });
    if (kept) i++;
  }
  return { lines, lost: a.length - common[0][0] };
}
