// The playground: the paths of several optimizers over a landscape, drawn from a JSON state.
//
// Two hosts give `model` (get, set, on, off, save_changes) and `el`: anywidget in a notebook, host.js on a static page.
// The rules, the landscapes and their gradients come in the state as the source of a generated module
// (`mathematics`); none of that is written here.

import {
  CROSS,
  Figure,
  Handle,
  Player,
  Plot,
  SERIES,
  STAR,
  Slider,
  clamp,
  cutAtFrame,
  descend,
  format,
  front,
  h,
  icon,
  logTicks,
  niceTicks,
  paintContours,
  round125,
  rounded,
  shape,
  spread,
  stamp,
  stroke,
  survey,
  swatch,
  within,
} from "./parts.js";

const MOST_STEPS = 500;
const CELL = 2; // CSS pixels between the points where the landscape is evaluated
const TRAITS = ["landscape", "landscape_parameters", "start", "steps", "optimizers"];

// ---------------------------------------------------------------- paths

/** Names no two optimizers share: the rule's, what is unusual about it, a number if that is not enough. */
function labelsOf(optimizers, rules) {
  const seen = new Map();
  return optimizers.map(({ rule, bias_correction }) => {
    const { label, bias_correction: offers } = rules.get(rule);
    const name = offers && bias_correction === false ? `${label}, uncorrected` : label;
    seen.set(name, (seen.get(name) ?? 0) + 1);
    return seen.get(name) > 1 ? `${name} ${seen.get(name)}` : name;
  });
}

/** An optimizer keeps its rule's style; one whose style is taken already takes one that no one uses. */
function stylesOf(optimizers, order) {
  const used = new Set(optimizers.map(({ rule }) => order.indexOf(rule) % SERIES.length));
  const given = new Set();
  return optimizers.map(({ rule }) => {
    let slot = order.indexOf(rule) % SERIES.length;
    if (given.has(slot)) slot = SERIES.findLastIndex((_, k) => !used.has(k));
    given.add(slot);
    used.add(slot);
    return SERIES.at(slot);
  });
}

