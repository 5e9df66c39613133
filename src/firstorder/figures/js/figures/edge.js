// The edge of stability in two weights.

/** @import {State} from "../types.d.ts" */
import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";

/** @typedef {Record<"sharpness" | "swing" | "border", Float64Array>} Curves the border from step 1, the others from 0 */

/** Steps over which means are taken. */
const LAST = 100;

export class Edge extends Panel {
  sharpness = new Chart("Sharpness S, and the border", "step t", { height: 220, low: 170 });
  swing = new Chart("Swing |x|", "step t", { height: 130, low: 90 });

  charts() {
    const charts = [this.sharpness, this.swing];
    for (const chart of charts) chart.listen({ hover: (x) => this.hover(x) });
    return charts;
  }

  /**
   * @param {Curves} curves
   * @param {State} state
   */
  show({ sharpness, swing, border }, { later }) {
    const { theme, hovered: cursor } = this;
    const steps = border.length;
    /** @type {[number, number]} */
    const x = [0, steps];
    const changes = { x: steps / 2, colour: theme.muted };
    const top = Math.max(...sharpness, Math.min(border[0], border[steps - 1]));
    this.sharpness.draw(theme, {
      x,
      y: [0, 1.2 * top],
      marks: [{ ...changes, label: later === 1 ? "" : "η changes" }],
      curves: [
        {
          xs: border.map((_, k) => k + 1),
          ys: border,
          label: "2/η",
          colour: theme.text,
          dash: [7, 4],
          width: 1.6,
        },
        { ys: sharpness, label: "S", colour: theme.accent },
      ],
      cursor,
    });
    this.swing.draw(theme, {
      x,
      y: [1e-4, 100],
      log: true,
      marks: [changes],
      curves: [
        { ys: swing, colour: theme.accent, width: 1.2, named: true },
        { ys: [], label: "2/η", colour: theme.text }, // the room that the names above take
      ],
      cursor,
    });
  }

  /** @param {Curves} curves */
  report({ sharpness, swing, border }) {
    const mean = (/** @type {number} */ end) => {
      let sum = 0;
      for (let t = end - LAST + 1; t <= end; t++) sum += sharpness[t] / border[t - 1];
      return format(sum / LAST, 2);
    };
    const steps = border.length;
    return `In the mean of ${LAST} steps the sharpness is ${mean(steps / 2)} of 2/η at step ${steps / 2} and ${mean(steps)} of it at the end. The largest swing was ${format(Math.max(...swing), 2)}.`;
  }
}

add("edge", Edge);
