// The playground: the paths of several optimizers over a landscape, drawn from a JSON state.
//
// Two hosts give `model` (get, set, on, off, save_changes) and `el`: anywidget in a notebook, host.js on a static page.
// The rules, the landscapes and their gradients come in the state as the source of a generated module
// (`mathematics`); none of that is written here.

const MOST_STEPS = 500;
const CONTOURS = 15;
const CELL = 2; // CSS pixels between the points where the landscape is evaluated
const SVG = "http://www.w3.org/2000/svg";
const TRAITS = ["landscape", "landscape_parameters", "start", "steps", "optimizers"];

// ---------------------------------------------------------------- appearance

// One entry an optimizer: told apart by colour, by dash and by marker.
const SERIES = [
  { light: "#1d232b", dark: "#f4f6f8", dash: [], marker: "M-4.5-4.5h9v9h-9z" },
  { light: "#004fa3", dark: "#4fa3f2", dash: [9, 4], marker: "M0-6L6 5H-6z" },
  { light: "#8b3fae", dark: "#d3a0f0", dash: [2, 3], marker: "M0 6L-6-5H6z" },
  { light: "#574a00", dark: "#efdc4a", dash: [12, 3, 2, 3], marker: "M0-6.5L6.5 0L0 6.5L-6.5 0z" },
  { light: "#00845c", dark: "#62e3b5", dash: [5, 3], marker: "M-2-6h4v4h4v4h-4v4h-4v-4h-4v-4h4z" },
  { light: "#47707a", dark: "#9fc3cc", dash: [3, 5], marker: "M0-6.5L6.2-1.5L3.8 6H-3.8L-6.2-1.5z" },
  { light: "#b23a78", dark: "#ff9fcb", dash: [7, 3, 2, 3, 2, 3], marker: "M-3-6H3L6.5 0L3 6H-3L-6.5 0z" },
  { light: "#c24a00", dark: "#ff9752", dash: [], marker: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z" },
  { light: "#9b1c31", dark: "#ff8a8f", dash: [14, 4], marker: "M0-7L2-2L7 0L2 2L0 7L-2 2L-7 0L-2-2z" },
  { light: "#5a4fd0", dark: "#b9c0ff", dash: [4, 2], marker: "M-6-4.5H0L6 0L0 4.5H-6z" },
];

const THEMES = {
  light: {
    surface: "#ffffff",
    panel: "#f5f7f9",
    text: "#1d2630",
    muted: "#556170",
    line: "#c9d1da",
    control: "#7b8794",
    accent: "#0f5f9e",
    onAccent: "#ffffff",
    warning: "#a3260a",
    ramp: ["#a5cadb", "#cbe0e9", "#e8f0f4", "#fbfaf7"],
    ink: "#40657a",
  },
  dark: {
    surface: "#14181e",
    panel: "#1c222a",
    text: "#e7ebf0",
    muted: "#a3afbd",
    line: "#3a4551",
    control: "#7d8b9a",
    accent: "#7cc4ff",
    onAccent: "#0d1319",
    warning: "#ffb09c",
    ramp: ["#356374", "#264553", "#1b2e3a", "#161d26"],
    ink: "#9cc4d6",
  },
};

/** An element: attributes, `on…` listeners, children. */
function h(tag, attributes = {}, ...children) {
  const node =
    tag === "svg" || tag === "path" ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

const icon = (path) =>
  h(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" },
    h("path", { d: path, fill: "currentColor" }),
  );

function swatch({ dash, marker }) {
  const line = h("path", {
    d: "M2 8H34",
    stroke: "var(--series)",
    "stroke-width": 2,
    "stroke-dasharray": dash.join(" "),
    fill: "none",
  });
  const sign = h("path", {
    d: marker,
    transform: "translate(18 8)",
    fill: "var(--series)",
    stroke: "var(--fo-surface)",
  });
  return h("svg", { viewBox: "0 0 36 16", width: 36, height: 16, "aria-hidden": "true" }, line, sign);
}

// ---------------------------------------------------------------- numbers

const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
const rounded = (value, digits) => Number(value.toPrecision(digits));

function format(value, digits = 3) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5))
    return value
      .toExponential(Math.max(0, digits - 1))
      .replace(/\.?0*e\+?/, "e")
      .replaceAll("-", "−");
  return String(rounded(value, digits)).replace("-", "−");
}