class MapView {
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
    this.low = h("span");
    this.high = h("span");
    this.strip = h("i");
    this.element = h(
      "div",
      { class: "fo-view fo-map" },
      h(
        "p",
        { class: "fo-title" },
        "Paths",
        h("span", { class: "fo-scale", "aria-hidden": "true" }, "f", this.low, this.strip, this.high),
      ),
      this.plot.element,
    );
    this.plot.element.addEventListener("click", (event) => {
      if (event.target !== this.handle.element)
        figure.moveStart(...this.plot.data(...this.plot.place(event)));
    });
    this.plot.element.addEventListener(
      "pointermove",
      (event) =>
        event.pointerType !== "touch" &&
        !event.buttons &&
        figure.hover(this.nearest(...this.plot.place(event))),
    );
    this.plot.element.addEventListener("pointerleave", () => figure.hover(null));
  }

  /** The step whose point is nearest the pointer, if any is near. */
  nearest(px, py) {
    let best = 18 ** 2;
    let step = null;
    for (const { xs, ys } of this.figure.runs) {
      for (let k = 0; k < xs.length; k++) {
        const distance = (xs[k] - px) ** 2 + (ys[k] - py) ** 2;
        if (distance < best) [best, step] = [distance, k];
      }
    }
    return step;
  }

  layout() {
    const [x0, x1, y0, y1] = this.figure.landscape.domain;
    this.plot.element.style.aspectRatio = String((x1 - x0) / (y1 - y0));
    this.plot.measure();
    this.plot.setDomain(x0, x1, y0, y1);
    const labels = (low, high, size) =>
      niceTicks(low, high, clamp(size / 60, 2, 8)).map((tick) => [tick, format(tick)]);
    this.plot.setTicks(labels(x0, x1, this.plot.width), labels(y0, y1, this.plot.height));
  }

  /** Surveys and paints the landscape only when it, its size or the theme has changed. */
  drawContours() {
    const { figure, plot } = this;
    const ground = JSON.stringify([figure.landscape.id, figure.parameters, plot.width, plot.height]);
    if (ground !== this.ground) {
      this.ground = ground;
      const [columns, rows] = [plot.width, plot.height].map((size) =>
        Math.max(2, Math.ceil(size / CELL) + 1),
      );
      this.field = survey(figure.functions, figure.parameters, plot.domain, columns, rows);
      this.low.textContent = format(Math.min(this.field.low, figure.lowest), 2);
      this.high.textContent = format(this.field.high, 2);
      this.painted = null;
    }
    if (plot.fit(0) || this.painted !== figure.theme) {
      this.painted = figure.theme;
      paintContours(plot.canvases[0], this.field, figure.theme);
      this.strip.style.background = `linear-gradient(90deg, ${figure.theme.ramp.join()})`;
    }
  }

  draw() {
    const { figure, plot } = this;
    this.layout();
    this.drawContours();
    const { theme, cursor } = figure;
    const context = plot.clear(1);
    for (const [x, y] of figure.minima)
      stamp(context, shape(STAR), plot.x(x), plot.y(y), theme.text, theme.surface);
    for (const run of figure.runs) this.project(run);
    for (const run of figure.runs) this.drawPath(context, run, cursor, theme);
    for (const run of figure.runs) this.drawPosition(context, run, cursor, theme);
    this.handle.update();
  }

  project(run) {
    const { points } = run.trajectory;
    run.xs = new Float64Array(points.length / 2);
    run.ys = new Float64Array(points.length / 2);
    for (let k = 0; k < run.xs.length; k++) {
      run.xs[k] = this.plot.x(points[2 * k]);
      run.ys[k] = this.plot.y(points[2 * k + 1]);
    }
  }

  drawPath(context, { xs, ys, colour, style }, cursor, theme) {
    const last = xs.length - 1;
    const now = Math.min(cursor, last);
    if (now < last)
      stroke(context, this.plot.line(xs, ys, now, last), {
        colour,
        dash: style.dash,
        width: 1.5,
        alpha: 0.35,
      });
    const past = this.plot.line(xs, ys, 0, now);
    stroke(context, past, { colour: theme.surface, width: 4.5, alpha: 0.75 });
    stroke(context, past, { colour, dash: style.dash });
    this.drawSteps(context, xs, ys, now, colour);
  }

  /** A dot for each step that can be told from the one before. */
  drawSteps(context, xs, ys, now, colour) {
    const dots = new Path2D();
    let [px, py] = [Infinity, Infinity];
    for (let k = 0; k <= now; k++) {
      if (!this.plot.inside(xs[k], ys[k]) || Math.abs(xs[k] - px) + Math.abs(ys[k] - py) < 7) continue;
      [px, py] = [xs[k], ys[k]];
      dots.moveTo(px + 2.4, py);
      dots.arc(px, py, 2.4, 0, 7);
    }
    context.fillStyle = colour;
    context.fill(dots);
  }

  /** Where the optimizer is; at the frame if it has left the map; a cross there if it has diverged. */
  drawPosition(context, { xs, ys, colour, style, trajectory }, cursor, theme) {
    const { width, height } = this.plot;
    const now = Math.min(cursor, xs.length - 1);
    const over = trajectory.diverged !== null && cursor >= trajectory.diverged;
    if (now < 0 || (now === 0 && !over)) return;
    let [x, y] = [xs[now], ys[now]];
    if (!this.plot.inside(x, y)) {
      let last = now;
      while (last > 0 && !this.plot.inside(xs[last], ys[last])) last--;
      const cut = cutAtFrame(xs[last], ys[last], xs[last + 1], ys[last + 1], width, height);
      [x, y] = cut ? [cut[2], cut[3]] : [clamp(x, 0, width), clamp(y, 0, height)];
    }
    if (over)
      stamp(
        context,
        shape(CROSS),
        clamp(x, 9, width - 9),
        clamp(y, 9, height - 9),
        colour,
        theme.surface,
        1.3,
      );
    else stamp(context, shape(style.marker), x, y, colour, theme.surface);
  }
}

/** f against the step, logarithmic above the minimum where there is one. */
class LossView {
  constructor(figure) {
    this.figure = figure;
    this.name = h("span");
    this.plot = new Plot(1, "step");
    this.labels = h("div", { class: "fo-labels", "aria-hidden": "true" });
    this.plot.element.append(this.labels);
    this.element = h(
      "div",
      { class: "fo-view fo-loss" },
      h("p", { class: "fo-title" }, "Loss", this.name),
      this.plot.element,
    );
    const step = (event) => Math.round(clamp(this.plot.data(...this.plot.place(event))[0], 0, figure.steps));
    this.plot.element.addEventListener("pointermove", (event) =>
      event.buttons ? figure.seek(step(event)) : figure.hover(step(event)),
    );
    this.plot.element.addEventListener("pointerdown", (event) => figure.seek(step(event)));
    this.plot.element.addEventListener("pointerleave", () => figure.hover(null));
  }

