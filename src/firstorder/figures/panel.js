// Figures made of charts and controls: the common pattern of all but the playground.
//
// The state is what the controls say; the state's traits, their ranges and the figure's data come from Python.

import {
  Figure,
  SERIES,
  Plot,
  Slider,
  clamp,
  format,
  h,
  logTicks,
  niceTicks,
  shape,
  spread,
  stamp,
  stroke,
  swatch,
  unique,
  within,
} from "./parts.js";

/** A rule along gradients: the parameters and each state, before the first step and after every one.
 * values: hyperparameters, or a function of t that gives them; after: what is done to the parameters after a step;
 * anew: whether they are 0 again before every step, so that what is kept of them are the steps. */
export function drive({ update, rule, start, steps, gradient, values, corrected = true, after, anew }) {
  const p = Float64Array.from(start);
  const g = new Float64Array(p.length);
  const usual = Object.fromEntries(rule.hyperparameters.map((h) => [h.name, h.default]));
  const state = rule.state.map(({ initial }) => new Float64Array(p.length).fill(usual[initial] ?? initial));
  const kept = { p: [p.slice()] };
  rule.state.forEach(({ name }, k) => (kept[name] = [state[k].slice()]));
  const scalars = { ...usual, ...(typeof values === "function" ? {} : values), t: Infinity };
  for (let t = 1; t <= steps; t++) {
    if (anew) p.fill(0);
    gradient(g, p, t);
    // Without bias correction t is infinite: βᵗ = 0, and 1 − βᵗ = 1.
    if (typeof values === "function") Object.assign(scalars, values(t));
    if (corrected) scalars.t = t;
    update(p, g, ...state, scalars);
    after?.(p);
    kept.p.push(p.slice());
    rule.state.forEach(({ name }, k) => kept[name].push(state[k].slice()));
  }
  return kept;
}

/** One lane of what `drive` kept. */
export const lane = (kept, k = 0) => new Float64Array(kept.length).map((_, t) => kept[t][k]);

/** The least and the largest of some curves, with a little air. */
export function extent(...curves) {
  let [low, high] = [Infinity, -Infinity];
  for (const curve of curves)
    for (const value of curve)
      if (Number.isFinite(value)) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const air = 0.05 * (high - low || 1);
  return [low - air, high + air];
}

const FONT = "600 11.5px system-ui, sans-serif";

/** A titled plot of curves, bars, bands and marks, named where they end. */
export class Chart {
  constructor(title, xlabel, { ylabel = "", height = 190, layers = 1, first = 0 } = {}) {
    this.first = first; // the x of a curve's first value
    this.plot = new Plot(layers, xlabel, ylabel);
    this.plot.element.style.height = `${height}px`;
    this.labels = h("div", { class: "fo-labels", "aria-hidden": "true" });
    this.plot.element.append(this.labels);
    this.note = h("span");
    this.legend = h("p", { class: "fo-legend", "aria-hidden": "true" });
    const heading = h("p", { class: "fo-title" }, h("span", {}, title), this.note);
    this.element = h("div", { class: "fo-view" }, heading, this.legend, this.plot.element);
    this.stale = true;
    const resized = () => {
      this.stale = true;
      this.onresize?.();
    };
    new ResizeObserver(resized).observe(this.plot.element);
  }

  /** Tells `heard` of the x under the pointer, null when it leaves; with `pressed`, only while it is held down. */
  listen(heard, pressed = false) {
    const { element } = this.plot;
    const tell = (event) => {
      const [x0, x1] = this.plot.domain;
      heard(clamp(this.plot.data(...this.plot.place(event))[0], x0, x1));
    };
    element.style.touchAction = "pan-y";
    element.style.cursor = pressed ? "ew-resize" : "crosshair";
    element.addEventListener("pointerdown", tell);
    element.addEventListener("pointermove", (event) => (!pressed || event.buttons) && tell(event));
    if (!pressed) element.addEventListener("pointerleave", () => heard(null));
  }

