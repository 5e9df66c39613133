// The rate of convergence on a quadratic over ηh and μ, and the iterates at one point of that map.

import { Chart, lane, Panel } from "./panel.js";
import { clamp, format, front, h, Handle, paintContours, stroke } from "./parts.js";

const STEPS = 60;
const CELL = 2;

class Spectrum extends Panel {
  static layout = "beside";

  charts() {
    this.map = new Chart("Convergence rate", "ηh", { ylabel: "μ", height: 330, layers: 2 });
    this.strip = h("i");
    this.scale = h("span", { class: "fo-scale", "aria-hidden": "true" }, "0", this.strip, "1");
    const neat = (value, high) => Number(clamp(value, 0, high).toFixed(3));
    const move = (x, mu, done) => this.set({ x: neat(x, 4), mu: neat(mu, 1) }, done);
    const { plot } = this.map;
    this.handle = new Handle(plot, {
      label: "Point of the map, ηh and μ",
      describedby: this.hintId,
      names: ["ηh", "μ"],
      read: () => [this.model.get("x"), this.model.get("mu")],
      home: () => [this.given.x, this.given.mu],
      move,
    });
    plot.element.style.cursor = "crosshair";
    plot.element.addEventListener("click", (event) => {
      if (event.target !== this.handle.element) move(...plot.data(...plot.place(event)), true);
    });
    this.path = new Chart("θ, step by step", "step t", { height: 130 });
    this.decay = new Chart("Size of θ", "step t", { height: 130 });
    for (const chart of [this.path, this.decay]) chart.listen((x) => this.hover(x));
    return [this.map, this.path, this.decay];
  }

  of(name, rule) {
    return this.mathematics.expressions[`${rule}_${name}`];
  }

  curves({ rule, x, mu }) {
    const values = Object.fromEntries(this.data.values.map((name, k) => [name, [x, mu][k]]));
    const gradient = (g, p) => (g[0] = p[0]); // curvature 1: the rate is ηh
    const theta = lane(this.drive(rule, { start: [1], steps: STEPS, gradient, values }).p);
    const grid = Array.from({ length: 11 }, (_, k) => k / 10);
    return {
      theta,
      rate: this.of("radius", rule)({ x, mu }),
      map: grid.flatMap((m) =>
        Array.from({ length: 9 }, (_, k) => this.of("radius", rule)({ x: k / 2, mu: m })),
      ),
      boundaries: ["boundary", "root0", "root1"].flatMap((name) =>
        grid.map((m) => this.of(name, rule)({ mu: m })),
      ),
    };
  }

  /** Painted anew only when the rule, the size or the theme has changed. Bands are equal steps of the squared rate. */
  paint(rule) {
    const { plot } = this.map;
    const [columns, rows] = [plot.width, plot.height].map((size) => Math.ceil(size / CELL) + 1);
    const made = [rule, columns, rows, this.theme.name].join();
    if (!plot.fit(0) && made === this.made) return;
    this.made = made;
    const heights = new Float32Array(columns * rows);
    const radius = this.of("radius", rule);
    for (let j = 0, n = 0; j < rows; j++)
      for (let i = 0; i < columns; i++)
        heights[n++] = Math.min(1, radius({ x: (4 * i) / (columns - 1), mu: 1 - j / (rows - 1) }) ** 2);
    paintContours(plot.canvases[0], { columns, rows, heights }, this.theme, 10);
    this.strip.style.background = `linear-gradient(90deg, ${this.theme.ramp.join()})`;
  }

  show({ theta, rate }, { rule, x, mu }) {
    const { theme } = this;
    const { plot } = this.map;
    const context = this.map.draw(theme, { x: [0, 4], y: [0, 1], note: this.scale });
    this.paint(rule);
    const over = Array.from({ length: 101 }, (_, k) => k / 100);
    const along = (name) => {
      const xs = Float64Array.from(over, (m) => this.map.x(this.of(name, rule)({ mu: m })));
      return [xs, Float64Array.from(over, this.map.y)];
    };
    const [xs, ys] = along("boundary");
    const beyond = new Path2D();
    beyond.moveTo(xs[0], ys[0]);
    xs.forEach((px, k) => beyond.lineTo(px, ys[k]));
    for (const [px, py] of [
      [plot.width + 9, 0],
      [plot.width + 9, plot.height],
    ])
      beyond.lineTo(px, py);
    context.fillStyle = theme.surface;
    context.fill(beyond);
    context.globalAlpha = 0.16;
    context.fillStyle = theme.warning;
    context.fill(beyond);
    context.globalAlpha = 1;
    stroke(context, plot.line(xs, ys, 0, 100), { colour: theme.warning, width: 2.5 });
    for (const root of ["root0", "root1"])
      stroke(context, plot.line(...along(root), 0, 100), { colour: theme.text, width: 1.5, dash: [5, 4] });
    const put = (text, px, py, colour = theme.text) =>
      this.map.write(context, theme, text, this.map.x(px), this.map.y(py), colour, "center");
    put("diverges", 3.45, 0.13, theme.warning);
    const [from, to] = ["root0", "root1"].map((root) => this.of(root, rule)({ mu: 0.6 }));
    put("complex", (from + to) / 2, 0.6);
    this.handle.update();

    const colour = this.colour(rule);
    const [cap, bound] = [
      clamp(1.05 * Math.max(...theta.map(Math.abs)), 1.15, 4),
      Array.from(theta, (_, t) => rate ** t),
    ];
    const cursor = this.hovered;
    const steps = Float64Array.from(theta, (_, t) => t);
    const envelope = { colour: theme.muted, dash: [4, 4], thin: true };
    this.path.draw(theme, {
      x: [0, STEPS],
      y: [-cap, cap],
      marks: [{ y: 0, dash: [] }],
      curves: [
        { ...envelope, ys: bound },
        { ...envelope, ys: bound.map((size) => -size) },
        { ys: theta, colour, named: true },
      ],
      dots: [{ xs: steps, ys: theta, colour, size: 2.6, alpha: 1 }],
      cursor,
    });
    const size = theta.map(Math.abs);
    this.decay.draw(theme, {
      x: [0, STEPS],
      y: [1e-8, rate > 1 ? 1e4 : 10],
      log: true,
      curves: [
        { ...envelope, ys: bound },
        { ys: size, colour, named: true },
      ],
      note: `dashed: rateᵗ = ${format(rate)}ᵗ`,
      cursor,
    });
  }

  report({ rate }, { rule, x, mu }) {
    const place = `At ηh = ${format(x)} and μ = ${format(mu)} the rate is ${format(rate, 4)}`;
    if (rate >= 1) return `${place}: ${rate > 1 ? "it diverges" : "it does not converge"}.`;
    const real = this.of("discriminant", rule)({ x, mu }) >= 0;
    const digit = rate > 0 ? `${format(-1 / Math.log10(rate))} steps for a digit` : "one step and done";
    return `${place}: ${digit}, ${real ? "real roots" : "complex roots: it oscillates"}.`;
  }
}

export default front(Spectrum);