  /** What is drawn of f: its excess over the minimum as a power of ten, or itself where there is no minimum. */
  layout() {
    const { figure, plot } = this;
    const { low, high } = figure.map.field;
    const { lowest } = figure;
    this.logarithmic = Number.isFinite(lowest);
    let [bottom, top] = [low, high];
    if (this.logarithmic) {
      const above = (f) => f - lowest;
      const begin = above(figure.functions.value(...figure.model.get("start"), figure.parameters));
      const excess = figure.runs
        .flatMap(({ trajectory }) => Array.from(trajectory.values, above))
        .filter((f) => f > 0);
      // A curve that climbs far above the start leaves the frame rather than flattening the others.
      const most =
        Math.min(
          begin > 0 ? 4 * begin : Infinity,
          excess.reduce((a, b) => Math.max(a, b), 0),
        ) || 1;
      const least = Math.max(
        most * 1e-14,
        excess.reduce((a, b) => Math.min(a, b), most / 2),
      );
      [bottom, top] = [Math.log10(round125(least, Math.floor)), Math.log10(round125(most, Math.ceil))];
    }
    this.height = this.logarithmic
      ? (f) => Math.max(bottom - 1, Math.log10(Math.max(f - lowest, 1e-300)))
      : (f) => f;
    const ruler = plot.canvases[0].getContext("2d");
    ruler.font = getComputedStyle(this.labels).font;
    const longest = Math.max(...figure.runs.map((run) => ruler.measureText(curveName(run)).width), 20);
    plot.element.style.marginRight = `${Math.min(longest + 10, 130)}px`;
    plot.measure();
    plot.setDomain(0, figure.steps, bottom, top);
    this.name.textContent = this.logarithmic ? "f − minimum, log scale" : "f, no minimum";
    plot.setTicks(
      niceTicks(0, figure.steps, plot.width / 60).map((k) => [k, String(k)]),
      this.logarithmic
        ? logTicks(bottom, top)
        : niceTicks(bottom, top, 5).map((tick) => [tick, format(tick)]),
    );
  }

  draw() {
    const { figure, plot } = this;
    this.layout();
    const { theme, cursor } = figure;
    const context = plot.clear(0);
    const rule = new Path2D();
    rule.moveTo(plot.x(cursor), 0);
    rule.lineTo(plot.x(cursor), plot.height);
    stroke(context, rule, { colour: theme.muted, width: 1 });
    for (const { trajectory, colour, style } of figure.runs) {
      const xs = Float64Array.from(trajectory.values, (_, k) => plot.x(k));
      const ys = Float64Array.from(trajectory.values, (f) => plot.y(this.height(f)));
      if (!xs.length) continue;
      stroke(context, plot.line(xs, ys, 0, xs.length - 1), { colour, dash: style.dash });
      const over = trajectory.diverged !== null && cursor >= trajectory.diverged;
      const now = over ? firstOutside(ys, plot) : Math.min(cursor, xs.length - 1);
      if (over)
        stamp(
          context,
          shape(CROSS),
          Math.max(xs[now], 8),
          clamp(ys[now], 8, plot.height),
          colour,
          theme.surface,
        );
      else
        stamp(
          context,
          shape(style.marker),
          xs[now],
          clamp(ys[now], 0, plot.height),
          colour,
          theme.surface,
          0.9,
        );
    }
    this.drawLabels();
  }

  /** Each curve's name at its end, kept apart. */
  drawLabels() {
    const { runs } = this.figure;
    const { height } = this.plot;
    const wanted = runs.map(({ trajectory: { values, diverged } }) =>
      diverged === null ? clamp(this.plot.y(this.height(values.at(-1))), 0, height) : 0,
    );
    const placed = spread(wanted, 14, height);
    this.labels.replaceChildren(
      ...runs.map((run, k) =>
        h(
          "span",
          { class: "fo-label", style: `top: ${placed[k]}px; --series: ${run.colour}` },
          curveName(run),
        ),
      ),
    );
  }
}

const curveName = ({ label, trajectory }) => (trajectory.diverged === null ? label : `${label} ✕`);