  /** Measures and draws the axes: `x` and `y` are ranges, logarithmic where `logx` or `log` says so. */
  frame({ x, y, logx = false, log = false, curves = [], note = "", xticks }) {
    const { plot } = this;
    const [across, up] = [logx, log].map((is) => (is ? (v) => Math.log10(Math.max(v, 1e-300)) : (v) => v));
    const ruler = plot.canvases[0].getContext("2d");
    ruler.font = FONT;
    const longest = Math.max(0, ...curves.map(({ label }) => (label ? ruler.measureText(label).width : 0)));
    if (this.stale) this.narrow = this.element.clientWidth < 440 || !this.element.contains(this.legend);
    const margin = longest && !this.narrow ? `${Math.min(Math.ceil(longest) + 10, 130)}px` : "";
    if (margin !== plot.element.style.marginRight) plot.element.style.marginRight = margin;
    if (this.stale || this.margin !== plot.element.style.marginRight) {
      // Only now: to ask for a size makes the browser lay out the page.
      plot.measure();
      this.stale = false;
      this.margin = plot.element.style.marginRight;
    }
    plot.setDomain(...x.map(across), ...y.map(up));
    const [x0, x1, y0, y1] = plot.domain;
    const ticks = (is, low, high, count) =>
      is ? logTicks(low, high) : niceTicks(low, high, count).map((tick) => [tick, format(tick)]);
    const ys = ticks(log, y0, y1, clamp(plot.height / 45, 2, 6));
    plot.setTicks(
      xticks?.map((v) => [across(v), format(v)]) ?? ticks(logx, x0, x1, clamp(plot.width / 60, 2, 8)),
      ys,
    );
    if (this.noted !== note) this.note.replaceChildren((this.noted = note));
    this.x = (value) => plot.x(across(value));
    this.y = (value) => plot.y(up(value));
    this.grid = ys.map(([at]) => plot.y(at));
    this.xs = ({ xs, ys }) => xs ?? new Float64Array(ys.length).map((_, k) => k + this.first);
  }

  /** Draws curves and what goes with them. `cursor` is the x at which the named curves tell their value. */
  draw(theme, view) {
    const { bands = [], bars = [], curves = [], marks = [], dots = [], cursor = null } = view;
    this.frame(view);
    const { plot } = this;
    const layer = plot.canvases.length - 1;
    const context = plot.clear(layer);
    const line = (x0, y0, x1, y1, look) => {
      const path = new Path2D();
      path.moveTo(x0, y0);
      path.lineTo(x1, y1);
      stroke(context, path, look);
    };
    if (layer === 0)
      for (const y of this.grid) line(0, y, plot.width, y, { colour: theme.line, width: 1, alpha: 0.45 });
    for (const { from, to, colour, alpha = 0.14 } of bands) {
      context.globalAlpha = alpha;
      context.fillStyle = colour;
      context.fillRect(this.x(from), 0, this.x(to) - this.x(from), plot.height);
      context.globalAlpha = 1;
    }
    for (const bar of bars) this.drawBars(context, bar);
    for (const { x, y, label, colour = theme.muted, dash = [4, 4], left = false, width = 1 } of marks) {
      const [px, py] = [x === undefined ? 0 : this.x(x), y === undefined ? 0 : this.y(y)];
      if (x === undefined) line(0, py, plot.width, py, { colour, dash, width });
      else line(px, 0, px, plot.height, { colour, dash, width });
      if (!label) continue;
      const near = left || (x !== undefined && px > plot.width - 90);
      if (x === undefined)
        this.write(context, theme, label, left ? 6 : plot.width - 6, py - 7, colour, left ? "left" : "right");
      else this.write(context, theme, label, px + (near ? -5 : 5), 10, colour, near ? "right" : "left");
    }
    for (const dot of dots) if (!dot.over) this.drawDots(context, dot);
    for (const curve of curves) {
      const [xs, ys] = [this.xs(curve), curve.ys].map((values, k) =>
        new Float64Array(values).map(k ? this.y : this.x),
      );
      const path = plot.line(xs, ys, 0, ys.length - 1);
      if (!curve.thin) stroke(context, path, { colour: theme.surface, width: 4.5, alpha: 0.7 });
      stroke(context, path, { dash: [], width: curve.thin ? 1.2 : 2.2, ...curve });
    }
    for (const dot of dots) if (dot.over) this.drawDots(context, dot);
    if (cursor !== null) this.drawCursor(context, theme, curves, cursor, line);
    this.drawLabels(curves);
    return context;
  }

