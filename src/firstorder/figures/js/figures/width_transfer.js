// The rate that is best for a narrow network, at larger widths, with one rate for all layers and with those of µP.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { DISC } from "../styles.js";
import { tried } from "../tried.js";

/** @typedef {Record<string, number>} Curves losses at the tuned rate and at the best one, by kind */

const RANGE = { height: 250, low: 200 };

export class WidthTransfer extends Panel {
  static layout = "beside";

  standard = new Chart("One rate for all layers", "learning rate", RANGE);
  mup = new Chart("Rates of µP", "learning rate", RANGE);

  charts() {
    return [this.standard, this.mup];
  }

  /**
   * The losses at a width, at the rates where there are any.
   * @param {string} kind
   * @param {State} state
   */
  line(kind, { method, width }) {
    const rates = this.data[`${method}_rates`];
    return {
      ...tried(rates, this.data[`${method}_${kind}_${width}`], this.data.none),
      label: Number(width).toLocaleString("en"),
    };
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show(curves, state) {
    const { theme } = this;
    const { narrow } = this.data;
    const rates = this.data[`${state.method}_rates`];
    const tuned = this.data[`${state.method}_tuned`];
    for (const kind of /** @type {const} */ (["standard", "mup"])) {
      this[kind].draw(theme, {
        x: [rates[0] / 1.2, rates[rates.length - 1] * 1.2],
        y: [1e-3, 4],
        logx: true,
        log: true,
        marks: [{ x: tuned, label: `best at ${narrow}`, colour: theme.muted }],
        curves: [
          { ...this.line(kind, { ...state, width: narrow }), colour: theme.muted, dash: [4, 4] },
          { ...this.line(kind, state), colour: theme.accent },
        ],
        stamps: [{ x: tuned, y: Math.min(curves[`${kind}_there`], 4), path: DISC, colour: theme.text }],
      });
    }
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  report(curves, { width }) {
    const told = (/** @type {string} */ kind) => {
      const there = curves[`${kind}_there`];
      const ends = there < this.data.none ? `ends at a loss of ${format(there, 2)}` : "is too large to train";
      return `${ends}, and the best one at ${format(curves[`${kind}_best`], 2)}`;
    };
    const { narrow } = this.data;
    return `At ${Number(width).toLocaleString("en")} units the rate that is best at ${narrow} ${told("standard")}. With the rates of µP it ${told("mup")}.`;
  }
}

add("width_transfer", WidthTransfer);
