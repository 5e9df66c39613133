// The comparison: optimizers side by side, each against the first, and their paths over one landscape.

/** @import {Claim, DialledRule, Landscape, Mathematics, Method, Model, Numbers, Point, Rule, Scene, State, Style, Trajectory} from "../types.d.ts" */
/** @import {Child} from "../dom.js" */
import { usual } from "../card.js";
import { diff } from "../diff.js";
import { field, h, select } from "../dom.js";
import { descend } from "../drive.js";
import { Figure } from "../figure.js";
import { add } from "../kinds.js";
import { known } from "../known.js";
import { LandscapeView } from "../landscape.js";
import { bytesOf, chapterLink, code, editLink, formula, sign } from "../method.js";
import { format, within } from "../numbers.js";
import { onPage } from "../place.js";
import { stylesOf } from "../styles.js";

const MOST = 3;
const STEPS = 200;
const PLACES = ["First", "Second", "Third"];
const ROTATION = { all: "yes", sides: "of rows and columns", none: "no" };
const DECAY = { lr: "η·λ each step", own: "λ·η/ηmax each step", mixed: "mixed with the step", "": "none" };
const VERDICTS = {
  holds: "hold",
  "holds in part": "hold in part",
  "does not hold": "do not",
  undecided: "are undecided",
};

/** @type {(is: boolean) => string} */
const yes = (is) => (is ? "yes" : "no");

/**
 * What was measured of how an optimizer behaves, in the words of the table.
 * @type {[string, (method: Method) => string][]}
 */
const FACTS = [
  ["Year", ({ year }) => String(year)],
  ["State, float32", bytesOf],
  ["Element by element", ({ elementwise }) => yes(elementwise)],
  ["Same steps if all gradients are scaled", ({ behaviour }) => yes(behaviour.scale)],
  ["Same steps if each parameter’s are scaled", ({ behaviour }) => yes(behaviour.diagonal)],
  ["Turns with the axes", ({ behaviour }) => ROTATION[behaviour.rotation]],
  ["Moves on when the gradient is 0", ({ behaviour }) => yes(behaviour.coasts)],
  ["First step, in η", ({ behaviour }) => format(behaviour.first, 2) + (behaviour.first_grows ? "·|g|" : "")],
  ["Step at a gradient 10⁶ times too large, in η", ({ behaviour }) => format(behaviour.outlier, 2)],
  ["Weight decay", ({ behaviour }) => DECAY[behaviour.decay]],
];

/** @typedef {Landscape & {parameters: Numbers}} Ground */
/** @typedef {{method: Method, rate: number, trajectory: Trajectory, style: Style}} Run */