  drawDots(context, { xs, ys, colour, size = 1.7, alpha = 0.7 }) {
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    context.beginPath();
    for (let k = 0; k < ys.length; k++) {
      const [px, py] = [this.x(xs[k]), this.y(ys[k])];
      if (!this.plot.inside(px, py)) continue;
      context.moveTo(px + size, py);
      context.arc(px, py, size, 0, 7);
    }
    context.fill();
    context.globalAlpha = 1;
  }

  drawBars(context, { ys, xs, colour, alpha = 0.55, base = 0, share = 0.8 }) {
    const room = Math.max(1, share * (this.x(2) - this.x(1)));
    context.fillStyle = colour;
    context.globalAlpha = alpha;
    const floor = clamp(this.y(base), 0, this.plot.height);
    for (let k = 0; k < ys.length; k++) {
      const top = clamp(this.y(ys[k]), 0, this.plot.height);
      context.fillRect(
        this.x(xs ? xs[k] : k + this.first) - room / 2,
        Math.min(top, floor),
        room,
        Math.abs(floor - top),
      );
    }
    context.globalAlpha = 1;
  }

  drawCursor(context, theme, curves, cursor, line) {
    const px = this.x(cursor);
    line(px, 0, px, this.plot.height, { colour: theme.muted, width: 1 });
    const taken = [];
    for (const curve of curves) {
      const k = curve.label || curve.named ? this.xs(curve).indexOf(cursor) : -1;
      if (k < 0 || !Number.isFinite(curve.ys[k])) continue;
      const py = this.y(curve.ys[k]);
      if (py < -1 || py > this.plot.height + 1) continue;
      stamp(context, shape("M-4 0a4 4 0 1 0 8 0a4 4 0 1 0-8 0z"), px, py, curve.colour, theme.surface);
      let at = clamp(py - 10, 8, this.plot.height - 8);
      while (taken.some((other) => Math.abs(other - at) < 13)) at += 13;
      taken.push(at);
      const right = px > this.plot.width - 60;
      this.write(
        context,
        theme,
        format(curve.ys[k]),
        px + (right ? -7 : 7),
        at,
        curve.colour,
        right ? "right" : "left",
      );
    }
  }

  write(context, theme, text, x, y, colour, align) {
    Object.assign(context, { font: FONT, textAlign: align, textBaseline: "middle", lineWidth: 3.5 });
    context.setLineDash([]);
    context.strokeStyle = theme.surface;
    context.strokeText(text, x, y);
    context.fillStyle = colour;
    context.fillText(text, x, y);
  }

  /** Each curve's name at its end, kept apart; or above the plot, beside a piece of its line. */
  drawLabels(curves) {
    const named = curves.filter(({ label, ys }) => label && ys.length);
    const ends = named.map(({ ys }) => {
      const y = this.y(ys[ys.length - 1]);
      return Number.isFinite(y) ? clamp(y, 0, this.plot.height) : 0;
    });
    const placed = spread(ends, 14, this.plot.height);
    const names = named.map(({ label, colour, dash }, k) => {
      const style = `top: ${placed[k]}px; --series: ${colour}`;
      return h(
        "span",
        { class: "fo-label", style },
        ...(this.narrow ? [swatch({ dash: dash ?? [], marker: "" })] : []),
        label,
      );
    });
    const said = JSON.stringify([
      this.narrow,
      named.map(({ label, colour, dash }) => [label, colour, dash]),
      this.narrow || placed,
    ]);
    if (said === this.said) return;
    this.said = said;
    this.labels.replaceChildren(...(this.narrow ? [] : names));
    this.legend.replaceChildren(...(this.narrow ? names : []));
  }
}