/** How a slider's position in [0, 1] stands for a value; every scale rounds to what a reader would write. */
const SCALES = {
  linear: {
    value: (at, { min, max }) => rounded(min + at * (max - min), 3),
    at: (value, { min, max }) => (value - min) / (max - min),
  },
  log: {
    value: (at, { min, max }) => rounded(min * (max / min) ** at, 2),
    at: (value, { min, max }) => Math.log(value / min) / Math.log(max / min),
  },
  complement: {
    // logarithmic in 1 − value: room where it matters, near 1
    value: (at, { max }) => rounded(1 - rounded((1 - max) ** at, 2), 12),
    at: (value, { max }) => Math.log(1 - value) / Math.log(1 - max),
  },
};

function niceTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((multiple) => multiple * power >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    ticks.push(rounded(k * step, 12));
  return ticks;
}

/** The next of …, 0.5, 1, 2, 5, 10, … below or above a positive number. */
function round125(value, direction) {
  const power = 10 ** Math.floor(Math.log10(value));
  const steps = [1, 2, 5, 10];
  const share = value / power;
  return (
    power *
    (direction === Math.ceil
      ? (steps.find((step) => step >= share * (1 - 1e-9)) ?? 10)
      : (steps.findLast((step) => step <= share * (1 + 1e-9)) ?? 1))
  );
}

// ---------------------------------------------------------------- paths

