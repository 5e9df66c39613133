// What every figure is made of: appearance, numbers, scales, plots, controls, and the figure itself.
//
// Two hosts give `model` (get, set, on, off, save_changes) and `el`: anywidget in a notebook, host.js on a static page.
// Rules and expressions come in the state as the source of a generated module (`mathematics`); none is written here.

const SVG = "http://www.w3.org/2000/svg";

// ---------------------------------------------------------------- appearance

// One entry an optimizer: told apart by colour, by dash and by marker.
export const SERIES = [
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

export const THEMES = {
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

/** An id that no other figure has, of whatever copy of this module. */
export const unique = () => `fo-${Math.random().toString(36).slice(2)}`;

/** An element: attributes, `on…` listeners, children. */
export function h(tag, attributes = {}, ...children) {
  const node =
    tag === "svg" || tag === "path" ? document.createElementNS(SVG, tag) : document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== undefined && value !== false) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

export const icon = (path) =>
  h(
    "svg",
    { viewBox: "0 0 16 16", width: 14, height: 14, "aria-hidden": "true" },
    h("path", { d: path, fill: "currentColor" }),
  );

export function swatch({ dash, marker }) {
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

export const clamp = (value, low, high) => Math.min(high, Math.max(low, value));
export const within = (value, low, high) => typeof value === "number" && value >= low && value <= high;
export const rounded = (value, digits) => Number(value.toPrecision(digits));

export function format(value, digits = 3) {
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e5))
    return value
      .toExponential(Math.max(0, digits - 1))
      .replace(/\.?0*e\+?/, "e")
      .replaceAll("-", "−");
  return String(rounded(value, digits)).replace("-", "−");
}

/** How a slider's position in [0, 1] stands for a value; every scale rounds to what a reader would write. */
export const SCALES = {
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
  whole: {
    value: (at, { min, max }) => Math.round(min + at * (max - min)),
    at: (value, { min, max }) => (value - min) / (max - min),
    notch: ({ min, max }) => 1 / (max - min),
  },
  doubling: {
    value: (at, { min, max }) => min * 2 ** Math.round(at * Math.log2(max / min)),
    at: (value, { min, max }) => Math.log2(value / min) / Math.log2(max / min),
    notch: ({ min, max }) => 1 / Math.log2(max / min),
  },
};

export function niceTicks(low, high, count) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 5, 10].find((multiple) => multiple * power >= rough);
  const ticks = [];
  for (let k = Math.ceil(low / step - 1e-9); k * step <= high + 1e-9 * step; k++)
    ticks.push(rounded(k * step, 12));
  return ticks;
}

