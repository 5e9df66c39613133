// One coordinate under Adam: its gradients, the two averages of them, and their ratio, the step.

import { Chart } from "../chart.js";
import { add } from "../kinds.js";
import { format } from "../numbers.js";
import { Panel } from "../panel.js";
import { extent } from "../scales.js";

/** @typedef {Record<"g" | "m_hat" | "root" | "step", Float64Array>} Curves */

/** @type {(title: string, height: number, low: number) => Chart} */
const chart = (title, height, low) => new Chart(title, "step t", { height, low, first: 1 });

export class Anatomy extends Panel {
  static layout = "pair-first";

  step = chart("Step in units of η: m̂ / √v̂", 210, 120);
  average = chart("Gradient g, and its average m̂", 170, 84);
  size = chart("Its size |g|, and √v̂", 170, 84);

  charts() {
    const charts = [this.step, this.average, this.size];
    for (const chart of charts)
      chart.listen({ hover: (x) => this.hover(x === null ? null : Math.max(1, x)) });
    return charts;
  }

  /** @param {Curves} curves */
  show({ g, m_hat, root, step }) {
    const { theme } = this;
    const colour = this.colour(this.ruled[0].id);
    /** @type {{x: [number, number], cursor: number | null}} */
    const rest = { x: [0, g.length + 1], cursor: this.hovered };
    this.step.draw(theme, {
      ...rest,
      y: extent([-1.1, 1.1], step),
      marks: [
        { y: 1, dash: [2, 3] },
        { y: 0, dash: [] },
        { y: -1, dash: [2, 3] },
      ],
      curves: [{ ys: step, colour, label: "m̂ / √v̂", width: 2.6 }],
    });
    const draw = (
      /** @type {Chart} */ chart,
      /** @type {Float64Array} */ seen,
      /** @type {Float64Array} */ ys,
      /** @type {string} */ label,
      /** @type {string} */ symbol,
      /** @type {string} */ dial,
    ) =>
      chart.draw(theme, {
        ...rest,
        y: extent([0], seen, ys),
        marks: [{ y: 0, dash: [] }],
        dots: [{ xs: Array.from(seen, (_, k) => k + 1), ys: [...seen], colour: theme.muted, size: 1.5 }],
        curves: [{ ys, colour, label, symbol, of: [dial], width: 2.6 }],
      });
    const numbers = [...this.described.values()].filter(({ kind }) => kind === "number");
    const [decay, slow] = numbers.slice(-2); // of the averages
    draw(this.average, g, m_hat, "m̂", "m_hat", decay.name);
    draw(this.size, g.map(Math.abs), root, "√v̂", "sqrt_v_hat", slow.name);
  }

  /** @param {Curves} curves */
  report({ g, step }) {
    const sizes = step.map(Math.abs);
    const most = sizes.reduce((best, size, k) => (size > sizes[best] ? k : best), 0);
    const mean = sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
    return `Steps are ${format(mean)} η long on average; the longest is ${format(sizes[most])} η, at step ${most + 1}, where the gradient is ${format(g[most])}.`;
  }
}

add("anatomy", Anatomy);