/** One of a few: radio buttons that look like one strip. */
class Choice {
  constructor({ label, options }, onvalue) {
    const name = unique();
    this.inputs = options.map(([value]) =>
      h("input", { type: "radio", name, value, onchange: () => onvalue(value, true) }),
    );
    const strip = options.map(([, text], k) => h("label", {}, this.inputs[k], h("span", {}, text)));
    this.element = h("div", { class: "fo-choice", role: "radiogroup", "aria-label": label }, ...strip);
  }

  update(value) {
    for (const input of this.inputs) input.checked = input.value === value;
  }
}

class Switch {
  constructor({ label }, onvalue) {
    const onchange = () => onvalue(this.input.checked, true);
    this.input = h("input", { type: "checkbox", role: "switch", onchange });
    this.element = h("label", { class: "fo-switch" }, this.input, label);
  }

  update(value) {
    this.input.checked = value;
  }
}

const KINDS = {
  number: (control, onvalue) => new Slider(control, "", onvalue),
  choice: (control, onvalue) => new Choice(control, onvalue),
  switch: (control, onvalue) => new Switch(control, onvalue),
};

/** A figure of charts above controls. A kind of it has `charts()`, `curves()`, `show(curves)` and `report(curves)`. */
export class Panel extends Figure {
  constructor(model, mathematics) {
    const controls = model.get("controls");
    super(
      model,
      mathematics,
      controls.map(({ name }) => name),
    );
    this.data = model.get("data");
    this.rules = new Map(model.get("rules").map((rule) => [rule.id, rule]));
    this.hovered = null;
    this.ranges = new Map(controls.map((control) => [control.name, control]));
    this.controls = new Map(
      controls.map((control) => {
        const change = (value, done) => this.set({ [control.name]: value }, done);
        return [control.name, KINDS[control.kind](control, change)];
      }),
    );
    const row = (wanted) =>
      h(
        "div",
        { class: "fo-row" },
        ...controls
          .filter(({ kind }) => (kind === "number") === wanted)
          .map(({ name }) => this.controls.get(name).element),
      );
    this.readout = h("p", { class: "fo-readout", id: this.hintId });
    const reset = h(
      "button",
      { type: "button", title: "Back to the page’s own state", onclick: () => this.reset() },
      "Reset",
    );
    this.tools.append(reset);
    const charts = this.charts();
    for (const chart of charts) chart.onresize = () => this.schedule();
    this.element = this.frame(
      `panel fo-${this.constructor.layout}`,
      model.get("title"),
      h("div", { class: "fo-views" }, ...charts.map(({ element }) => element)),
      row(true),
      row(false),
      h("div", { class: "fo-foot" }, this.readout, this.tools),
    );
  }

  /** How the charts stand on a desk: in "rows", in a "pair", or "beside" the first, which is tall. */
  static layout = "rows";

  /** A rule of the page along gradients. */
  drive(id, run) {
    return drive({ update: this.mathematics.rules[id], rule: this.rules.get(id), ...run });
  }

  /** The colour of a rule, or of a place among the series. */
  colour(of) {
    return SERIES[this.rules.get(of)?.series ?? of][this.theme.name];
  }

  allows(name, value) {
    const { kind, min, max, options, scale, default: usual } = this.ranges.get(name);
    if (kind === "number")
      return within(value, min, max) && (!["whole", "doubling"].includes(scale) || Number.isInteger(value));
    return kind === "choice" ? options.some(([key]) => key === value) : typeof value === typeof usual;
  }

  hover(x) {
    const step = x === null ? null : Math.round(x);
    if (step === this.hovered) return;
    this.hovered = step;
    this.schedule();
  }

  redraw() {
    const { state } = this;
    const inputs = JSON.stringify(state);
    if (inputs !== this.computed) {
      this.computed = inputs;
      this.now = this.curves(state);
      this.readout.textContent = this.report(this.now, state);
      this.say(() => this.readout.textContent);
    }
    this.show(this.now, state);
    for (const [name, control] of this.controls) control.update(state[name]);
  }
}
