// NumPy's default generator, so that a run in the page starts as `fo.minimize` does, and meets the same batches.
//
// PCG64 (O'Neill, 2014), its seed spread by NumPy's SeedSequence; normal numbers by the ziggurat of Marsaglia and Tsang
// (2000), whose tables are computed here: they agree with NumPy's to rounding.

const [WORD, LONG] = [(1n << 64n) - 1n, (1n << 128n) - 1n];
const MULTIPLIER = 0x2360ed051fc65da44385df649fccf645n;

/** @type {(value: number) => number} */
const folded = (value) => (value ^ (value >>> 16)) >>> 0;

/**
 * Eight words of 32 bits that a seed is spread over.
 * @param {number} seed a whole number below 2³²
 */
function spreadOver(seed) {
  let constant = 0x43b0d7e5;
  const hashed = (/** @type {number} */ value) => {
    const mixed = (value ^ constant) >>> 0;
    constant = Math.imul(constant, 0x931e8875) >>> 0;
    return folded(Math.imul(mixed, constant));
  };
  const pool = [seed, 0, 0, 0].map(hashed);
  for (let from = 0; from < 4; from++)
    for (let to = 0; to < 4; to++)
      if (from !== to) {
        const other = Math.imul(hashed(pool[from]), 0x4973f715);
        pool[to] = folded(Math.imul(pool[to], 0xca01f9dd) - other);
      }
  constant = 0x8b51f9dd;
  return Array.from({ length: 8 }, (_, k) => {
    const mixed = pool[k % 4] ^ constant;
    constant = Math.imul(constant, 0x58f38ded) >>> 0;
    return folded(Math.imul(mixed, constant));
  });
}

// ---- the ziggurat: 256 layers of equal area under exp(−x²/2), the tail beyond EDGE with the lowest

const [EDGE, AREA] = [3.6541528853610088, 0.004928673233974655];
const [layers, widths, heights] = [new Float64Array(256), new Float64Array(256), new Float64Array(256)];
/** @type {(x: number) => number} */
const bell = (x) => Math.exp(-0.5 * x * x);

{
  const base = AREA / bell(EDGE);
  layers[0] = (EDGE / base) * 2 ** 52;
  widths[0] = base / 2 ** 52;
  heights[0] = 1;
  for (let k = 255, x = EDGE; k > 0; k--) {
    widths[k] = x / 2 ** 52;
    heights[k] = bell(x);
    const above = Math.sqrt(-2 * Math.log(AREA / x + bell(x)));
    layers[k] = k === 1 ? 0 : (above / x) * 2 ** 52;
    x = above;
  }
}

/** `np.random.default_rng(seed)`. */
export class Random {
  /** @param {number} seed */
  constructor(seed) {
    const words = spreadOver(seed).map(BigInt);
    const pair = (/** @type {number} */ k) => (words[k + 1] << 32n) | words[k];
    this.increment = ((((pair(4) << 64n) | pair(6)) << 1n) | 1n) & LONG;
    this.state = this.increment; // a step from 0
    this.state = (this.state + ((pair(0) << 64n) | pair(2))) & LONG;
    this.step();
    /** The upper half of a word of which the lower is used. @type {number | undefined} */
    this.half = undefined;
  }

  step() {
    this.state = (this.state * MULTIPLIER + this.increment) & LONG;
  }

  /** 64 bits. */
  word() {
    this.step();
    const folded = (this.state >> 64n) ^ (this.state & WORD);
    const turn = this.state >> 122n;
    return ((folded >> turn) | (folded << (64n - turn))) & WORD;
  }

  /** 32 bits. */
  short() {
    const { half } = this;
    if (half !== undefined) {
      this.half = undefined;
      return half;
    }
    const word = this.word();
    this.half = Number(word >> 32n);
    return Number(word & 0xffffffffn);
  }

  /** A number in [0, 1). */
  uniform() {
    return Number(this.word() >> 11n) / 2 ** 53;
  }

  /** A standard normal number. @returns {number} */
  normal() {
    for (;;) {
      const word = this.word();
      const layer = Number(word & 0xffn);
      const size = Number((word >> 9n) & 0xfffffffffffffn);
      const sign = (word >> 8n) & 1n ? -1 : 1;
      const x = size * widths[layer];
      if (size < layers[layer]) return sign * x;
      if (layer === 0) return this.tail(Math.floor(size / 256) % 2 === 1 ? -1 : 1);
      const [low, high] = [heights[layer], heights[layer - 1]];
      if (low + (high - low) * this.uniform() < bell(x)) return sign * x;
    }
  }

  /** @param {number} sign */
  tail(sign) {
    for (;;) {
      const beyond = -Math.log1p(-this.uniform()) / EDGE;
      const room = -Math.log1p(-this.uniform());
      if (2 * room > beyond * beyond) return sign * (EDGE + beyond);
    }
  }

  /**
   * The numbers below n in another order.
   * @param {number} n
   */
  permutation(n) {
    const order = Uint32Array.from({ length: n }, (_, k) => k);
    for (let k = n - 1; k > 0; k--) {
      const mask = 2 ** (32 - Math.clz32(k)) - 1;
      let other = 0;
      do other = (this.short() & mask) >>> 0;
      while (other > k);
      [order[k], order[other]] = [order[other], order[k]];
    }
    return order;
  }
}

/**
 * Mini-batches without end: every epoch a new order, cut into pieces (`minimize.batches`).
 * @param {number} n
 * @param {number} size
 * @param {number} seed
 */
export function* batches(n, size, seed) {
  const random = new Random(seed);
  for (;;) {
    const order = random.permutation(n);
    for (let from = 0; from < n; from += size) yield order.subarray(from, from + size);
  }
}