async function load(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** θ₀ … θ_steps and f(θ_k). A step that is not finite ends the path: `diverged` is its number. */
function descend(mathematics, { rule, optimizer, landscape, parameters, start, steps }) {
  const update = mathematics.rules[rule.id];
  const { value, gradient } = mathematics.landscapes[landscape];
  const p = Float64Array.from(start);
  const g = new Float64Array(2);
  const state = rule.state.map(({ initial, scalar }) =>
    new Float64Array(scalar ? 1 : 2).fill(optimizer.hyperparameters[initial] ?? initial),
  );
  const scalars = { ...optimizer.hyperparameters, t: 0 };
  const points = new Float64Array(2 * (steps + 1));
  const values = new Float64Array(steps + 1);
  for (let k = 0; k <= steps; k++) {
    const f = value(p[0], p[1], parameters);
    if (!Number.isFinite(f + p[0] + p[1]))
      return { points: points.subarray(0, 2 * k), values: values.subarray(0, k), diverged: k };
    points.set(p, 2 * k);
    values[k] = f;
    gradient(p[0], p[1], parameters, g);
    // Without bias correction t is infinite: βᵗ = 0, and 1 − βᵗ = 1.
    scalars.t = optimizer.bias_correction === false ? Infinity : k + 1;
    update(p, g, ...state, scalars);
  }
  return { points, values, diverged: null };
}

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

// ---------------------------------------------------------------- contours

/** The landscape on a grid as heights in [0, 1], logarithmic above a few per cent of the lowest ground. */
function survey({ value }, parameters, [x0, x1, y0, y1], columns, rows) {
  const heights = new Float64Array(columns * rows);
  for (let j = 0, n = 0; j < rows; j++) {
    const y = y1 - ((y1 - y0) * j) / (rows - 1);
    for (let i = 0; i < columns; i++)
      heights[n++] = value(x0 + ((x1 - x0) * i) / (columns - 1), y, parameters);
  }
  const sorted = heights.slice().sort();
  const low = sorted[0];
  const high = sorted[sorted.length - 1];
  const knee = sorted[Math.floor(sorted.length / 50)] - low || (high - low) / 100 || 1;
  const top = Math.log1p((high - low) / knee) || 1;
  return {
    columns,
    rows,
    low,
    high,
    heights: Float32Array.from(heights, (v) => Math.log1p((v - low) / knee) / top),
  };
}

const rgb = (hex) => [1, 3, 5].map((k) => parseInt(hex.slice(k, k + 2), 16));

/** Colours of the bands: rows of `shades` from the band's own colour to the contour's ink, packed for ImageData. */
function bandColours({ ramp, ink }, bands, shades) {
  const stops = ramp.map(rgb);
  const line = rgb(ink);
  const table = new Uint32Array(bands * shades);
  for (let band = 0; band < bands; band++) {
    const at = (band / (bands - 1)) * (stops.length - 1);
    const below = Math.min(Math.floor(at), stops.length - 2);
    for (let shade = 0; shade < shades; shade++) {
      const mix = (0.38 * shade) / (shades - 1);
      const [r, g, b] = line.map((c, k) => {
        const fill = stops[below][k] + (at - below) * (stops[below + 1][k] - stops[below][k]);
        return Math.round(fill + mix * (c - fill));
      });
      table[band * shades + shade] = (255 << 24) | (b << 16) | (g << 8) | r;
    }
  }
  return table;
}

/** Filled contours with anti-aliased lines between them. */
function paintContours(canvas, { columns, rows, heights }, theme) {
  const { width, height } = canvas;
  const shades = 12;
  const colours = bandColours(theme, CONTOURS, shades);
  const context = canvas.getContext("2d");
  const image = context.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const row = new Float32Array(columns);
  const above = new Float32Array(width);
  for (let y = 0, n = 0; y < height; y++) {
    const v = (y / (height - 1)) * (rows - 1);
    const j = Math.min(Math.floor(v), rows - 2);
    for (let i = 0; i < columns; i++) {
      const a = heights[j * columns + i];
      row[i] = CONTOURS * (a + (v - j) * (heights[(j + 1) * columns + i] - a));
    }
    let left = row[0];
    for (let x = 0; x < width; x++, n++) {
      const u = (x / (width - 1)) * (columns - 1);
      const i = Math.min(u | 0, columns - 2);
      const level = row[i] + (u - i) * (row[i + 1] - row[i]);
      const slope = Math.hypot(level - left, y ? level - above[x] : 0) + 1e-9;
      const distance = Math.abs(level - Math.round(level)) / slope; // in pixels, to the nearest contour
      const edge =
        level > 0.5 && level < CONTOURS - 0.5 ? clamp(1.2 - distance, 0, 1) * Math.min(1, 0.5 / slope) : 0;
      const band = Math.min(level | 0, CONTOURS - 1);
      pixels[n] = colours[band * shades + Math.round(edge * (shades - 1))];
      left = above[x] = level;
    }
  }
  context.putImageData(image, 0, 0);
}

// ---------------------------------------------------------------- plots

/** A frame with axes: canvases to draw on, tick labels in the DOM, and the scales between data and CSS pixels. */
class Plot {
  constructor(layers, xlabel, ylabel = "") {
    this.canvases = Array.from({ length: layers }, () => h("canvas", { "aria-hidden": "true" }));
    this.ticks = h("div", { "aria-hidden": "true" });
    this.xlabel = h("span", { class: "fo-xlabel", "aria-hidden": "true" }, xlabel);
    this.ylabel = h("span", { class: "fo-ylabel", "aria-hidden": "true" }, ylabel);
    this.element = h("div", { class: "fo-plot" }, ...this.canvases, this.ticks, this.xlabel, this.ylabel);
    this.written = "";
  }

  measure() {
    this.width = this.element.clientWidth;
    this.height = this.element.clientHeight;
    this.ratio = window.devicePixelRatio || 1;
  }

  setDomain(x0, x1, y0, y1) {
    this.domain = [x0, x1, y0, y1];
    this.x = (x) => ((x - x0) / (x1 - x0)) * this.width;
    this.y = (y) => ((y1 - y) / (y1 - y0)) * this.height;
    this.data = (px, py) => [x0 + (px / this.width) * (x1 - x0), y1 - (py / this.height) * (y1 - y0)];
  }

  /** Tick labels: pairs of position and text; rewritten only when they change. */
  setTicks(xs, ys) {
    const text = JSON.stringify([xs, ys, this.domain]);
    if (text === this.written) return;
    this.written = text;
    const spans = (ticks, axis, side, at) =>
      ticks.map(([position, label]) => {
        const span = h("span", { class: axis, style: `${side}: ${100 * at(position)}%` });
        span.append(...[label].flat());
        return span;
      });
    const [x0, x1, y0, y1] = this.domain;
    const powers = ys.map(([y, label]) => [
      y,
      Array.isArray(label) ? [label[0] === 1 ? "10" : `${label[0]} × 10`, h("sup", {}, label[1])] : label,
    ]);
    this.ticks.replaceChildren(
      ...spans(xs, "fo-x", "left", (x) => (x - x0) / (x1 - x0)),
      ...spans(powers, "fo-y", "top", (y) => (y1 - y) / (y1 - y0)),
    );
  }

  /** The canvas of a layer at the screen's resolution; whether its size had to change. */
  fit(layer) {
    const canvas = this.canvases[layer];
    const width = Math.max(2, Math.round(this.width * this.ratio));
    const height = Math.max(2, Math.round(this.height * this.ratio));
    if (canvas.width === width && canvas.height === height) return false;
    canvas.width = width;
    canvas.height = height;
    return true;
  }

  clear(layer) {
    this.fit(layer);
    const context = this.canvases[layer].getContext("2d");
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.clearRect(0, 0, this.width, this.height);
    context.lineJoin = context.lineCap = "round";
    return context;
  }

  /** A polyline, cut at the frame and without moves too small to see: both cost a dashed canvas line dearly. */
  line(xs, ys, from, to) {
    const path = new Path2D();
    let pen = null;
    for (let k = from + 1; k <= to; k++) {
      const cut = cutAtFrame(xs[k - 1], ys[k - 1], xs[k], ys[k], this.width, this.height);
      if (!cut) {
        pen = null;
        continue;
      }
      const [x0, y0, x1, y1] = cut;
      if (!pen) path.moveTo(...(pen = [x0, y0]));
      const leaves = x1 !== xs[k] || y1 !== ys[k];
      if (leaves || k === to || Math.abs(x1 - pen[0]) + Math.abs(y1 - pen[1]) >= 0.6) {
        path.lineTo(x1, y1);
        pen = leaves ? null : [x1, y1];
      }
    }
    return path;
  }

  inside(x, y) {
    return x >= 0 && x <= this.width && y >= 0 && y <= this.height;
  }
}

/** The part of a segment inside [0, width] × [0, height] (Liang and Barsky), or null. */
function cutAtFrame(x0, y0, x1, y1, width, height) {
  const dx = x1 - x0;
  const dy = y1 - y0;
  let enter = 0;
  let leave = 1;
  for (const [direction, room] of [
    [-dx, x0],
    [dx, width - x0],
    [-dy, y0],
    [dy, height - y0],
  ]) {
    if (direction === 0 && room < 0) return null;
    if (direction < 0) enter = Math.max(enter, room / direction);
    if (direction > 0) leave = Math.min(leave, room / direction);
  }
  return enter <= leave
    ? [
        x0 + enter * dx,
        y0 + enter * dy,
        leave === 1 ? x1 : x0 + leave * dx,
        leave === 1 ? y1 : y0 + leave * dy,
      ]
    : null;
}

function stroke(context, path, { colour, dash = [], width = 2, alpha = 1 }) {
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.globalAlpha = 1;
}

function stamp(context, shape, x, y, fill, halo, scale = 1) {
  context.save();
  context.translate(x, y);
  context.scale(scale, scale);
  context.setLineDash([]);
  context.lineWidth = 3;
  context.strokeStyle = halo;
  context.stroke(shape);
  context.fillStyle = fill;
  context.fill(shape);
  context.restore();
}

const CROSS = "M-6-4L-4-6L0-2L4-6L6-4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0z";
const STAR = "M0-8L2-2.6L7.6-2.5L3.2 1L4.7 6.5L0 3.3L-4.7 6.5L-3.2 1L-7.6-2.5L-2-2.6z";
const shapes = new Map();
const shape = (path) => shapes.get(path) ?? shapes.set(path, new Path2D(path)).get(path);

/** Positions at least `gap` apart and as near as may be to where they were wanted, within [0, limit]. */
function spread(wanted, gap, limit) {
  const order = wanted.map((_, k) => k).sort((a, b) => wanted[a] - wanted[b]);
  const placed = wanted.slice();
  order.forEach((k, n) => {
    placed[k] = Math.max(placed[k], n ? placed[order[n - 1]] + gap : 0);
  });
  let ceiling = limit;
  for (const k of order.reverse()) {
    placed[k] = Math.min(placed[k], ceiling);
    ceiling = placed[k] - gap;
  }
  return placed;
}

class MapView {
  constructor(figure) {
    this.figure = figure;
    this.plot = new Plot(2, h("i", {}, "x"), h("i", {}, "y"));
    this.plot.element.append((this.handle = new Handle(figure, this.plot)).element);
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
      if (event.target !== this.handle.element) figure.moveStart(...this.plot.data(...this.place(event)));
    });
    this.plot.element.addEventListener(
      "pointermove",
      (event) =>
        event.pointerType !== "touch" && !event.buttons && figure.hover(this.nearest(...this.place(event))),
    );
    this.plot.element.addEventListener("pointerleave", () => figure.hover(null));
  }

  place(event) {
    const box = this.plot.element.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
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

/** The start: a slider in two directions, for mouse, touch and keys. */
class Handle {
  constructor(figure, plot) {
    this.figure = figure;
    this.plot = plot;
    this.element = h("div", {
      class: "fo-handle",
      role: "slider",
      tabindex: 0,
      "aria-valuenow": 0, // until it is drawn
      "aria-label": "Start of the paths",
      "aria-roledescription": "draggable point",
      "aria-describedby": figure.hintId,
      onpointerdown: (event) => this.grab(event),
      onpointermove: (event) => this.drag(event),
      onpointerup: (event) => this.release(event),
      onpointercancel: (event) => this.release(event),
      onkeydown: (event) => this.key(event),
    });
  }

  grab(event) {
    if (event.button) return;
    const box = this.element.getBoundingClientRect();
    this.held = [event.clientX - box.left - box.width / 2, event.clientY - box.top - box.height / 2];
    this.element.setPointerCapture(event.pointerId);
    this.element.focus({ preventScroll: true });
    event.preventDefault();
  }

  drag(event) {
    if (!this.held) return;
    const box = this.plot.element.getBoundingClientRect();
    const place = [event.clientX - box.left - this.held[0], event.clientY - box.top - this.held[1]];
    this.figure.moveStart(...this.plot.data(...place), false);
  }

  release() {
    if (!this.held) return;
    this.held = null;
    this.figure.save();
  }

  key(event) {
    const [x0, x1, y0, y1] = this.plot.domain;
    const fine = event.shiftKey ? 0.1 : 1;
    const moves = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
      PageUp: [0, 10],
      PageDown: [0, -10],
    };
    const [x, y] = this.figure.model.get("start");
    const move = moves[event.key];
    if (move)
      this.figure.moveStart(x + (fine * move[0] * (x1 - x0)) / 100, y + (fine * move[1] * (y1 - y0)) / 100);
    else if (event.key === "Home") this.figure.moveStart(...this.figure.landscape.start);
    else return;
    event.preventDefault();
  }

  update() {
    const [x, y] = this.figure.model.get("start");
    const [x0, x1] = this.plot.domain;
    this.element.style.left = `${this.plot.x(x)}px`;
    this.element.style.top = `${this.plot.y(y)}px`;
    const aria = { valuemin: x0, valuemax: x1, valuenow: x, valuetext: `x ${format(x)}, y ${format(y)}` };
    for (const [name, value] of Object.entries(aria)) this.element.setAttribute(`aria-${name}`, value);
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
    const step = (event) =>
      Math.round(
        clamp(
          this.plot.data(event.clientX - this.plot.element.getBoundingClientRect().left, 0)[0],
          0,
          figure.steps,
        ),
      );
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
      this.valueTicks(bottom, top),
    );
  }

  valueTicks(bottom, top) {
    if (!this.logarithmic) return niceTicks(bottom, top, 5).map((tick) => [tick, format(tick)]);
    const [first, last] = [Math.ceil(bottom - 1e-9), Math.floor(top + 1e-9)];
    const every = Math.ceil((last - first + 1) / 6);
    const multiples = top - bottom < 2 ? [1, 2, 5] : [1];
    const ticks = [];
    for (let power = multiples.length > 1 ? first - 1 : first; power <= last; power += every) {
      for (const multiple of multiples) {
        const at = power + Math.log10(multiple);
        const text =
          multiples.length > 1 && Math.abs(power) < 4
            ? format(multiple * 10 ** power)
            : [multiple, String(power).replace("-", "−")];
        if (at > bottom - 1e-9 && at < top + 1e-9) ticks.push([at, text]);
      }
    }
    return ticks;
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

// ---------------------------------------------------------------- controls

let serial = 0;

/** A labelled slider of a scale, its default marked on the track. */
class Slider {
  constructor({ symbol, name, meaning, min, max, scale = "linear", default: usual }, owner, onvalue) {
    Object.assign(this, { range: { min, max }, scale: SCALES[scale], usual });
    const id = `fo-slider-${++serial}`;
    this.input = h("input", {
      type: "range",
      id,
      min: 0,
      max: 1,
      step: 0.005,
      "aria-label": `${owner} ${meaning} (${name})`,
      oninput: () => onvalue(this.read(), false),
      onchange: () => onvalue(this.read(), true),
    });
    this.output = h("span", { class: "fo-value" });
    this.reset = h(
      "button",
      {
        type: "button",
        title: `Back to the default, ${format(usual, 6)}`,
        onclick: () => onvalue(usual, true),
        "aria-label": `Reset ${owner} ${meaning} to its default, ${format(usual, 6)}`,
      },
      "↺",
    );
    this.track = h(
      "span",
      { class: "fo-track", style: `--default: ${this.position(usual)}` },
      h("b", { title: `default ${format(usual, 6)}` }),
      this.input,
    );
    const words = symbol === meaning ? [] : [h("small", {}, meaning)];
    this.element = h(
      "div",
      { class: "fo-slider" },
      h("label", { for: id, title: name }, ...(symbol ? [h("em", {}, symbol), " "] : []), ...words),
      this.reset,
      this.output,
      this.track,
    );
  }

  position(value) {
    const at = this.scale.at(value, this.range);
    return Number.isNaN(at) ? 0 : clamp(at, 0, 1);
  }

  /** Within half a notch of the default it is the default that is meant. */
  read() {
    const at = Number(this.input.value);
    return Math.abs(at - this.position(this.usual)) <= 0.0026
      ? this.usual
      : clamp(this.scale.value(at, this.range), this.range.min, this.range.max);
  }

  update(value) {
    const at = this.position(value);
    this.input.value = at;
    this.input.setAttribute(
      "aria-valuetext",
      value === this.usual ? `${format(value, 6)}, the default` : format(value, 6),
    );
    this.output.textContent = format(value, 6);
    this.reset.hidden = value === this.usual;
    this.track.style.setProperty("--at", `${100 * at}%`);
  }
}

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

/** Plays the step cursor along the paths. */
class Player {
  constructor(figure) {
    this.figure = figure;
    this.calm = matchMedia("(prefers-reduced-motion: reduce)");
  }

  get playing() {
    return this.cancel !== undefined;
  }

  toggle() {
    if (this.playing) return this.stop();
    if (this.figure.pinned >= this.figure.steps) this.figure.seek(0);
    this.at = this.figure.pinned;
    this.last = performance.now();
    this.next();
  }

  next() {
    if (this.calm.matches) {
      // With reduced motion, ten stills instead of a film.
      const timer = setTimeout(() => this.advance(this.figure.steps / 10), 700);
      this.cancel = () => clearTimeout(timer);
    } else {
      const frame = requestAnimationFrame((now) => {
        this.advance(((now - this.last) / 1000) * Math.max(12, this.figure.steps / 7));
        this.last = now;
      });
      this.cancel = () => cancelAnimationFrame(frame);
    }
    this.figure.schedule();
  }

  advance(steps) {
    this.at = Math.min(this.figure.steps, this.at + Math.max(0, steps));
    this.figure.pin(Math.floor(this.at));
    if (this.at >= this.figure.steps) this.stop();
    else this.next();
  }

  stop() {
    this.cancel?.();
    this.cancel = undefined;
    this.figure.schedule();
  }
}

// ---------------------------------------------------------------- theme

/** The page's theme: the site's, JupyterLab's, Colab's or VS Code's word for it, otherwise the system's. */
function themeOf({ documentElement: html, body }, system) {
  const said =
    html.dataset.theme ??
    html.getAttribute("theme") ??
    (body.dataset.jpThemeLight && (body.dataset.jpThemeLight === "true" ? "light" : "dark")) ??
    body.dataset.vscodeThemeKind;
  if (said && /dark|contrast$/.test(said)) return "dark";
  if (said && /light/.test(said)) return "light";
  return system.matches ? "dark" : "light";
}

function watchTheme(changed) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => changed(themeOf(document, system));
  const observer = new MutationObserver(tell);
  for (const node of [document.documentElement, document.body]) observer.observe(node, { attributes: true });
  system.addEventListener("change", tell);
  tell();
  return () => {
    observer.disconnect();
    system.removeEventListener("change", tell);
  };
}

