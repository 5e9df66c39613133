// The comparison: optimizers side by side, each against the first, and their paths over one landscape.

import {
  Figure,
  Handle,
  Plot,
  SERIES,
  STAR,
  clamp,
  descend,
  format,
  front,
  h,
  niceTicks,
  paintContours,
  shape,
  stamp,
  stroke,
  survey,
  swatch,
  within,
} from "./parts.js";
import { bytesOf, chapterLink, formula } from "./methods.js";

const MOST = 3;
const STEPS = 200;
const CELL = 2; // CSS pixels between the points where the landscape is evaluated
const ROTATION = { all: "yes", sides: "of rows and columns", none: "no" };
const DECAY = { lr: "η·λ each step", own: "λ·η/ηmax each step", mixed: "mixed with the step", "": "none" };
const yes = (true_) => (true_ ? "yes" : "no");
const units = (length) => format(length, 2);

/** What was measured of how an optimizer behaves, in the words of the table. */
const FACTS = [
  ["Year", ({ year }) => String(year)],
  ["State, float32", bytesOf],
  ["Element by element", ({ elementwise }) => yes(elementwise)],
  ["Same steps if all gradients are scaled", ({ behaviour }) => yes(behaviour.scale)],
  ["Same steps if each parameter’s are scaled", ({ behaviour }) => yes(behaviour.diagonal)],
  ["Turns with the axes", ({ behaviour }) => ROTATION[behaviour.rotation]],
  ["Moves on when the gradient is 0", ({ behaviour }) => yes(behaviour.coasts)],
  ["First step, in η", ({ behaviour }) => units(behaviour.first) + (behaviour.first_grows ? "·|g|" : "")],
  ["Step at a gradient 10⁶ times too large, in η", ({ behaviour }) => units(behaviour.outlier)],
  ["Weight decay", ({ behaviour }) => DECAY[behaviour.decay]],
];

/** The lines of the other text as [whether it is new, line], by their longest common part; and how many were lost. */
function diff(one, other) {
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
    lines.push([!kept, b[j]]);
    if (kept) i++;
  }
  return { lines, lost: a.length - common[0][0] };
}

/** Paths over a landscape, from a start that is dragged. */
class Paths {
  constructor(figure) {
    this.figure = figure;
    this.plot = new Plot(2, h("i", {}, "x"), h("i", {}, "y"));
    this.handle = new Handle(this.plot, {
      label: "Start of the paths",
      describedby: figure.hintId,
      read: () => figure.model.get("start"),
      move: (x, y, done) => figure.moveStart(x, y, done),
      home: () => figure.landscape.start,
    });
    this.select = h(
      "select",
      { onchange: () => figure.chooseLandscape(this.select.value) },
      ...[...figure.landscapes.values()].map(({ id, label }) => h("option", { value: id }, label)),
    );
    this.legend = h("ul", { class: "fo-legend" });
    this.element = h(
      "div",
      { class: "fo-paths" },
      h("div", { class: "fo-scene" }, h("label", { class: "fo-field" }, "Landscape", this.select)),
      this.plot.element,
      this.legend,
      h(
        "p",
        { class: "fo-hint", id: figure.hintId },
        "Drag the ring to move the start. The learning rates are set so that each path can be seen, so who comes first means little.",
      ),
    );
    this.plot.element.addEventListener("click", (event) => {
      if (event.target !== this.handle.element) figure.moveStart(...this.plot.data(...this.plot.place(event)));
    });
  }

  draw() {
    const { figure, plot } = this;
    const { landscape, theme } = figure;
    const [x0, x1, y0, y1] = landscape.domain;
    this.select.value = landscape.id;
    plot.element.style.aspectRatio = String((x1 - x0) / (y1 - y0));
    plot.measure();
    plot.setDomain(x0, x1, y0, y1);
    const labels = (low, high, size) =>
      niceTicks(low, high, clamp(size / 60, 2, 8)).map((tick) => [tick, format(tick)]);
    plot.setTicks(labels(x0, x1, plot.width), labels(y0, y1, plot.height));
    this.drawGround(theme);
    const context = plot.clear(1);
    const functions = figure.mathematics.landscapes[landscape.id];
    for (const [x, y] of functions.minima(landscape.parameters))
      stamp(context, shape(STAR), plot.x(x), plot.y(y), theme.text, theme.surface);
    for (const run of figure.runs) this.drawRun(context, run, theme);
    this.handle.update();
    this.legend.replaceChildren(...figure.runs.map((run) => this.entry(run, theme)), ...figure.absent());
  }

