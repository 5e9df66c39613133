// Runs the JavaScript that Python has generated of a landscape that a reader has typed, as `interpret.js` runs a rule's.

/** @import {Ground} from "../types.d.ts" */
/** @import {Value} from "../interpret.js" */
import { Reader } from "../interpret.js";

class GroundReader extends Reader {
  /** `{value(x, y, {}) { return …; }, gradient(x, y, {}, out) { out[0] = …; out[1] = …; }}` */
  ground() {
    this.take("{", "value", "(", "x", ",", "y", ",", "{", "}", ")", "{", "return");
    this.register("x");
    this.register("y");
    const value = this.expression();
    this.take(";", "}", ",", "gradient", "(", "x", ",", "y", ",", "{", "}", ",", "out", ")", "{");
    const slopes = ["0", "1"].map((place) => {
      this.take("out", "[", place, "]", "=");
      const slope = this.expression();
      this.take(";");
      return slope;
    });
    this.take("}", "}");
    if (this.at < this.words.length) throw new SyntaxError(`expected the end, got ${this.words[this.at]}`);
    return { value, slopes };
  }
}

/**
 * The landscape that a generated object is: nothing is known of its minima. Throws SyntaxError for any other text.
 * @param {string} source
 * @returns {Ground}
 */
export function groundOf(source) {
  const { value, slopes } = new GroundReader(source).ground();
  const at = new Float64Array(2);
  const placed = (/** @type {Value} */ of, /** @type {number} */ x, /** @type {number} */ y) => {
    at[0] = x;
    at[1] = y;
    return of(at);
  };
  return {
    value: (x, y) => placed(value, x, y),
    gradient(x, y, _, out) {
      out[0] = placed(slopes[0], x, y);
      out[1] = placed(slopes[1], x, y);
    },
    minima: () => [],
  };
}