// ---------------------------------------------------------------- the figure

class Figure {
  constructor(model, mathematics) {
    Object.assign(this, {
      model,
      mathematics,
      hintId: `fo-hint-${++serial}`,
      hovered: null,
      pinned: Infinity,
      runs: [],
    });
    this.rules = new Map(model.get("rules").map((rule) => [rule.id, rule]));
    this.landscapes = new Map(model.get("landscapes").map((landscape) => [landscape.id, landscape]));
    this.given = structuredClone(Object.fromEntries(TRAITS.map((name) => [name, model.get(name)])));
    this.player = new Player(this);
    this.map = new MapView(this);
    this.loss = new LossView(this);
    this.element = this.build();
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
    this.spoken = h("div", { class: "fo-unseen", role: "status", "aria-live": "polite" });
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
    return h(
      "div",
      {
        class: "fo-playground",
        role: "group",
        "aria-label": "Optimizer playground",
        onkeydown: (event) => this.keep(event),
      },
      h(
        "div",
        { class: "fo-body" },
        scene,
        h("div", { class: "fo-views" }, this.map.element, this.loss.element),
        this.transport(),
        hint,
        h("fieldset", {}, h("legend", {}, "Optimizers"), this.chips),
        this.cards,
        this.spoken,
      ),
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

  /** Arrow keys move a slider and letters choose in a list; JupyterLab would go to another cell, or cut this one. */
  keep(event) {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!modified && event.target.matches("input, select")) event.stopPropagation();
  }

  set(changes, done = true) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    if (done) this.save();
    this.schedule();
  }