const firstOutside = (ys, plot) => {
  const k = ys.findIndex((y) => y < 0);
  return k < 0 ? ys.length - 1 : Math.min(k, ys.length - 1);
};

/** One optimizer: what became of it, and its hyperparameters. */
class Card {
  constructor(figure, index, rule, open) {
    this.rule = rule;
    const set = (change, done) => figure.setOptimizer(index, change, done);
    this.sliders = rule.hyperparameters.map((hyperparameter) => [
      hyperparameter.name,
      new Slider(hyperparameter, rule.label, (value, done) =>
        set(
          ({ hyperparameters }) => ({
            hyperparameters: { ...hyperparameters, [hyperparameter.name]: value },
          }),
          done,
        ),
      ),
    ]);
    this.name = h("strong");
    this.result = h("span", { class: "fo-outcome" });
    this.swatch = h("span");
    const usual = () =>
      Object.fromEntries(
        rule.hyperparameters.map((hyperparameter) => [hyperparameter.name, hyperparameter.default]),
      );
    const button = (text, title, onclick) =>
      h("button", { type: "button", title, "aria-label": `${title}: ${rule.label}`, onclick }, text);
    this.correction =
      rule.bias_correction &&
      h("input", {
        type: "checkbox",
        role: "switch",
        "aria-label": `${rule.label} bias correction`,
        onchange: (event) => set(() => ({ bias_correction: event.target.checked }), true),
      });
    this.element = h(
      "details",
      { class: "fo-card", open },
      h("summary", {}, this.swatch, this.name, this.result),
      h(
        "div",
        {},
        ...this.sliders.map(([, slider]) => slider.element),
        ...(this.correction ? [h("label", { class: "fo-switch" }, this.correction, "bias correction")] : []),
        h(
          "p",
          {},
          button("Defaults", "All hyperparameters as published", () =>
            set(() => ({ hyperparameters: usual(), bias_correction: true }), true),
          ),
          button("Copy", "Add a copy to compare with", () => figure.copy(index)),
          button("Remove", "Remove", () => figure.remove(index)),
        ),
      ),
    );
  }

  update({ label, colour, style, optimizer, trajectory }, figure) {
    if (this.style !== style) this.swatch.replaceChildren(swatch((this.style = style)));
    this.element.style.setProperty("--series", colour);
    this.name.textContent = label;
    this.result.textContent = outcome(trajectory, figure.cursor, figure.landscape.domain);
    this.result.classList.toggle(
      "fo-diverged",
      trajectory.diverged !== null && figure.cursor >= trajectory.diverged,
    );
    for (const [name, slider] of this.sliders) slider.update(optimizer.hyperparameters[name]);
    if (this.correction) this.correction.checked = optimizer.bias_correction !== false;
  }
}

function outcome({ points, values, diverged }, step, [x0, x1, y0, y1]) {
  if (diverged !== null && step >= diverged) return `✕ diverged at step ${diverged}`;
  const [x, y] = points.subarray(2 * step, 2 * step + 2);
  const away = x < x0 || x > x1 || y < y0 || y > y1;
  return `f = ${format(values[step])}${away ? ", off the map" : ""}`;
}

// ---------------------------------------------------------------- the figure

class Playground extends Figure {
  constructor(model, mathematics) {
    super(model, mathematics, TRAITS);
    Object.assign(this, { hovered: null, pinned: Infinity, runs: [] });
    this.rules = new Map(model.get("rules").map((rule) => [rule.id, rule]));
    this.landscapes = new Map(model.get("landscapes").map((landscape) => [landscape.id, landscape]));
    this.player = new Player(this);
    this.map = new MapView(this);
    this.loss = new LossView(this);
    this.element = this.build();
    this.element.playground = this;
  }

  get steps() {
    return this.model.get("steps");
  }
  get landscape() {
    return this.landscapes.get(this.model.get("landscape"));
  }
  get parameters() {
    return this.model.get("landscape_parameters");
  }
  get functions() {
    return this.mathematics.landscapes[this.landscape.id];
  }
  get cursor() {
    return Math.min(this.hovered ?? this.pinned, this.steps);
  }

  /** Minima of a reader's own landscape may be known for its first parameters only: where it is not flat, none is marked. */
  get minima() {
    const slope = new Float64Array(2);
    return this.functions.minima(this.parameters).filter(([x, y]) => {
      this.functions.gradient(x, y, this.parameters, slope);
      return Math.hypot(...slope) < 1e-3;
    });
  }

