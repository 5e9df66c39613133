// The network that is trained: scores relu(x W1 + b1) W2 + b2 of an input x, and the gradient of the mean cross-entropy.
//
// `problems/learning.py` has the same (`TwoLayerNetwork`). All weights stand in one row: W1, b1, W2, b2.

import { Random } from "./random.js";

/** @typedef {Float32Array | Float64Array} Floats */
/** @typedef {Float32ArrayConstructor | Float64ArrayConstructor} Kind */

/** @typedef {object} Examples inputs of one example after another, and their labels
 * @property {Floats} values
 * @property {Uint8Array} labels
 * @property {number} inputs
 */

/** @typedef {object} Written a set, as `sets.py` writes it
 * @property {string | number[]} values a letter for a pixel, or whole numbers
 * @property {number} unit what they are counted in
 * @property {string} labels a digit for each
 * @property {number} inputs
 * @property {number} classes
 * @property {number} train how many are to train
 * @property {number} fit how many of these are to fit where a rate is tuned
 * @property {number} starts how many runs judge a rate
 */

/**
 * @param {Written} written
 * @param {Kind} kind
 * @returns {Examples}
 */
export function read({ values, unit, labels, inputs }, kind) {
  const found = new kind(values.length);
  for (let k = 0; k < found.length; k++)
    found[k] = (typeof values === "string" ? values.charCodeAt(k) - 97 : values[k]) / unit;
  return { values: found, labels: Uint8Array.from(labels, Number), inputs };
}

/**
 * Some of the examples, one after another.
 * @param {Examples} examples
 * @param {number} from
 * @param {number} to
 * @returns {Examples}
 */
export const part = ({ values, labels, inputs }, from, to) => ({
  values: values.subarray(inputs * from, inputs * to),
  labels: labels.subarray(from, to),
  inputs,
});

/**
 * A share of the labels made wrong, of k classes each moved on by 1 to k − 1 (`mislabelled` in race.py).
 * @param {Examples} examples
 * @param {number} classes
 * @param {number} share
 * @param {number} seed
 */
export function mislabelled({ values, labels, inputs }, classes, share, seed) {
  const order = new Random(seed).permutation(labels.length);
  const wrong = labels.slice();
  const count = Math.floor(share * labels.length + 0.5);
  for (let k = 0; k < count; k++) wrong[order[k]] = (wrong[order[k]] + 1 + (k % (classes - 1))) % classes;
  return { values, labels: wrong, inputs };
}

export class Network {
  /**
   * @param {number} inputs
   * @param {number} hidden units
   * @param {number} classes
   * @param {Kind} kind how exact its weights are; sums have 64 bits
   */
  constructor(inputs, hidden, classes, kind) {
    this.inputs = inputs;
    this.hidden = hidden;
    this.classes = classes;
    this.kind = kind;
    const [first, second] = [inputs * hidden, hidden * classes];
    /** Where W1, b1, W2 and b2 begin, and where they end. */
    this.at = [0, first, first + hidden, first + hidden + second, first + hidden + second + classes];
    this.units = new Float64Array(hidden);
    this.scores = new Float64Array(classes);
    this.back = new Float64Array(hidden);
  }

  get size() {
    return this.at[4];
  }

  /**
   * He et al. (2015): weights normal with variance 2 / inputs, biases zero.
   * @param {number} seed
   */
  start(seed) {
    const { at, inputs, hidden, kind, size } = this;
    const random = new Random(seed);
    const p = new kind(size);
    for (let k = at[0]; k < at[1]; k++) p[k] = random.normal() * Math.sqrt(2 / inputs);
    for (let k = at[2]; k < at[3]; k++) p[k] = random.normal() * Math.sqrt(2 / hidden);
    return p;
  }

  /**
   * What the units and the scores of an example are; most pixels of a digit are 0, and cost nothing.
   * @param {Floats} p
   * @param {Floats} values
   * @param {number} row
   */
  forward(p, values, row) {
    const { inputs, hidden, classes, units, scores } = this;
    const [, b1, w2, b2] = this.at;
    for (let j = 0; j < hidden; j++) units[j] = p[b1 + j];
    for (let k = 0; k < inputs; k++) {
      const value = values[inputs * row + k];
      if (value !== 0) for (let j = 0, at = k * hidden; j < hidden; j++) units[j] += value * p[at + j];
    }
    for (let c = 0; c < classes; c++) scores[c] = p[b2 + c];
    for (let j = 0; j < hidden; j++) {
      if (units[j] <= 0) units[j] = 0;
      else for (let c = 0, at = w2 + j * classes; c < classes; c++) scores[c] += units[j] * p[at + c];
    }
  }

  /** Turns the scores into probabilities; the logarithm of what they are divided by, and of the largest. */
  normalise() {
    const { classes, scores } = this;
    let [most, sum] = [-Infinity, 0];
    for (let c = 0; c < classes; c++) most = Math.max(most, scores[c]);
    for (let c = 0; c < classes; c++) {
      scores[c] = Math.exp(scores[c] - most);
      sum += scores[c];
    }
    for (let c = 0; c < classes; c++) scores[c] /= sum;
    return most + Math.log(sum);
  }

  /**
   * The probabilities of the classes.
   * @param {Floats} p
   * @param {Floats} values
   * @param {number} [row]
   */
  says(p, values, row = 0) {
    this.forward(p, values, row);
    this.normalise();
    return [...this.scores];
  }

  /**
   * The mean cross-entropy, and the share of examples whose highest score is the label's.
   * @param {Floats} p
   * @param {Examples} examples
   */
  judge(p, { values, labels }) {
    const { classes, scores } = this;
    let [loss, right] = [0, 0];
    for (let row = 0; row < labels.length; row++) {
      this.forward(p, values, row);
      let best = 0;
      for (let c = 1; c < classes; c++) if (scores[c] > scores[best]) best = c;
      if (best === labels[row]) right++;
      const own = scores[labels[row]];
      loss += this.normalise() - own;
    }
    return { loss: loss / labels.length, accuracy: right / labels.length };
  }

  /**
   * The gradient of the mean cross-entropy of a batch, into `g`.
   * @param {Floats} p
   * @param {Examples} examples
   * @param {Uint32Array} batch
   * @param {Floats} g
   */
  gradient(p, { values, labels }, batch, g) {
    const { inputs, hidden, classes, units, scores, back } = this;
    const [, b1, w2, b2] = this.at;
    g.fill(0);
    for (const row of batch) {
      this.forward(p, values, row);
      this.normalise();
      scores[labels[row]] -= 1; // softmax minus one-hot
      for (let c = 0; c < classes; c++) {
        scores[c] /= batch.length;
        g[b2 + c] += scores[c];
      }
      for (let j = 0; j < hidden; j++) {
        back[j] = 0;
        if (!(units[j] > 0)) continue;
        for (let c = 0, at = w2 + j * classes; c < classes; c++) {
          g[at + c] += units[j] * scores[c];
          back[j] += p[at + c] * scores[c];
        }
        g[b1 + j] += back[j];
      }
      for (let k = 0; k < inputs; k++) {
        const value = values[inputs * row + k];
        if (value !== 0) for (let j = 0, at = k * hidden; j < hidden; j++) g[at + j] += value * back[j];
      }
    }
  }
}
