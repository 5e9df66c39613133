/**
 * What a map has under a key that must be there.
 * @template T
 * @param {Map<string, T>} map
 * @param {string} key
 * @returns {T}
 */
export function known(map, key) {
  const found = map.get(key);
  if (found === undefined) throw new Error(`nothing is known of ${key}`);
  return found;
}