  drawGround(theme) {
    const { figure, plot } = this;
    const { landscape } = figure;
    const drawn = [landscape.id, plot.width, plot.height, theme.name].join();
    if (!plot.fit(0) && drawn === this.drawn) return;
    this.drawn = drawn;
    const [columns, rows] = [plot.width, plot.height].map((size) => Math.max(2, Math.ceil(size / CELL) + 1));
    const functions = figure.mathematics.landscapes[landscape.id];
    const field = survey(functions, landscape.parameters, plot.domain, columns, rows);
    paintContours(plot.canvases[0], field, theme);
  }

  drawRun(context, { trajectory, style }, theme) {
    const { plot } = this;
    const { points } = trajectory;
    const xs = Float64Array.from({ length: points.length / 2 }, (_, k) => plot.x(points[2 * k]));
    const ys = Float64Array.from({ length: points.length / 2 }, (_, k) => plot.y(points[2 * k + 1]));
    if (!xs.length) return;
    const path = plot.line(xs, ys, 0, xs.length - 1);
    const colour = style[theme.name];
    stroke(context, path, { colour: theme.surface, width: 4.5, alpha: 0.75 });
    stroke(context, path, { colour, dash: style.dash });
    const [x, y] = [xs.at(-1), ys.at(-1)];
    if (plot.inside(x, y)) stamp(context, shape(style.marker), x, y, colour, theme.surface);
  }

  entry({ method, trajectory, style, rate }, theme) {
    const end =
      trajectory.diverged === null
        ? `f = ${format(trajectory.values.at(-1))} after ${STEPS} steps`
        : `diverged at step ${trajectory.diverged}`;
    const sign = h("span", { style: `--series: ${style[theme.name]}` }, swatch(style));
    return h("li", {}, sign, h("strong", {}, method.label), ` η = ${format(rate)}, ${end}`);
  }
}

class Comparison extends Figure {
  constructor(model, mathematics) {
    super(model, mathematics, ["chosen", "landscape", "start"]);
    this.methods = new Map(model.get("methods").map((method) => [method.id, method]));
    this.rules = new Map(model.get("rules").map((rule) => [rule.id, rule]));
    this.landscapes = new Map(model.get("landscapes").map((landscape) => [landscape.id, landscape]));
    this.selects = Array.from({ length: MOST }, (_, k) => this.selector(k));
    this.above = h("div", { class: "fo-sections" });
    this.below = h("div", { class: "fo-sections" });
    this.paths = new Paths(this);
    this.element = this.frame(
      "comparison",
      "Comparison of optimizers",
      h(
        "div",
        { class: "fo-pick" },
        ...this.selects.map((select, k) =>
          h("label", { class: "fo-field" }, ["First", "Second", "Third"][k], select),
        ),
      ),
      this.above,
      this.section("Paths from one start", this.paths.element),
      this.below,
      h(
        "div",
        { class: "fo-foot" },
        h("p", { class: "fo-hint" }, "A link keeps the choice, the landscape and the start."),
        this.tools,
      ),
    );
  }

  selector(k) {
    const groups = Map.groupBy(this.methods.values(), ({ chapter }) => chapter);
    return h(
      "select",
      { onchange: () => this.choose() },
      ...(k === MOST - 1 ? [h("option", { value: "" }, "none")] : []),
      ...[...groups].map(([chapter, methods]) =>
        h(
          "optgroup",
          { label: chapter.replaceAll("_", " ") || "others" },
          ...methods.map(({ id, label }) => h("option", { value: id }, label)),
        ),
      ),
    );
  }

