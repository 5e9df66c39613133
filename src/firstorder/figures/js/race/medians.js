/**
 * The median of each and of those before it, `most` at a time; what is no number stays so.
 * @param {number[]} values
 * @param {number} most
 */
export const medians = (values, most) =>
  values.map((value, k) => {
    const near = values.slice(Math.max(0, k + 1 - most), k + 1).sort((one, other) => one - other);
    const middle = near.length >> 1;
    return Number.isFinite(value) ? (near[middle] + near[near.length - 1 - middle]) / 2 : value;
  });
