// The cover's figure: three methods on one badly scaled valley, each at its best rate, found anew while the reader drags.

/** @import {Domain, Mathematics, Model, State} from "../types.d.ts" */
import { Slider } from "../controls.js";
import { h } from "../dom.js";
import { add } from "../kinds.js";
import { clamp, format } from "../numbers.js";
import { best } from "../rates.js";
import { ended } from "../sweep.js";
import { Playground } from "./playground.js";

/** Milliseconds of a frame for the search of rates. */
const SLICE = 9;
const LINE = 15;

export class Cover extends Playground {
  /** @type {HTMLElement} */
  question = h("p", { class: "fo-question" });
  rated = h("p", { class: "fo-hint", id: this.hintId });
  begin = h("span", { class: "fo-word" }, "start");
  minimum = h("span", { class: "fo-word" }, "minimum");
  words = h("div", { class: "fo-words", "aria-hidden": "true" });
  condition = new Slider(
    {
      name: "condition",
      meaning: "steepness, one direction to the other",
      min: 1,
      max: 200,
      scale: "log",
      default: this.given.landscape_parameters.condition,
    },
    "The valley’s",
    (value, done) =>
      this.set(
        {
          landscape_parameters: { condition: value < 20 ? Number(value.toPrecision(2)) : Math.round(value) },
        },
        done,
      ),
  );
  length = new Slider(
    { name: "steps", meaning: "steps each may take", min: 10, max: 100, default: this.given.steps },
    "The number of",
    (value, done) => this.set({ steps: Math.round(value) }, done),
  );

  /**
   * @param {Model} model
   * @param {Mathematics} mathematics
   */
  constructor(model, mathematics) {
    super(model, mathematics);
    this.map.plot.element.append(this.words);
  }

  /** Wide and low, so that what moves it fits under it; who is nearest to the minimum lies over the others. */
  get scene() {
    const scene = super.scene;
    const ends = scene.paths.map(({ trajectory }) => ended(trajectory));
    const over = ends.indexOf(Math.min(...ends));
    return { ...scene, domain: /** @type {Domain} */ ([-2.6, 2.6, -1.2, 1.6]), over };
  }

  /** @param {State} state */
  signature({ optimizers, ...rest } = this.state) {
    return super.signature(rest); // each gets its best rate without being asked
  }

  build() {
    // A guide's question is the figure's own, which knows how steep it is.
    const asked = this.guide?.home.text.querySelector("b");
    if (asked) {
      this.question = asked;
      asked.className = "fo-question";
      // The question of a round valley is shorter. Unseen, the longest keeps the guide as high.
      const longest = /** @type {HTMLElement} */ (this.guide?.home.element.cloneNode(true));
      longest.classList.remove("is-now");
      longest.querySelector("p")?.removeAttribute("id");
      this.guide?.element.append(longest);
    }
    const transport = this.transport.element;
    return this.frame(
      "cover",
      "Three methods in one valley",
      asked ? "" : this.question,
      this.map.element,
      h(
        "div",
        { class: "fo-under" },
        transport.querySelector(".fo-row") ?? "",
        this.condition.element,
        this.length.element,
      ),
      this.rated,
      h("div", { class: "fo-foot" }, this.tools),
    );
  }

  redraw() {
    this.tuneAll();
    this.compute();
    this.map.draw(this.theme);
    this.write();
    this.condition.update(this.parameters.condition);
    this.length.update(this.steps);
    this.transport.update(this.cursor, this.steps, this.player.playing);
  }

  /** Gives each its best rate of sixty; until a row is computed the one before stands for it. */
  tuneAll() {
    this.wantRates();
    if (this.rates.work(this.mathematics, SLICE)) this.schedule();
    const { optimizers } = this;
    const tuned = optimizers.map((one, k) => {
      const row = this.rates.rows[k];
      const lr = row && best(row).rate;
      return lr === undefined ? one : { ...one, hyperparameters: { ...one.hyperparameters, lr } };
    });
    if (JSON.stringify(tuned) !== JSON.stringify(optimizers)) this.model.set("optimizers", tuned);
  }

  /** What stands in the picture: where it begins, where it should end, and whose path is whose. */
  write() {
    const { plot } = this.map;
    const { condition } = this.parameters;
    this.question.textContent =
      condition === 1
        ? `A round valley: who needs all ${this.steps} steps?`
        : `One direction is ${format(condition)} times as steep as the other. Who is at the minimum after ${this.steps} steps?`;
    /** @type {(element: HTMLElement, x: number, y: number) => void} */
    const put = (element, x, y) => {
      const left = x > plot.width - 96;
      element.style.left = `${clamp(x + (left ? -12 : 12), 0, plot.width)}px`;
      element.style.top = `${clamp(y, 8, plot.height - 8)}px`;
      element.classList.toggle("fo-left", left);
    };
    const ends = this.runs.map(({ label, style }, k) => {
      const { xs, ys } = this.map.projected[k];
      const now = Math.min(this.cursor, xs.length - 1);
      const name = h("span", { class: "fo-word" }, label);
      name.style.color = style[this.theme.name];
      return { name, x: xs[now], y: ys[now] };
    });
    const [[x, y] = [0, 0]] = this.minima;
    const star = { x: plot.x(x), y: plot.y(y) + LINE + 3 };
    /** @type {{x: number, y: number}[]} */
    const taken = [star];
    for (const end of ends.sort((one, other) => one.y - other.y)) {
      let line = end.y - 11;
      for (const other of taken.toSorted((one, two) => two.y - one.y))
        if (Math.abs(other.x - end.x) < 90 && Math.abs(other.y - line) < LINE) line = other.y - LINE;
      taken.push({ x: end.x, y: line });
      put(end.name, end.x, line);
    }
    put(this.minimum, star.x, star.y);
    put(this.begin, plot.x(this.start[0]) + 4, plot.y(this.start[1]) - 12);
    const moving = this.cursor < 3;
    this.words.replaceChildren(this.begin, this.minimum, ...(moving ? [] : ends.map(({ name }) => name)));
    const rates = this.runs.map(({ label, optimizer, trajectory: { values } }, k) => {
      const row = this.rates.rows[k];
      const end = row && best(row).edge ? ", an end of its slider" : "";
      const [last] = values.slice(-1);
      return `${label}: f = ${format(last ?? Number.NaN, 2)} (η = ${format(optimizer.hyperparameters.lr, 2)}${end})`;
    });
    this.rated.textContent =
      `Drag the ring. Each method has the best of 60 learning rates for what you see, found anew as you move. ` +
      `${rates.join("; ")}.`;
  }
}

add("cover", Cover);