export class Comparison extends Figure {
  /** @type {Map<string, Method>} */
  methods = new Map(this.model.get("methods").map((/** @type {Method} */ method) => [method.id, method]));
  /** @type {Map<string, DialledRule>} */
  rules = new Map(this.model.get("rules").map((/** @type {Rule} */ rule) => [rule.id, rule]));
  /** @type {Map<string, Ground>} */
  landscapes = new Map(
    this.model.get("landscapes").map((/** @type {Ground} */ ground) => [ground.id, ground]),
  );
  selects = PLACES.map((_, k) => this.selector(k));
  above = h("div", { class: "fo-sections" });
  below = h("div", { class: "fo-sections" });
  paths = new LandscapeView({
    describedby: this.hintId,
    scene: () => this.scene,
    onstart: (start, done) => this.set({ start }, done),
  });
  select = select(() => this.chooseLandscape(this.select.value), this.landscapes.values());
  legend = h("ul", { class: "fo-legend" });
  listed = "";
  /** @type {Run[]} */
  runs = [];

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics, ["chosen", "landscape", "start"]);
  }

  build() {
    const hint =
      "Drag the ring to move the start. The learning rates are set so that each path can be seen, so who comes first means little.";
    const paths = h(
      "div",
      { class: "fo-paths" },
      h("div", { class: "fo-scene" }, field("Landscape", this.select)),
      this.paths.plot.element,
      this.legend,
      h("p", { class: "fo-hint", id: this.hintId }, hint),
    );
    const promise = onPage ? "A link keeps the choice, the landscape and the start." : "";
    return this.frame(
      "comparison",
      "Comparison of optimizers",
      h("div", { class: "fo-pick" }, ...this.selects.map((list, k) => field(PLACES[k], list))),
      this.above,
      section("Paths from one start", paths),
      this.below,
      h("div", { class: "fo-foot" }, h("p", { class: "fo-hint" }, promise), this.tools),
    );
  }

  /**
   * A list of all optimizers by chapter; the last place may be empty.
   * @param {number} k
   */
  selector(k) {
    const groups = Map.groupBy(this.methods.values(), ({ chapter }) => chapter);
    const none = k === MOST - 1 ? [h("option", { value: "" }, "none")] : [];
    const options = [...groups].map(([chapter, methods]) =>
      h(
        "optgroup",
        { label: chapter.replaceAll("_", " ") || "others" },
        ...methods.map(({ id, label }) => h("option", { value: id }, label)),
      ),
    );
    return h("select", { onchange: () => this.choose() }, ...none, ...options);
  }

  // ---- the state

  /** @returns {string[]} */
  get ids() {
    return this.model.get("chosen");
  }
  get chosen() {
    return this.ids.map((id) => known(this.methods, id));
  }
  get landscape() {
    return known(this.landscapes, this.model.get("landscape"));
  }
  /** @returns {Point} */
  get start() {
    return this.model.get("start");
  }

  /**
   * @param {string} name
   * @param {unknown} value
   * @param {State} state
   */
  allows(name, value, state) {
    if (name === "landscape") return value === state.landscape; // as the baseline has it
    if (!Array.isArray(value)) return false;
    const [x0, x1, y0, y1] = known(this.landscapes, state.landscape).domain;
    if (name === "start") return value.length === 2 && within(value[0], x0, x1) && within(value[1], y0, y1);
    return (
      within(value.length, 2, MOST) &&
      new Set(value).size === value.length &&
      value.every((id) => this.methods.has(id))
    );
  }

  /** @param {State} [asked] */
  baseline({ landscape } = {}) {
    const state = super.baseline();
    const other = landscape !== state.landscape && this.landscapes.get(landscape);
    return other ? { ...state, landscape, start: other.start } : state;
  }

  /** Takes what the lists say; one that repeats another goes to the place of the one it drove out. */
  choose() {
    const before = this.ids;
    const wanted = this.selects.map(({ value }) => value);
    const changed = wanted.findIndex((id, k) => id !== (before[k] ?? ""));
    const twin = wanted.findIndex((id, k) => k !== changed && id && id === wanted[changed]);
    if (twin >= 0) wanted[twin] = before[changed] ?? "";
    const chosen = wanted.filter(Boolean);
    this.set({ chosen: chosen.length < 2 ? before : chosen });
  }

  /** @param {string} id */
  chooseLandscape(id) {
    this.set({ landscape: id, start: known(this.landscapes, id).start });
  }

  // ---- drawing

  /** @returns {Scene} */
  get scene() {
    const { id, domain, start: home, parameters } = this.landscape;
    const ground = this.mathematics.landscapes[id];
    return {
      key: id,
      domain,
      value: (x, y) => ground.value(x, y, parameters),
      minima: ground.minima(parameters),
      start: this.start,
      home,
      paths: this.runs,
      cursor: STEPS,
    };
  }

  redraw() {
    const { chosen } = this;
    this.selects.forEach((list, k) => {
      list.value = chosen[k]?.id ?? "";
    });
    const ids = this.ids.join();
    if (this.listed !== ids) {
      this.listed = ids;
      this.above.replaceChildren(...this.identity(chosen));
      this.below.replaceChildren(...this.account(chosen));
      this.say(() => `Comparing ${chosen.map(({ label }) => label).join(", ")}.`);
    }
    this.select.value = this.landscape.id;
    this.compute();
    this.paths.draw(this.theme);
    this.legend.replaceChildren(...this.runs.map((run) => this.entry(run)), ...this.absent());
  }

  compute() {
    const { landscape, start } = this;
    const styles = stylesOf(this.ids);
    this.runs = this.chosen.flatMap((method, k) => {
      const rule = this.rules.get(method.id);
      if (!rule) return [];
      const numbers = usual(rule);
      const rate = landscape.rates[rule.id] ?? numbers.lr;
      const optimizer = { rule: rule.id, hyperparameters: { ...numbers, lr: rate }, bias_correction: true };
      const { id, parameters } = landscape;
      const descent = { rule, optimizer, landscape: id, parameters, start, steps: STEPS };
      return [{ method, rate, trajectory: descend(this.mathematics, descent), style: styles[k] }];
    });
  }

  /** @param {Run} run */
  entry({ method, trajectory: { diverged, values }, style, rate }) {
    const end =
      diverged === null
        ? `f = ${format(values[STEPS])} after ${STEPS} steps`
        : `diverged at step ${diverged}`;
    return h("li", {}, sign(style), h("strong", {}, method.label), ` η = ${format(rate)}, ${end}`);
  }

  /** A line for each optimizer that has no path here. */
  absent() {
    return this.chosen
      .filter(({ id }) => !this.rules.has(id))
      .map(({ label }) => h("li", {}, h("strong", {}, label), " needs whole tensors and does not run here."));
  }

  /** @param {Method[]} chosen */
  identity(chosen) {
    const [first] = chosen;
    return [
      section(
        "What they are",
        this.columns(chosen, (method) => this.lineage(method)),
      ),
      section(
        "Formula",
        this.columns(chosen, (method) => [formula(method)], "fo-wide"),
      ),
      section(
        `Code; what ${first.label} has not is marked`,
        this.columns(chosen, (method) => [...marked(method, first), ...editLink(method)], "fo-wide"),
      ),
    ];
  }

  /** @param {Method[]} chosen */
  account(chosen) {
    const facts = FACTS.map(([title, fact]) => ({ title, cells: chosen.map(fact) }));
    return [
      section("Hyperparameters and their defaults", table("Hyperparameters", chosen, numbers(chosen))),
      section("Counted and measured", table("Counted and measured", chosen, facts)),
      section(
        "Pros and cons, as tested in this book",
        this.columns(chosen, (method) => [this.evidence(method)]),
      ),
    ];
  }

  /**
   * A column for each optimizer, under its name, which has the sign of its path.
   * @param {Method[]} chosen
   * @param {(method: Method) => Child[]} tell
   * @param {string} [kind]
   */
  columns(chosen, tell, kind = "") {
    const styles = stylesOf(this.ids);
    const column = (/** @type {Method} */ method, /** @type {number} */ k) => {
      const name = h("strong", { class: "fo-name" }, sign(styles[k]), method.label);
      return h("div", {}, name, ...tell(method));
    };
    return h("div", { class: `fo-columns ${kind}` }, ...chosen.map(column));
  }

  /** @param {Method} method */
  lineage(method) {
    const names = (/** @type {string[]} */ keys) =>
      keys.map((key) => known(this.methods, key).label).join(", ");
    return [
      h("p", { class: "fo-source" }, method.source),
      h("p", {}, method.idea),
      ...(method.above.length ? [h("p", {}, `Builds on ${names(method.above)}.`)] : []),
      ...(method.below.length ? [h("p", {}, `Built on by ${names(method.below)}.`)] : []),
      ...chapterLink(method),
    ];
  }

  /** @param {Method} method */
  evidence(method) {
    /** @type {Claim[]} */
    const all = this.model.get("claims");
    const claims = all
      .filter(({ about }) => about.includes(method.id))
      .sort((a, b) => Number(b.pro) - Number(a.pro));
    if (!claims.length) return h("p", {}, "None of its own.");
    const counts = Object.entries(VERDICTS).map(
      ([kind, word]) => `${claims.filter(({ verdict }) => verdict === kind).length} ${word}`,
    );
    return h(
      "details",
      {},
      h("summary", {}, `${claims.length} claims: ${counts.join(", ")}`),
      h("ul", { class: "fo-claims" }, ...claims.map(claimed)),
    );
  }
}

