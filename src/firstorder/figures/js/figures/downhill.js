// A bowl from above, with two ways from a point on it: downhill, and to the minimum.

/** @import {Domain, Mathematics, Model, State} from "../types.d.ts" */
import { stamp, stroke } from "../canvas.js";
import { Chart } from "../chart.js";
import { shade } from "../contours.js";
import { Handle } from "../handle.js";
import { add } from "../kinds.js";
import { clamp, format } from "../numbers.js";
import { Panel } from "../panel.js";
import { DISC, STAR } from "../styles.js";

/** @typedef {Record<"downhill" | "home", Float64Array> & Record<"cosine" | "gone" | "fallen" | "down_x" | "down_y", number>} Curves */

export class Downhill extends Panel {
  static layout = "beside";
  static hint = "Drag the ring, or touch the map.";

  map = new Chart("The bowl from above", "x", { ylabel: "y", height: 330, low: 190, layers: 2 });
  heights = new Chart("Height over that of the point", "distance gone", { height: 330, low: 120 });

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics);
    const within = (/** @type {string} */ name, /** @type {number} */ value) => {
      const { min, max } = /** @type {{min: number, max: number}} */ (this.described.get(name));
      return Number(clamp(value, min, max).toFixed(3));
    };
    this.handle = new Handle(this.map.plot, {
      label: "Point on the bowl, x and y",
      describedby: this.hintId,
      read: () => [this.state.x, this.state.y],
      home: () => [this.given.x, this.given.y],
      move: (x, y, done) => this.set({ x: within("x", x), y: within("y", y) }, done),
    });
    this.map.plot.element.style.cursor = "crosshair";
  }

  charts() {
    return [this.map, this.heights];
  }

  /** What the map shows: as much as there is room for, of one length in both directions. @returns {Domain} */
  get domain() {
    const [across, up] = this.data.reach;
    this.map.makeRoom([]);
    const { width, height } = this.map.plot;
    const unit = Math.min(width / across, height / up) || 1;
    return [-width / unit, width / unit, -height / unit, height / unit];
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, state) {
    this.showMap(curves, state);
    this.handle.update();
    const { theme } = this;
    const { way } = this.data;
    this.heights.draw(theme, {
      x: [0, way[way.length - 1]],
      y: [0, 1.3],
      curves: [
        { xs: way, ys: curves.downhill, label: "downhill", colour: theme.warning, width: 2.6 },
        { xs: way, ys: curves.home, label: "to the minimum", colour: theme.text, dash: [7, 4], width: 2 },
      ],
      dots: [
        { xs: [curves.gone], ys: [1 - curves.fallen], colour: theme.warning, size: 4, alpha: 1, over: true },
      ],
    });
  }

  /**
   * Bands of colour, from the outermost in: a contour of a bowl is an ellipse, so that none has to be searched for.
   * @param {(x: number, y: number) => number} ground
   * @param {number} kappa
   * @param {number} turn
   */
  showBowl(ground, kappa, turn) {
    const { theme, map } = this;
    const { plot } = map;
    const { bands, least } = this.data;
    const [, right, , top] = plot.domain;
    const context = plot.clear(0);
    const most = Math.sqrt(2 * Math.max(ground(right, top), ground(right, -top)));
    const unit = plot.width / (2 * right);
    context.fillStyle = shade(theme.ramp, 1);
    context.fillRect(0, 0, plot.width, plot.height);
    context.strokeStyle = theme.ink;
    context.lineWidth = 1;
    for (let band = bands - 1; band > 0; band--) {
      const size = unit * least * (most / least) ** (band / bands);
      context.beginPath();
      context.ellipse(map.x(0), map.y(0), size, size / Math.sqrt(kappa), (-turn * Math.PI) / 180, 0, 7);
      context.fillStyle = shade(theme.ramp, (band - 1) / (bands - 1));
      context.fill();
      context.globalAlpha = 0.38;
      context.stroke();
      context.globalAlpha = 1;
    }
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  showMap(curves, { x, y, kappa, turn }) {
    const { theme, map, domain } = this;
    const { height } = this.mathematics.expressions;
    const context = map.draw(theme, { x: [domain[0], domain[1]], y: [domain[2], domain[3]] });
    const ground = (/** @type {number} */ x, /** @type {number} */ y) => height({ x, y, kappa, turn });
    this.showBowl(ground, kappa, turn);
    const line = (/** @type {[number, number][]} */ points) =>
      map.plot.line(
        points.map(([x]) => map.x(x)),
        points.map(([, y]) => map.y(y)),
      );
    const angle = (turn * Math.PI) / 180;
    const size = Math.sqrt(2 * ground(x, y));
    /** A point in the bowl's own axes, of the contour through the ring 1. @type {(flat: number, steep: number) => [number, number]} */
    const turned = (flat, steep) => {
      const [a, b] = [size * flat, (size * steep) / Math.sqrt(kappa)];
      return [a * Math.cos(angle) - b * Math.sin(angle), a * Math.sin(angle) + b * Math.cos(angle)];
    };
    const around = Array.from({ length: 121 }, (_, k) => (k * Math.PI) / 60);
    stroke(context, line(around.map((at) => turned(Math.cos(at), Math.sin(at)))), {
      colour: theme.text,
      width: 1.6,
    });
    for (const [flat, steep] of [
      [1, 0],
      [0, 1],
    ])
      stroke(context, line([turned(-flat, -steep), turned(flat, steep)]), {
        colour: theme.text,
        width: 1,
        dash: [2, 3],
      });
    stroke(
      context,
      line([
        [x, y],
        [0, 0],
      ]),
      { colour: theme.text, width: 2, dash: [7, 4] },
    );
    /** @type {[number, number]} */
    const lowest = [x + curves.gone * curves.down_x, y + curves.gone * curves.down_y];
    stroke(context, line([[x, y], lowest]), { colour: theme.warning, width: 2.6 });
    stamp(context, DISC, map.x(lowest[0]), map.y(lowest[1]), theme.warning, theme.surface, 0.8);
    stamp(context, STAR, map.x(0), map.y(0), theme.text, theme.surface);
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report({ cosine, fallen }, { kappa }) {
    const angle = (Math.acos(clamp(cosine, -1, 1)) * 180) / Math.PI;
    return `The two ways part by ${Math.round(angle)}°. Downhill ${Math.round(100 * (1 - fallen))} % of the height are left at best, on the way to the minimum nothing. A contour is ${format(Math.sqrt(kappa), 3)} times as long as it is wide.`;
  }
}

add("downhill", Downhill);