  get lowest() {
    return Math.min(...this.minima.map(([x, y]) => this.functions.value(x, y, this.parameters)));
  }

  build() {
    this.select = h(
      "select",
      { onchange: () => this.choose(this.select.value) },
      ...[...this.landscapes.values()].map(({ id, label }) => h("option", { value: id }, label)),
    );
    const coordinate = (k) =>
      h("input", {
        type: "number",
        step: "any",
        "aria-label": `Start ${"xy"[k]}`,
        onchange: (event) => {
          const start = [...this.model.get("start")];
          if (event.target.value !== "") start[k] = Number(event.target.value);
          this.moveStart(...start);
        },
      });
    this.coordinates = [coordinate(0), coordinate(1)];
    this.shape = h("div", { class: "fo-row fo-shape" });
    const field = (label, control) => h("label", { class: "fo-field" }, label, control);
    const scene = h(
      "div",
      { class: "fo-row" },
      h(
        "div",
        { class: "fo-scene" },
        field("Landscape", this.select),
        field("Start x", this.coordinates[0]),
        field("Start y", this.coordinates[1]),
      ),
      this.shape,
    );
    this.chips = h("div", { class: "fo-chips" });
    this.cards = h("div", { class: "fo-cards" });
    const kbd = (text) => h("kbd", {}, text);
    const hint = h(
      "p",
      { class: "fo-hint", id: this.hintId },
      "Drag the ring to move the start, or press anywhere on the map. ",
      h(
        "span",
        {},
        "With the ring focused, ",
        kbd("arrow keys"),
        " move it, ",
        kbd("Shift"),
        " makes the steps fine, ",
        kbd("Home"),
        " returns it. ",
      ),
      "A line across a slider’s track marks the standard default.",
    );
    return this.frame(
      "playground",
      "Optimizer playground",
      scene,
      h("div", { class: "fo-views" }, this.map.element, this.loss.element),
      this.transport(),
      h("div", { class: "fo-foot" }, hint, this.tools),
      h("fieldset", {}, h("legend", {}, "Optimizers"), this.chips),
      this.cards,
    );
  }

  transport() {
    const button = (text, path, onclick, kind) =>
      h("button", { type: "button", class: kind, onclick }, icon(path), h("span", {}, text));
    this.play = button("Play", "M3 2l11 6-11 6z", () => this.player.toggle(), "fo-primary");
    this.scrub = h("input", {
      type: "range",
      min: 0,
      step: 1,
      "aria-label": "Step shown",
      oninput: () => this.seek(Number(this.scrub.value)),
    });
    this.shown = h("span", { class: "fo-value" });
    this.scrubTrack = h("span", { class: "fo-track" }, this.scrub);
    const usual = this.given.steps;
    this.length = new Slider(
      { meaning: "steps", name: "steps", min: 10, max: MOST_STEPS, default: usual },
      "Number of",
      (value, done) => this.set({ steps: Math.round(value) }, done),
    );
    return h(
      "div",
      { class: "fo-row fo-transport" },
      this.play,
      button("Step", "M2 2l8 6-8 6zM11 2h3v12h-3z", () => this.step()),
      button("Reset", "M8 2a6 6 0 1 1-5.7 4.1l1.9.6A4 4 0 1 0 8 4v3L3.5 3.2 8-.5z", () => this.reset()),
      h(
        "div",
        { class: "fo-slider fo-scrub" },
        h("small", {}, "step shown"),
        h("span"),
        this.shown,
        this.scrubTrack,
      ),
      this.length.element,
    );
  }

  // ---- what a reader does

  moveStart(x, y, done = true) {
    const [x0, x1, y0, y1] = this.landscape.domain;
    const neat = (value, low, high) => {
      const places = 4 - Math.floor(Math.log10(high - low));
      return Number(clamp(value, low, high).toFixed(clamp(places, 0, 20)));
    };
    this.set({ start: [neat(x, x0, x1), neat(y, y0, y1)] }, done);
  }

  rateOf(rule, landscape) {
    return landscape.rates[rule.id] ?? rule.hyperparameters.find(({ name }) => name === "lr")?.default;
  }