/**
 * @param {string} title
 * @param {...Child} children
 */
const section = (title, ...children) =>
  h("section", { "aria-label": title }, h("p", { class: "fo-title" }, title), ...children);

/**
 * The code of an optimizer, with what the first has not, and in words what became of the rest.
 * @param {Method} method
 * @param {Method} first
 */
function marked(method, first) {
  const { statements, changed, added, gone } = diff(first.code, method.code);
  const lines = statements.map((pieces, k) => line(pieces, k < statements.length - 1));
  if (method === first) return [code(method, ...lines)];
  const parts = Object.entries({ "Set otherwise": changed, New: added, Gone: gone })
    .filter(([, names]) => names.length)
    .map(([title, names]) => `${title}: ${names.join(", ")}.`);
  const said = parts.join(" ") || `Sets the same as ${first.label}.`;
  return [code(method, ...lines), h("p", { class: "fo-source" }, said)];
}

/**
 * A statement that hangs in its column.
 * @param {import("../diff.js").Piece[]} pieces
 * @param {boolean} more whether another follows
 */
function line(pieces, more) {
  const children = pieces.flatMap(({ text, fresh }) =>
    fresh ? [h("ins", {}, ...whole(text))] : whole(text),
  );
  return h("span", { class: "fo-line" }, ...children, more ? "\n" : "");
}