  section(title, ...children) {
    return h("section", { "aria-label": title }, h("p", { class: "fo-title" }, title), ...children);
  }

  get chosen() {
    return this.model.get("chosen").map((id) => this.methods.get(id));
  }
  get landscape() {
    return this.landscapes.get(this.model.get("landscape"));
  }

  allows(name, value, { landscape }) {
    const [x0, x1, y0, y1] = this.landscapes.get(landscape).domain;
    return {
      chosen: () =>
        Array.isArray(value) &&
        within(value.length, 2, MOST) &&
        new Set(value).size === value.length &&
        value.every((id) => this.methods.has(id)),
      landscape: () => value === landscape, // as the baseline has it
      start: () => value.length === 2 && within(value[0], x0, x1) && within(value[1], y0, y1),
    }[name]();
  }

  baseline({ landscape }) {
    const state = super.baseline();
    const other = landscape !== state.landscape && this.landscapes.get(landscape);
    return other ? { ...state, landscape, start: other.start } : state;
  }

  // ---- what a reader does

  /** Takes what the lists say; one that repeats another goes to the place of the one it drove out. */
  choose() {
    const before = this.model.get("chosen");
    const wanted = this.selects.map(({ value }) => value);
    const changed = wanted.findIndex((id, k) => id !== (before[k] ?? ""));
    const twin = wanted.findIndex((id, k) => k !== changed && id && id === wanted[changed]);
    if (twin >= 0) wanted[twin] = before[changed] ?? "";
    const chosen = wanted.filter(Boolean);
    this.set({ chosen: chosen.length < 2 ? before : chosen });
  }

  chooseLandscape(id) {
    this.set({ landscape: id, start: this.landscapes.get(id).start });
  }

  moveStart(x, y, done = true) {
    const [x0, x1, y0, y1] = this.landscape.domain;
    const neat = (value, low, high) => Number(clamp(value, low, high).toPrecision(4));
    this.set({ start: [neat(x, x0, x1), neat(y, y0, y1)] }, done);
  }

  // ---- drawing

  redraw() {
    const { chosen } = this;
    this.selects.forEach((select, k) => (select.value = chosen[k]?.id ?? ""));
    const ids = chosen.map(({ id }) => id).join();
    if (this.listed !== ids) {
      this.listed = ids;
      this.above.replaceChildren(...this.identity(chosen));
      this.below.replaceChildren(...this.account(chosen));
      this.say(() => `Comparing ${chosen.map(({ label }) => label).join(", ")}.`);
    }
    this.compute();
    this.paths.draw();
  }

  compute() {
    const landscape = this.landscape;
    this.runs = this.chosen.flatMap((method, k) => {
      const rule = this.rules.get(method.id);
      if (!rule) return [];
      const usual = Object.fromEntries(rule.hyperparameters.map(({ name, default: value }) => [name, value]));
      const rate = landscape.rates[rule.id] ?? usual.lr;
      const trajectory = descend(this.mathematics, {
        rule,
        optimizer: { rule: rule.id, hyperparameters: { ...usual, lr: rate }, bias_correction: true },
        landscape: landscape.id,
        parameters: landscape.parameters,
        start: this.model.get("start"),
        steps: STEPS,
      });
      return [{ method, rate, trajectory, style: SERIES[[1, 7, 4][k]] }];
    });
  }

  /** A line for each optimizer that has no path here. */
  absent() {
    return this.chosen
      .filter(({ id }) => !this.rules.has(id))
      .map(({ label }) => h("li", {}, h("strong", {}, label), " needs whole tensors and does not run here."));
  }

  /** A column for each optimizer, under its name. */
  columns(chosen, tell) {
    const column = (method) => h("div", {}, h("strong", { class: "fo-name" }, method.label), ...tell(method));
    return h("div", { class: "fo-columns" }, ...chosen.map(column));
  }