  tuned(optimizer, landscape) {
    const lr = this.rateOf(this.rules.get(optimizer.rule), landscape);
    return lr === undefined
      ? optimizer
      : { ...optimizer, hyperparameters: { ...optimizer.hyperparameters, lr } };
  }

  /** What comes with another landscape. */
  chosen(id, optimizers) {
    const landscape = this.landscapes.get(id);
    const parameters = Object.fromEntries(
      landscape.parameters.map((parameter) => [parameter.name, parameter.default]),
    );
    return {
      landscape: id,
      landscape_parameters: parameters,
      start: landscape.start,
      optimizers: optimizers.map((optimizer) => this.tuned(optimizer, landscape)),
    };
  }

  choose(id) {
    this.set(this.chosen(id, this.model.get("optimizers")));
  }

  baseline({ landscape }) {
    const state = super.baseline();
    const other = landscape !== state.landscape && this.landscapes.has(landscape);
    return other ? { ...state, ...this.chosen(landscape, state.optimizers) } : state;
  }

  allows(name, value, { landscape }) {
    const { domain, parameters } = this.landscapes.get(landscape);
    const given = (name, value) => this.given.optimizers.some((one) => one.hyperparameters[name] === value);
    const object = (asked, known) =>
      asked !== null &&
      typeof asked === "object" &&
      Object.keys(asked).length === known.length &&
      known.every(
        ({ name, min, max }) => name in asked && (within(asked[name], min, max) || given(name, asked[name])),
      );
    const [x0, x1, y0, y1] = domain;
    return {
      landscape: () => value === landscape, // as the baseline has it
      landscape_parameters: () => object(value, parameters),
      start: () => value.length === 2 && within(value[0], x0, x1) && within(value[1], y0, y1),
      steps: () => Number.isInteger(value) && within(value, 1, MOST_STEPS),
      optimizers: () =>
        Array.isArray(value) &&
        value.length <= SERIES.length &&
        value.every((optimizer) => {
          const rule = this.rules.get(optimizer?.rule);
          return (
            rule &&
            typeof optimizer.bias_correction === "boolean" &&
            object(optimizer.hyperparameters, rule.hyperparameters)
          );
        }),
    }[name]();
  }

  setOptimizer(index, change, done) {
    this.set(
      {
        optimizers: this.model
          .get("optimizers")
          .map((optimizer, k) => (k === index ? { ...optimizer, ...change(optimizer) } : optimizer)),
      },
      done,
    );
  }

  toggle(id) {
    const optimizers = this.model.get("optimizers");
    if (optimizers.some(({ rule }) => rule === id))
      return this.set({ optimizers: optimizers.filter(({ rule }) => rule !== id) });
    if (optimizers.length >= SERIES.length) return;
    const hyperparameters = Object.fromEntries(
      this.rules
        .get(id)
        .hyperparameters.map((hyperparameter) => [hyperparameter.name, hyperparameter.default]),
    );
    this.set({
      optimizers: [
        ...optimizers,
        this.tuned({ rule: id, hyperparameters, bias_correction: true }, this.landscape),
      ],
    });
  }

  copy(index) {
    const optimizers = this.model.get("optimizers");
    if (optimizers.length < SERIES.length)
      this.set({ optimizers: optimizers.toSpliced(index + 1, 0, structuredClone(optimizers[index])) });
  }

  remove(index) {
    this.set({ optimizers: this.model.get("optimizers").toSpliced(index, 1) });
    this.chips.querySelector("button").focus();
  }

  hover(step) {
    if (this.hovered === step) return;
    this.hovered = step;
    this.schedule();
  }

  pin(step) {
    this.pinned = step >= this.steps ? Infinity : step;
    this.schedule();
  }

  seek(step) {
    if (this.player.playing) this.player.stop();
    this.hovered = null;
    this.pin(step);
  }

  step() {
    this.seek(this.pinned >= this.steps ? 1 : this.pinned + 1);
  }

  reset() {
    this.seek(Infinity);
    super.reset();
  }

  // ---- drawing

  redraw() {
    this.compute();
    this.map.draw();
    this.loss.draw();
    this.updateControls();
  }

