// Runs the JavaScript that Python has generated of a rule: a page of the book allows no `eval`, and a rule that a reader
// has typed, or that a link holds, is not in its files. What is read is the form that `reading/javascript.py` writes, and
// nothing else: numbers, names that are declared, arithmetic, conditions, and a few functions of `Math`.
//
// The operations are those of the text, in its order, so that the numbers are the same as the browser's own, bit by bit.

/** @import {Update} from "./types.d.ts" */

/** @typedef {Float64Array} Registers a number for each name */
/** @typedef {(r: Registers) => any} Value of an expression: a number, or of a condition true or false */
/** @typedef {(r: Registers, arrays: Float64Array[], i: number) => void} Statement */

const WORD =
  /\s*(?:(\d+\.?\d*(?:e[+-]?\d+)?)|(Math\.[A-Za-z]\w*|[A-Za-z_]\w*(?:\.length)?)|(\+\+|[<>=!]=|&&|\|\||[-+*/<>=?:;,!()[\]{}]))/y;
/** Characters of a rule, and how deep its brackets may be: the package's own are a fiftieth of that. */
const [LONGEST, DEEPEST] = [100_000, 200];

/** @type {Record<string, (...values: number[]) => number>} by their names, and the number of what they take */
const FUNCTIONS = Object.assign(
  Object.create(null),
  Object.fromEntries(
    ["abs", "cos", "exp", "log", "max", "min", "pow", "sign", "sin", "sqrt", "tanh"].map((name) => [
      `Math.${name}`,
      Reflect.get(Math, name),
    ]),
  ),
);
/** @type {Record<string, number>} */
const CONSTANTS = Object.assign(Object.create(null), { "Math.PI": Math.PI, "Math.E": Math.E });

/** From the loosest to the tightest; those of a row are taken from the left. */
const ROWS = [["||"], ["&&"], ["==", "!="], ["<", "<=", ">", ">="], ["+", "-"], ["*", "/"]];
/** @type {Record<string, (a: Value, b: Value) => Value>} */
const BINARY = {
  "||": (a, b) => (r) => a(r) || b(r),
  "&&": (a, b) => (r) => a(r) && b(r),
  "==": (a, b) => (r) => a(r) === b(r),
  "!=": (a, b) => (r) => a(r) !== b(r),
  "<": (a, b) => (r) => a(r) < b(r),
  "<=": (a, b) => (r) => a(r) <= b(r),
  ">": (a, b) => (r) => a(r) > b(r),
  ">=": (a, b) => (r) => a(r) >= b(r),
  "+": (a, b) => (r) => a(r) + b(r),
  "-": (a, b) => (r) => a(r) - b(r),
  "*": (a, b) => (r) => a(r) * b(r),
  "/": (a, b) => (r) => a(r) / b(r),
};

/** @param {string} source */
function wordsOf(source) {
  const text = source.trim();
  if (text.length > LONGEST) throw new SyntaxError(`more than ${LONGEST} characters`);
  const found = [];
  WORD.lastIndex = 0;
  while (WORD.lastIndex < text.length) {
    const from = WORD.lastIndex;
    const word = WORD.exec(text);
    if (!word) throw new SyntaxError(`cannot read ${JSON.stringify(text.slice(from, from + 20))}`);
    found.push(word[1] ?? word[2] ?? word[3]);
  }
  return found;
}

export class Reader {
  /** @type {Map<string, number>} the registers, by name */
  names = new Map();
  /** @type {Map<string, number>} the arrays among the arguments, by name */
  arrays = new Map();
  /** @type {string[]} what is handed over by name, in the first registers */
  keywords = [];
  at = 0;
  depth = 0;

  /** @param {string} source */
  constructor(source) {
    this.words = wordsOf(source);
  }

  /** @param {string} word */
  is(word) {
    const found = this.words[this.at] === word;
    if (found) this.at++;
    return found;
  }

  /** @param {...string} words */
  take(...words) {
    for (const word of words)
      if (!this.is(word)) throw new SyntaxError(`expected ${word}, got ${this.words[this.at] ?? "the end"}`);
  }

  name() {
    const word = this.words[this.at++] ?? "";
    if (!/^[A-Za-z_]\w*$/.test(word)) throw new SyntaxError(`expected a name, got ${word || "the end"}`);
    return word;
  }

  /** @param {string} name */
  array(name) {
    const found = this.arrays.get(name);
    if (found === undefined) throw new SyntaxError(`${name} is no array`);
    return found;
  }

  /** @param {string} name */
  register(name) {
    const found = this.names.get(name) ?? this.names.size;
    this.names.set(name, found);
    return found;
  }

  // ---- statements

  /** `function name(p_, g_, …, {t, lr, …}) { … }` */
  program() {
    this.take("function");
    this.name();
    this.take("(");
    while (!this.is("{")) {
      this.arrays.set(this.name(), this.arrays.size);
      this.take(",");
    }
    while (!this.is("}")) {
      const name = this.name();
      this.register(name);
      this.keywords.push(name);
      this.is(",");
    }
    this.take(")", "{");
    const before = this.statements("for", "}");
    const each = this.is("for") ? this.loop() : [];
    const after = this.statements("}");
    this.take("}");
    if (this.at < this.words.length) throw new SyntaxError(`expected the end, got ${this.words[this.at]}`);
    return { before, each, after };
  }

