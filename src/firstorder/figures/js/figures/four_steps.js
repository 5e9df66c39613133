// From plain descent to Adam: the paths of two weights, and the loss on the way.

/** @import {Domain, State} from "../types.d.ts" */
import { stamp, stroke, write } from "../canvas.js";
import { Chart } from "../chart.js";
import { Contours, survey } from "../contours.js";
import { add } from "../kinds.js";
import { Panel } from "../panel.js";
import { DISC, STAR } from "../styles.js";

/** @type {Domain} */
const DOMAIN = [-0.2, 1.9, -0.25, 2.1];
const LOWEST = 1e-7;

/** @typedef {Record<string, Float64Array>} Curves of each method its path, in one row, and the loss on it */

export class FourSteps extends Panel {
  static layout = "beside";
  static hint = "Before you press the next name: where will its path go?";

  map = new Chart("The two weights", "weight of the faint dot", {
    ylabel: "weight of the dark dot",
    height: 300,
    low: 210,
    layers: 2,
  });
  contours = new Contours(this.map.plot, { cell: 4 });
  loss = new Chart("Loss, but for chance", "step", { height: 300, low: 150 });

  charts() {
    this.loss.listen({ hover: (x) => this.hover(x) });
    return [this.map, this.loss];
  }

  /**
   * The methods that are shown, in their order.
   * @param {Curves} curves
   */
  of(curves) {
    return this.ruled.map(({ id }) => id).filter((id) => curves[id]);
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, { steps, fainter }) {
    const { theme, map } = this;
    const [x0, x1, y0, y1] = DOMAIN;
    const context = map.draw(theme, { x: [x0, x1], y: [y0, y1] });
    const { loss } = this.mathematics.expressions;
    this.contours.draw(`loss ${fainter}`, theme, (columns, rows) =>
      survey((x, y) => loss({ point: [x, y], fainter }), DOMAIN, columns, rows),
    );
    const last = Math.min(steps, this.hovered ?? steps);
    for (const id of this.of(curves)) {
      const xs = Float64Array.from({ length: last + 1 }, (_, k) => map.x(curves[id][2 * k]));
      const ys = Float64Array.from({ length: last + 1 }, (_, k) => map.y(curves[id][2 * k + 1]));
      const line = map.plot.line(xs, ys);
      const { colour, dash } = this.look(id);
      stroke(context, line, { colour: theme.surface, width: 4, alpha: 0.6 });
      stroke(context, line, { colour, dash, width: 1.8 });
      if (map.plot.inside(xs[last], ys[last]))
        stamp(context, DISC, xs[last], ys[last], colour, theme.surface);
    }
    stamp(context, STAR, map.x(1), map.y(1), theme.text, theme.surface);
    stamp(context, DISC, map.x(0), map.y(0), theme.text, theme.surface, 0.6);
    write(context, "start", map.x(0), map.y(0) + 12, theme.text, theme.surface, "center");
    this.loss.draw(theme, {
      x: [0, curves.sgd_loss.length - 1],
      y: [LOWEST, 2],
      log: true,
      curves: this.of(curves).map((id) => ({
        ys: curves[`${id}_loss`].slice(0, steps + 1),
        label: this.data.names[id],
        ...this.look(id),
      })),
      cursor: this.hovered,
    });
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report(curves, { steps }) {
    const ends = this.of(curves).map((id) => `${this.data.names[id]} ${plain(curves[`${id}_loss`][steps])}`);
    return `Loss after ${steps} steps, from ${plain(curves.sgd_loss[0])} at the start: ${ends.join("; ")}.`;
  }
}

/** @type {(value: number) => string} without powers of ten, which come later in the book */
const plain = (value) => (value < 1e3 ? value.toFixed(6).replace(/0+$/, "") : "far away");

add("four_steps", FourSteps);
