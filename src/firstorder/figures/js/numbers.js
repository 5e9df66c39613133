// Numbers: bounds, rounding, and how a reader sees them.

/** @type {(value: number, low: number, high: number) => number} */
export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

/**
 * @param {unknown} value
 * @param {number} low
 * @param {number} high
 * @returns {value is number}
 */
export const within = (value, low, high) => typeof value === "number" && value >= low && value <= high;

/** @type {(value: number, low: number, high: number) => number} within the ends, to a ten thousandth of their distance */
export const neat = (value, low, high) => {
  const places = 4 - Math.floor(Math.log10(high - low));
  return Number(clamp(value, low, high).toFixed(clamp(places, 0, 20)));
};

/** @type {(value: number, digits: number) => number} */
export const rounded = (value, digits) => Number(value.toPrecision(digits));

/** @type {(values: ArrayLike<number>) => number} */
export const mean = (values) => Array.from(values).reduce((a, b) => a + b, 0) / values.length;

/** @type {(text: string) => string} */
export const minus = (text) => text.replaceAll("-", "−");

/**
 * @param {number} value
 * @param {number} [digits]
 */
export function format(value, digits = 3) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5)) {
    const text = value.toExponential(Math.max(0, digits - 1));
    return minus(text.replace(/\.?0*e\+?/, "e"));
  }
  return minus(String(rounded(value, digits)));
}