  loop() {
    this.take("(", "let", "i_", "=", "0", ";", "i_", "<");
    this.array((this.words[this.at++] ?? "").replace(/\.length$/, ""));
    this.take(";", "i_", "++", ")", "{");
    const each = this.statements("}");
    this.take("}");
    return each;
  }

  /** @param {...string} ends */
  statements(...ends) {
    const found = [];
    while (!ends.includes(this.words[this.at] ?? "}")) {
      const declared = this.is("let") || this.is("const");
      do found.push(this.assignment(declared));
      while (this.is(","));
      this.take(";");
    }
    return found;
  }

  /**
   * @param {boolean} declared
   * @returns {Statement}
   */
  assignment(declared) {
    const target = this.name();
    if (this.words[this.at] === "[") {
      const array = this.array(target);
      const place = this.place();
      this.take("=");
      const value = this.expression();
      return place === "i_"
        ? (r, arrays, i) => {
            arrays[array][i] = value(r);
          }
        : (r, arrays) => {
            arrays[array][0] = value(r);
          };
    }
    if (!declared && !this.names.has(target)) throw new SyntaxError(`${target} is not declared`);
    this.take("=");
    const value = this.loaded() ?? this.expression(); // before the target is known: it may not read itself
    const register = this.register(target);
    return (r, arrays, i) => {
      r[register] = value(r, arrays, i);
    };
  }

  /** An element of an array, which is a whole right-hand side. */
  loaded() {
    if (this.words[this.at + 1] !== "[") return null;
    const array = this.array(this.name());
    return this.place() === "i_"
      ? (/** @type {Registers} */ _, /** @type {Float64Array[]} */ arrays, /** @type {number} */ i) =>
          arrays[array][i]
      : (/** @type {Registers} */ _, /** @type {Float64Array[]} */ arrays) => arrays[array][0];
  }

  place() {
    this.take("[");
    const place = this.is("0") ? "0" : "i_";
    if (place === "i_") this.take("i_");
    this.take("]");
    return place;
  }

  // ---- expressions

  /** @returns {Value} */
  expression() {
    if (++this.depth > DEEPEST) throw new SyntaxError(`more than ${DEEPEST} brackets deep`);
    const condition = this.row(0);
    const value = this.is("?") ? this.choice(condition) : condition;
    this.depth--;
    return value;
  }

  /**
   * @param {Value} condition
   * @returns {Value}
   */
  choice(condition) {
    const yes = this.expression();
    this.take(":");
    const no = this.expression();
    return (r) => (condition(r) ? yes(r) : no(r));
  }

  /**
   * @param {number} row
   * @returns {Value}
   */
  row(row) {
    if (row === ROWS.length) return this.signed();
    let value = this.row(row + 1);
    while (ROWS[row].includes(this.words[this.at]))
      value = BINARY[this.words[this.at++]](value, this.row(row + 1));
    return value;
  }

  /** @returns {Value} */
  signed() {
    if (this.is("-")) {
      const value = this.signed();
      return (r) => -value(r);
    }
    if (this.is("!")) {
      const value = this.signed();
      return (r) => !value(r);
    }
    if (this.is("(")) {
      const value = this.expression();
      this.take(")");
      return value;
    }
    return this.leaf();
  }

  /** @returns {Value} */
  leaf() {
    const word = this.words[this.at++] ?? "the end";
    if (/^\d/.test(word)) {
      const number = Number(word);
      return () => number;
    }
    if (word in CONSTANTS) return () => CONSTANTS[word];
    if (word in FUNCTIONS) return this.call(word);
    const register = this.names.get(word);
    if (register === undefined) throw new SyntaxError(`${word} is not declared`);
    return (r) => r[register];
  }

  /**
   * @param {string} name
   * @returns {Value}
   */
  call(name) {
    const run = FUNCTIONS[name];
    /** @type {Value[]} */
    const values = [];
    this.take("(");
    do values.push(this.expression());
    while (this.is(","));
    this.take(")");
    const [a, b] = values;
    if (values.length === 1) return (r) => run(a(r));
    if (values.length === 2) return (r) => run(a(r), b(r));
    throw new SyntaxError(`${name} of ${values.length}`);
  }
}

/**
 * The update that a generated function is. Throws SyntaxError for any other text.
 * @param {string} source
 * @returns {Update}
 */
export function interpreted(source) {
  const reader = new Reader(source);
  const { before, each, after } = reader.program();
  const { keywords, arrays, names } = reader;
  const r = new Float64Array(names.size);
  return (...given) => {
    const scalars = /** @type {Record<string, number>} */ (given[arrays.size]);
    const values = /** @type {Float64Array[]} */ (given);
    for (let k = 0; k < keywords.length; k++) r[k] = scalars[keywords[k]];
    for (const run of before) run(r, values, 0);
    for (let i = 0; i < values[0].length; i++) for (const run of each) run(r, values, i);
    for (const run of after) run(r, values, 0);
  };
}