/** The next of …, 0.5, 1, 2, 5, 10, … below or above a positive number. */
export function round125(value, direction) {
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

/** Ticks of an axis in powers of ten between 10 ** bottom and 10 ** top: positions and [mantissa, exponent], or text. */
export function logTicks(bottom, top) {
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

// ---------------------------------------------------------------- paths

export async function load(source) {
  const url = URL.createObjectURL(new Blob([source], { type: "text/javascript" }));
  try {
    return await import(url);
  } finally {
    URL.revokeObjectURL(url);
  }
}

/** θ₀ … θ_steps and f(θ_k). A step that is not finite ends the path: `diverged` is its number. */
export function descend(mathematics, { rule, optimizer, landscape, parameters, start, steps }) {
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

// ---------------------------------------------------------------- contours

/** The landscape on a grid as heights in [0, 1], logarithmic above a few per cent of the lowest ground. */
export function survey({ value }, parameters, [x0, x1, y0, y1], columns, rows) {
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
export function paintContours(canvas, { columns, rows, heights }, theme, bands = 15) {
  const { width, height } = canvas;
  const shades = 12;
  const colours = bandColours(theme, bands, shades);
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
      row[i] = bands * (a + (v - j) * (heights[(j + 1) * columns + i] - a));
    }
    let left = row[0];
    for (let x = 0; x < width; x++, n++) {
      const u = (x / (width - 1)) * (columns - 1);
      const i = Math.min(u | 0, columns - 2);
      const level = row[i] + (u - i) * (row[i + 1] - row[i]);
      const slope = Math.hypot(level - left, y ? level - above[x] : 0) + 1e-9;
      const distance = Math.abs(level - Math.round(level)) / slope; // in pixels, to the nearest contour
      const edge =
        level > 0.5 && level < bands - 0.5 ? clamp(1.2 - distance, 0, 1) * Math.min(1, 0.5 / slope) : 0;
      const band = Math.min(level | 0, bands - 1);
      pixels[n] = colours[band * shades + Math.round(edge * (shades - 1))];
      left = above[x] = level;
    }
  }
  context.putImageData(image, 0, 0);
}

// ---------------------------------------------------------------- plots

/** A frame with axes: canvases to draw on, tick labels in the DOM, and the scales between data and CSS pixels. */
export class Plot {
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
      const whole = this.inside(xs[k - 1], ys[k - 1]) && this.inside(xs[k], ys[k]);
      if (whole && pen && k < to && Math.abs(xs[k] - pen[0]) + Math.abs(ys[k] - pen[1]) < 0.6) continue;
      const cut = whole
        ? [xs[k - 1], ys[k - 1], xs[k], ys[k]]
        : cutAtFrame(xs[k - 1], ys[k - 1], xs[k], ys[k], this.width, this.height);
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

  /** Where a pointer is, in CSS pixels from the frame's corner. */
  place({ clientX, clientY }) {
    const box = this.element.getBoundingClientRect();
    return [clientX - box.left, clientY - box.top];
  }

  inside(x, y) {
    return x >= 0 && x <= this.width && y >= 0 && y <= this.height;
  }
}

/** The part of a segment inside [0, width] × [0, height] (Liang and Barsky), or null. */
export function cutAtFrame(x0, y0, x1, y1, width, height) {
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

export function stroke(context, path, { colour, dash = [], width = 2, alpha = 1 }) {
  context.globalAlpha = alpha;
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.stroke(path);
  context.globalAlpha = 1;
}

export function stamp(context, shape, x, y, fill, halo, scale = 1) {
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

export const CROSS = "M-6-4L-4-6L0-2L4-6L6-4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0z";
export const STAR = "M0-8L2-2.6L7.6-2.5L3.2 1L4.7 6.5L0 3.3L-4.7 6.5L-3.2 1L-7.6-2.5L-2-2.6z";
const shapes = new Map();
export const shape = (path) => shapes.get(path) ?? shapes.set(path, new Path2D(path)).get(path);

/** Positions at least `gap` apart and as near as may be to where they were wanted, within [0, limit]. */
export function spread(wanted, gap, limit) {
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

/** A point that is dragged over a plot: a slider in two directions, for mouse, touch and keys. */
export class Handle {
  /** read: () => [x, y]; move: (x, y, done); home: () => [x, y], where the Home key leads. */
  constructor(plot, { label, describedby, read, move, home, names = ["x", "y"] }) {
    Object.assign(this, { plot, read, move, home, names });
    this.element = h("div", {
      class: "fo-handle",
      role: "slider",
      tabindex: 0,
      "aria-valuenow": 0, // until it is drawn
      "aria-label": label,
      "aria-roledescription": "draggable point",
      "aria-describedby": describedby,
      onpointerdown: (event) => this.grab(event),
      onpointermove: (event) => this.drag(event),
      onpointerup: () => this.release(),
      onpointercancel: () => this.release(),
      onkeydown: (event) => this.key(event),
    });
    plot.element.append(this.element);
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
    const [x, y] = this.plot.place(event);
    this.move(...this.plot.data(x - this.held[0], y - this.held[1]), false);
  }

  release() {
    if (!this.held) return;
    this.held = null;
    this.move(...this.read(), true);
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
    const [x, y] = this.read();
    const move = moves[event.key];
    if (move) this.move(x + (fine * move[0] * (x1 - x0)) / 100, y + (fine * move[1] * (y1 - y0)) / 100, true);
    else if (event.key === "Home") this.move(...this.home(), true);
    else return;
    event.preventDefault();
  }

  update() {
    const [x, y] = this.read();
    const [x0, x1] = this.plot.domain;
    const [xname, yname] = this.names;
    this.element.style.left = `${this.plot.x(x)}px`;
    this.element.style.top = `${this.plot.y(y)}px`;
    const text = `${xname} ${format(x)}, ${yname} ${format(y)}`;
    const aria = { valuemin: x0, valuemax: x1, valuenow: x, valuetext: text };
    for (const [name, value] of Object.entries(aria)) this.element.setAttribute(`aria-${name}`, value);
  }
}

// ---------------------------------------------------------------- controls

/** A labelled slider of a scale, its default marked on the track. */
export class Slider {
  constructor({ symbol, name, meaning, min, max, scale = "linear", default: usual }, owner, onvalue) {
    Object.assign(this, { range: { min, max }, scale: SCALES[scale], usual });
    this.notch = this.scale.notch?.(this.range) ?? 0.005;
    const id = unique();
    this.input = h("input", {
      type: "range",
      id,
      min: 0,
      max: 1,
      step: this.notch,
      "aria-label": `${owner} ${meaning} (${name})`,
      oninput: () => {
        this.skip();
        onvalue(this.read(), false);
      },
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

  /** A notch that rounds to the value at hand is passed over: every press of a key changes something. */
  skip() {
    const ahead = Number(this.input.value) > this.at;
    for (let at; this.read() === this.value && at !== this.input.value;) {
      at = this.input.value;
      if (ahead) this.input.stepUp();
      else this.input.stepDown();
    }
    this.at = Number(this.input.value);
  }

  /** Within half a notch of the default it is the default that is meant. */
  read() {
    const at = Number(this.input.value);
    return Math.abs(at - this.position(this.usual)) <= 0.52 * this.notch
      ? this.usual
      : clamp(this.scale.value(at, this.range), this.range.min, this.range.max);
  }

  update(value) {
    const at = this.position(value);
    this.value = value;
    if (this.read() !== value) this.input.value = at;
    this.at = Number(this.input.value);
    this.input.setAttribute(
      "aria-valuetext",
      value === this.usual ? `${format(value, 6)}, the default` : format(value, 6),
    );
    this.output.textContent = format(value, 6);
    this.reset.hidden = value === this.usual;
    this.track.style.setProperty("--at", `${100 * at}%`);
  }
}

/** Plays the step cursor along the paths. */
export class Player {
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

// ---------------------------------------------------------------- figure

/** What a figure is to its host, its page and its reader. A kind of figure builds `element` and has `redraw()`. */
export class Figure {
  /** names: the traits that make up the state; a link carries those that differ from the page's own. */
  constructor(model, mathematics, names) {
    Object.assign(this, { model, mathematics, names, hintId: unique() });
    this.given = this.state;
    this.spoken = h("div", { class: "fo-unseen", role: "status", "aria-live": "polite" });
    this.tools = h("span", { class: "fo-tools" }); // where a host puts buttons of its own
  }

  /** The outermost element, in which the colours and the keys are the figure's. */
  frame(kind, label, ...children) {
    const body = h("div", { class: "fo-body" }, ...children, this.spoken);
    const onkeydown = (event) => this.keep(event);
    return h("div", { class: `fo-figure fo-${kind}`, role: "group", "aria-label": label, onkeydown }, body);
  }

  /** Arrow keys move a slider and letters choose in a list; JupyterLab would go to another cell, or cut this one. */
  keep(event) {
    const modified = event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;
    if (!modified && event.target.matches("input, select")) event.stopPropagation();
  }

  // ---- state

  get state() {
    return structuredClone(Object.fromEntries(this.names.map((name) => [name, this.model.get(name)])));
  }

  set(changes, done = true) {
    for (const [name, value] of Object.entries(changes)) this.model.set(name, value);
    if (done) this.save();
    this.schedule();
  }

  save() {
    this.model.save_changes();
  }

  reset() {
    this.set(structuredClone(this.given));
  }

  /** The page's own state, as it would be if the reader had made only the great choices of `asked`. */
  baseline(asked) {
    return structuredClone(this.given);
  }

  /** Whether `value` may be the state's `name` while the rest of it is `state`. */
  allows(name, value, state) {
    return typeof value === typeof state[name];
  }

  /** What of the state a link must say: what differs from the baseline, and the great choices that moved that. */
  get changes() {
    const { state } = this;
    const usual = this.baseline(state);
    const same = (one, other) => JSON.stringify(one) === JSON.stringify(other);
    const great = (name, value) =>
      !same(value, this.given[name]) && same(value, this.baseline({ [name]: value })[name]);
    const said = ([name, value]) => !same(value, usual[name]) || great(name, value);
    return Object.fromEntries(Object.entries(state).filter(said));
  }

  /** The state that a link speaks of; what is not allowed in it is passed over. */
  restore(asked) {
    const state = this.baseline(asked);
    for (const name of this.names)
      if (Object.hasOwn(asked, name) && this.allows(name, asked[name], state)) state[name] = asked[name];
    this.set(state);
  }

  // ---- drawing

  schedule() {
    this.frameAsked ??= requestAnimationFrame(() => this.draw());
  }

  draw() {
    this.frameAsked = undefined;
    if (!this.theme || !this.element.isConnected) return;
    if (this.element.clientWidth) this.redraw();
    // JupyterLab hides everything for less than a frame when the theme changes: no resize will tell of that.
    else if (this.visible) this.schedule();
  }

  /** Tells a screen reader what became of it, when the reader pauses. */
  say(report) {
    clearTimeout(this.speaking);
    this.speaking = setTimeout(() => {
      this.spoken.textContent = report();
    }, 500);
  }

  applyTheme(name) {
    if (this.theme?.name === name) return;
    this.theme = { name, ...THEMES[name] };
    for (const [key, value] of Object.entries(THEMES[name]))
      if (typeof value === "string") this.element.style.setProperty(`--fo-${key}`, value);
    this.element.style.colorScheme = name;
    this.schedule();
  }

  stop() {}
}

/** The front end of a kind of figure, as both hosts want it. */
export const front = (Kind) => ({
  async render({ model, el }) {
    const figure = new Kind(model, await load(model.get("mathematics")));
    el.append(figure.element);
    figure.element.figure = figure; // for the host, tests and the curious
    const redraw = () => figure.schedule();
    for (const name of figure.names) model.on(`change:${name}`, redraw);
    const size = new ResizeObserver(([{ contentRect }]) => {
      figure.visible = contentRect.width > 0;
      figure.schedule();
    });
    size.observe(figure.element);
    const forget = watchTheme((name) => figure.applyTheme(name));
    return () => {
      for (const name of figure.names) model.off(`change:${name}`, redraw);
      size.disconnect();
      forget();
      figure.stop();
    };
  },
});