  compute() {
    const { model, parameters, steps, landscape } = this;
    const optimizers = model.get("optimizers");
    const inputs = JSON.stringify([optimizers, landscape.id, parameters, model.get("start"), steps]);
    if (inputs === this.computed) return this.colour();
    this.computed = inputs;
    const labels = labelsOf(optimizers, this.rules);
    const styles = stylesOf(optimizers, [...this.rules.keys()]);
    this.runs = optimizers.map((optimizer, k) => {
      const rule = this.rules.get(optimizer.rule);
      const trajectory = descend(this.mathematics, {
        rule,
        optimizer,
        landscape: landscape.id,
        parameters,
        start: model.get("start"),
        steps,
      });
      return { optimizer, trajectory, label: labels[k], style: styles[k] };
    });
    this.colour();
    this.element.dispatchEvent(
      new CustomEvent("firstorder:paths", { bubbles: true, detail: this.trajectories() }),
    );
    this.say(() => this.report());
  }

  colour() {
    for (const run of this.runs) run.colour = run.style[this.theme.name];
  }

  trajectories() {
    return Object.fromEntries(this.runs.map(({ label, trajectory }) => [label, trajectory]));
  }

  report() {
    const [x, y] = this.model.get("start");
    const results = this.runs.map(
      ({ label, trajectory }) =>
        `${label}: ${outcome(trajectory, this.steps, this.landscape.domain).replace("✕ ", "")}`,
    );
    return `${this.landscape.label} from x ${format(x)}, y ${format(y)}, ${this.steps} steps. ${results.join("; ")}.`;
  }

  updateControls() {
    const { model, steps, cursor } = this;
    this.select.value = this.landscape.id;
    this.coordinates.forEach((input, k) => {
      if (document.activeElement !== input || !input.matches(":focus"))
        input.value = rounded(model.get("start")[k], 6);
    });
    this.updateShape();
    this.updateCards();
    this.play.lastChild.textContent = this.player.playing ? "Pause" : "Play";
    this.play
      .querySelector("path")
      .setAttribute("d", this.player.playing ? "M3 2h4v12H3zM9 2h4v12H9z" : "M3 2l11 6-11 6z");
    this.scrub.max = steps;
    this.scrub.value = cursor;
    this.scrub.setAttribute("aria-valuetext", `step ${cursor} of ${steps}`);
    this.scrubTrack.style.setProperty("--at", `${(100 * cursor) / steps}%`);
    this.shown.textContent = `${cursor} of ${steps}`;
    this.length.update(steps);
  }

  updateShape() {
    const { landscape } = this;
    if (this.shaped !== landscape.id) {
      this.shaped = landscape.id;
      this.shapers = landscape.parameters.map((parameter) => [
        parameter.name,
        new Slider(
          { symbol: parameter.name, meaning: parameter.name, ...parameter },
          landscape.label,
          (value, done) =>
            this.set({ landscape_parameters: { ...this.parameters, [parameter.name]: value } }, done),
        ),
      ]);
      this.shape.replaceChildren(...this.shapers.map(([, slider]) => slider.element));
    }
    for (const [name, slider] of this.shapers) slider.update(this.parameters[name]);
  }

  updateCards() {
    const ids = this.runs.map(({ optimizer }) => optimizer.rule);
    if (this.listed !== ids.join()) {
      this.listed = ids.join();
      const wide = this.element.clientWidth >= 600;
      const open = new Map(this.panel?.map((card) => [card.rule.id, card.element.open]));
      this.panel = ids.map((id, k) => new Card(this, k, this.rules.get(id), open.get(id) ?? wide));
      this.cards.replaceChildren(...this.panel.map(({ element }) => element));
    }
    this.panel.forEach((card, k) => card.update(this.runs[k], this));
    this.updateChips(ids);
  }

  updateChips(on) {
    const order = [...this.rules.keys()];
    if (!this.chips.childElementCount) {
      this.chips.append(
        ...order.map((id, k) =>
          h(
            "button",
            { type: "button", onclick: () => this.toggle(id) },
            swatch(SERIES[k % SERIES.length]),
            this.rules.get(id).label,
          ),
        ),
      );
    }
    order.forEach((id, k) => {
      const chip = this.chips.children[k];
      const run = this.runs.find(({ optimizer }) => optimizer.rule === id);
      const style = run?.style ?? SERIES[k % SERIES.length];
      chip.setAttribute("aria-pressed", on.includes(id));
      chip.style.setProperty("--series", style[this.theme.name]);
      if (chip.shown !== style) chip.firstChild.replaceWith(swatch((chip.shown = style)));
    });
  }

  stop() {
    this.player.stop();
  }
}

export default front(Playground);