  save() {
    this.model.save_changes();
  }

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

  choose(id) {
    const landscape = this.landscapes.get(id);
    const parameters = Object.fromEntries(
      landscape.parameters.map((parameter) => [parameter.name, parameter.default]),
    );
    const optimizers = this.model.get("optimizers").map((optimizer) => this.tuned(optimizer, landscape));
    this.set({ landscape: id, landscape_parameters: parameters, start: landscape.start, optimizers });
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
    this.set(structuredClone(this.given));
  }

  // ---- drawing

  schedule() {
    this.frame ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frame = undefined;
    if (!this.theme || !this.element.isConnected) return;
    if (!this.element.clientWidth) {
      // JupyterLab hides everything for less than a frame when the theme changes: no resize will tell of that.
      if (this.visible) this.schedule();
      return;
    }
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
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      this.spoken.textContent = this.report();
    }, 500);
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

  applyTheme(name) {
    if (this.theme?.name === name) return;
    this.theme = { name, ...THEMES[name] };
    for (const [key, value] of Object.entries(THEMES[name]))
      if (typeof value === "string") this.element.style.setProperty(`--fo-${key}`, value);
    this.element.style.colorScheme = name;
    this.schedule();
  }
}

async function render({ model, el }) {
  const figure = new Figure(model, await load(model.get("mathematics")));
  el.append(figure.element);
  const redraw = () => figure.schedule();
  for (const name of TRAITS) model.on(`change:${name}`, redraw);
  const size = new ResizeObserver(([{ contentRect }]) => {
    figure.visible = contentRect.width > 0;
    figure.schedule();
  });
  size.observe(figure.element);
  const forget = watchTheme((name) => figure.applyTheme(name));
  figure.element.playground = figure; // for tests and the curious
  return () => {
    for (const name of TRAITS) model.off(`change:${name}`, redraw);
    size.disconnect();
    forget();
    figure.player.stop();
  };
}

export default { render };