  identity(chosen) {
    const [first] = chosen;
    return [
      this.section("What they are", this.columns(chosen, (method) => this.lineage(method))),
      this.section("Formula", this.columns(chosen, (method) => [formula(method)])),
      this.section(
        `Code; what ${first.label} has not is marked`,
        this.columns(chosen, (method) => this.code(method, first)),
      ),
    ];
  }

  account(chosen) {
    return [
      this.section("Hyperparameters and their defaults", this.numbers(chosen)),
      this.section("Counted and measured", this.facts(chosen)),
      this.section(
        "Pros and cons, as tested in this book",
        this.columns(chosen, (method) => [this.evidence(method)]),
      ),
    ];
  }

  lineage(method) {
    const names = (keys) => keys.map((key) => this.methods.get(key).label).join(", ");
    return [
      h("p", { class: "fo-source" }, method.source),
      h("p", {}, method.idea),
      ...(method.above.length ? [h("p", {}, `Builds on ${names(method.above)}.`)] : []),
      ...(method.below.length ? [h("p", {}, `Built on by ${names(method.below)}.`)] : []),
      h("p", {}, chapterLink(method)),
    ];
  }

  code(method, first) {
    const box = h("pre", { tabindex: 0, role: "group", "aria-label": `Code of ${method.label}` });
    if (method === first) {
      box.append(method.code);
      return [box];
    }
    const { lines, lost } = diff(first.code, method.code);
    for (const [fresh, line] of lines) box.append(h(fresh ? "ins" : "span", {}, line), "\n");
    const count = lines.filter(([fresh]) => fresh).length;
    return [
      box,
      h("p", { class: "fo-source" }, `${count} of ${lines.length} lines are new, ${lost} of ${first.label}’s are gone.`),
    ];
  }

  table(label, chosen, rows) {
    const head = h("tr", {}, h("td"), ...chosen.map((method) => h("th", { scope: "col" }, method.label)));
    const line = ([title, cells]) =>
      h("tr", {}, h("th", { scope: "row" }, title), ...cells.map((cell) => h("td", {}, cell)));
    const table = h("table", {}, h("thead", {}, head), h("tbody", {}, ...rows.map(line)));
    return h("div", { class: "fo-table", tabindex: 0, role: "group", "aria-label": label }, table);
  }

  numbers(chosen) {
    const defaults = chosen.map((method) => new Map(method.hyperparameters.map((row) => [row[0], row])));
    const names = [...new Set(defaults.flatMap((rows) => [...rows.keys()]))];
    const title = (name) => `${defaults.find((rows) => rows.has(name)).get(name)[1]} ${name}`;
    return this.table(
      "Hyperparameters",
      chosen,
      names.map((name) => [title(name), defaults.map((rows) => rows.get(name)?.[2] ?? "–")]),
    );
  }

  facts(chosen) {
    return this.table(
      "Counted and measured",
      chosen,
      FACTS.map(([title, fact]) => [title, chosen.map(fact)]),
    );
  }

  evidence(method) {
    const claims = this.model.get("claims").filter(({ about }) => about.includes(method.id));
    claims.sort((a, b) => b.pro - a.pro);
    if (!claims.length) return h("p", {}, "None of its own.");
    const entry = ({ pro, statement, measured, verdict, conditions }) =>
      h(
        "li",
        { class: `fo-${pro ? "pro" : "con"}` },
        h("span", { "aria-label": pro ? "Pro:" : "Con:", role: "img" }, pro ? "+" : "−"),
        ` ${statement}. `,
        ...(measured ? [h("span", { class: "fo-source" }, `${measured}. `)] : []),
        h("strong", {}, verdict),
        conditions ? `: ${conditions}` : "",
      );
    const many = { holds: "hold", "holds in part": "hold in part", "does not hold": "do not" };
    const counts = Object.entries(many).map(
      ([kind, word]) => `${claims.filter(({ verdict }) => verdict === kind).length} ${word}`,
    );
    return h(
      "details",
      {},
      h("summary", {}, `${claims.length} claims: ${counts.join(", ")}`),
      h("ul", { class: "fo-claims" }, ...claims.map(entry)),
    );
  }
}

export default front(Comparison);
