// The best of a grid of learning rates, by which rates the grid has.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { tried } from "../tried.js";

/** @typedef {Record<string, number>} Curves the best of each optimizer */

export class RateGrid extends Panel {
  loss = new Chart("Held-out loss", "learning rate over its default", { height: 300, low: 240 });

  charts() {
    return [this.loss];
  }

  /**
   * The rates that were tried with an optimizer, and their losses.
   * @param {string} id
   * @param {unknown} problem
   */
  tried(id, problem) {
    const { factors, none } = this.data;
    return tried(factors, this.data[`${problem}_${id}`], none);
  }

  /**
   * @param {Curves} best
   * @param {State} state
   */
  show(best, { low, high, problem }) {
    const { theme } = this;
    const { factors } = this.data;
    const shown = this.ruled.map(({ id, label }) => ({
      ...this.tried(id, problem),
      ...this.look(id),
      label,
      best: best[id],
    }));
    this.loss.draw(theme, {
      x: [factors[0], factors[factors.length - 1]],
      y: [0.05, 3],
      logx: true,
      log: true,
      bands: [{ from: low, to: high, colour: theme.accent }],
      curves: shown,
      dots: shown.map(({ xs, ys, colour, best }) => ({
        xs: [xs[ys.indexOf(best)]],
        ys: [best],
        colour,
        size: 5,
        alpha: 1,
        over: true,
      })),
    });
  }

  /** @param {Curves} best */
  report(best) {
    const order = this.ruled.toSorted((one, other) => best[one.id] - best[other.id]);
    return `The best of each at the rates in the window: ${order.map(({ id, label }) => `${label} ${format(best[id], 2)}`).join(", ")}.`;
  }
}

add("rate_grid", RateGrid);