/**
 * A text whose numbers are not broken after the sign of an exponent.
 * @param {string} text
 * @returns {Child[]}
 */
const whole = (text) =>
  text.split(/(\d[\d.]*e[+-]?\d+)/).map((part, k) => (k % 2 ? h("span", {}, part) : part));

/**
 * @param {string} label
 * @param {Method[]} chosen
 * @param {{title: string, cells: string[]}[]} rows
 */
function table(label, chosen, rows) {
  const head = h("tr", {}, h("td"), ...chosen.map((method) => h("th", { scope: "col" }, method.label)));
  const lines = rows.map(({ title, cells }) =>
    h("tr", {}, h("th", { scope: "row" }, title), ...cells.map((cell) => h("td", {}, cell))),
  );
  const body = h("table", {}, h("thead", {}, head), h("tbody", {}, ...lines));
  return h("div", { class: "fo-table", tabindex: 0, role: "group", "aria-label": label }, body);
}

/** @param {Method[]} chosen */
function numbers(chosen) {
  const defaults = chosen.map(({ hyperparameters }) => new Map(hyperparameters.map((row) => [row[0], row])));
  const symbols = new Map(defaults.flatMap((rows) => [...rows].map(([name, [, symbol]]) => [name, symbol])));
  return [...symbols].map(([name, symbol]) => ({
    title: `${symbol} ${name}`,
    cells: defaults.map((rows) => rows.get(name)?.[2] ?? "–"),
  }));
}

/** @param {Claim} claim */
function claimed({ pro, statement, measured, verdict, conditions }) {
  return h(
    "li",
    { class: `fo-${pro ? "pro" : "con"}` },
    h("span", { "aria-label": pro ? "Pro:" : "Con:", role: "img" }, pro ? "+" : "−"),
    ` ${statement}. `,
    ...(measured ? [h("span", { class: "fo-source" }, `${measured}. `)] : []),
    h("strong", {}, verdict),
    conditions ? `: ${conditions}` : "",
  );
}

add("comparison", Comparison);
