// What *Your own f(x, y)* opens above a playground: an expression that Python differentiates while it is typed.

import { h, select, unique } from "../dom.js";
import { add } from "../kinds.js";
import { within } from "../numbers.js";
import { obstacle, pagePython } from "../python/client.js";
import { button } from "./button.js";
import { Editor } from "./editor.js";
import { groundOf } from "./formula.js";
import { lowest } from "./lowest.js";
import { packed, unpacked } from "./packed.js";
import { Says } from "./says.js";
import { Stop } from "./stop.js";
import { typeset, typesetter } from "./typeset.js";

/** @import {Descents} from "../descents.js" */
/** @import {Domain, Drawn, Ground, Point} from "../types.d.ts" */

/** Milliseconds after the last key. */
const PAUSE = 120;
/** Letters of a formula that is shown. */
const LONGEST = 3000;
/** Of an axis: how far it may reach, and how short it may be. */
const [FARTHEST, SHORTEST] = [1e6, 1e-6];
/** What a text may begin as, and where it is worth looking at. @type {[string, string, Domain][]} */
const BEGINNINGS = [
  ["Two valleys", "(x**2 - 1)**2 + (y - x/2)**2", [-2, 2, -1.5, 1.5]],
  ["Ripples", "x**2/4 + y**2 + sin(5*x)*cos(3*y)", [-3, 3, -2, 2]],
  ["An edge: |x| + 5|y|", "abs(x) + 5*abs(y)", [-3, 3, -2, 2]],
  ["A pole", "x**2 + y**2 + 1/((x + 1)**2 + y**2)", [-3, 3, -2, 2]],
  ["No value on the left", "(sqrt(x) - 1)**2 + y**2", [-1, 3, -1.5, 1.5]],
];

export class OwnGround {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  typing = undefined;
  /** Whether a text is somebody else's, from a link, which the reader has not accepted yet. */
  foreign = false;
  /** Where the paths of such a link start. @type {Point | undefined} */
  start = undefined;
  /** What was drawn last. @type {Ground | undefined} */
  functions = undefined;

  /**
   * @param {Descents} figure
   * @param {string} address of the worker
   */
  constructor(figure, address) {
    this.figure = figure;
    /** @type {any} */ (figure).ground = this; // for tests and the curious
    this.python = pagePython(address);
    this.editor = new Editor("f(x, y), in Python", () => this.typed());
    this.says = new Says();
    this.begin = select(
      () => this.change(Number(this.begin.value)),
      BEGINNINGS.map(([label], id) => ({ id: String(id), label })),
    );
    this.ends = ["x from", "x to", "y from", "y to"].map((label) =>
      h("input", { type: "number", step: "any", "aria-label": label, onchange: () => this.show() }),
    );
    const axes = ["x", "y"].map((name, k) => {
      const [from, to] = this.ends.slice(2 * k, 2 * k + 2);
      return h("span", { class: "fo-axis" }, `${name} from`, from, "to", to);
    });
    this.run = button("Draw it", "Read this landscape and draw it: loads Python", () => {
      this.foreign = false;
      this.run.hidden = true;
      this.open();
    });
    this.run.hidden = true;
    this.stop = new Stop(this.python);
    this.formulas = h("div", { class: "fo-formulas" });
    this.element = h(
      "section",
      { class: "fo-editing fo-own", "aria-label": "Your own landscape", id: unique() },
      h(
        "div",
        { class: "fo-row fo-bar" },
        h("label", { class: "fo-field" }, "Start from", this.begin),
        ...axes,
        button("Close", "Close this; the landscape stays", () => {
          this.element.hidden = true;
        }),
        this.stop.element,
      ),
      h("p", { class: "fo-f" }, "f(x, y) ="),
      this.editor.element,
      h("div", { class: "fo-row fo-saying" }, this.says.element, this.run),
      this.formulas,
    );
    this.domain = BEGINNINGS[0][2];
  }

  /** The map's, as it is written in the fields; null if that is none. @returns {Domain | null} */
  get domain() {
    return domainOf(this.ends.map(({ value }) => (value === "" ? Number.NaN : Number(value))));
  }

  set domain(domain) {
    this.ends.forEach((input, k) => {
      input.value = String(domain?.[k] ?? "");
    });
  }

  /** Loads Python, and draws what is written; the first beginning, if nothing is. */
  async open() {
    this.editor.view.requestMeasure(); // it was made before it had a place
    const why = obstacle();
    this.element.classList.toggle("fo-barred", why !== "");
    if (why) return this.says.say(why);
    if (this.foreign) return;
    this.editor.focus();
    if (!this.editor.text) return this.change(0);
    return this.read();
  }

  /** @param {number} beginning */
  change(beginning) {
    const [, text, domain] = BEGINNINGS[beginning];
    this.foreign = false;
    this.run.hidden = true;
    this.domain = domain;
    this.functions = undefined; // it is drawn on its own map
    this.editor.text = text;
    this.typed();
  }

  /**
   * Shows the text of a link, which is somebody else's. Nothing of it is read before the reader says so.
   * @param {unknown} asked
   */
  async receive(asked) {
    const { text, domain, start } = Object(asked);
    const unfolded = await unpacked(text);
    const place = domainOf(domain);
    if (unfolded === null || place === null)
      return this.says.say("The landscape in this link cannot be read.", true);
    const [x0, x1, y0, y1] = place;
    this.start =
      Array.isArray(start) && start.length === 2 && within(start[0], x0, x1) && within(start[1], y0, y1)
        ? [start[0], start[1]]
        : undefined;
    this.foreign = true;
    this.run.hidden = false;
    this.domain = place;
    this.editor.text = unfolded;
    this.says.say("This is someone else’s landscape, from a link. Look at it before you draw it.");
  }

  typed() {
    clearTimeout(this.typing);
    if (this.foreign) return;
    this.typing = setTimeout(() => this.read(), PAUSE);
  }

  async read() {
    const { text } = this.editor;
    this.python.onprogress = this.says.loading;
    try {
      const told = await this.stop.ask({ ground: text });
      if (told === null) return;
      this.editor.mark(told.error ?? null);
      if (told.error) this.says.refuse(told.error);
      else await this.take(told);
    } catch (error) {
      this.says.say(`${/** @type {Error} */ (error).message} The figure shows what was drawn last.`, true);
      this.run.hidden = false; // to be tried again
    }
  }

  /** @param {Drawn} told */
  async take(told) {
    try {
      this.functions = groundOf(told.javascript);
    } catch (error) {
      return this.says.say(`This cannot be drawn: ${/** @type {Error} */ (error).message}.`, true);
    }
    this.run.hidden = true;
    this.figure.typed = ""; // until this text is packed
    this.show();
    await this.write(told.tex);
    const code = await packed(told.text);
    if (this.editor.text !== told.text) return; // the next will be here soon
    this.figure.typed = code;
    this.figure.onchange();
  }

  /** Draws it on its map. */
  show() {
    const { domain, functions } = this;
    if (!functions) return;
    if (!domain)
      return this.says.say("Each axis runs from a number to a larger one, neither beyond a million.", true);
    this.says.say("");
    const minima = lowest(functions, domain);
    this.figure.settle({ ...functions, minima: () => minima }, domain, this.start);
    this.start = undefined;
    this.figure.onchange();
  }

  /** @param {string[]} formulas */
  async write(formulas) {
    await typesetter();
    const long = "A derivative that is too long to be shown.";
    this.formulas.replaceChildren(
      ...formulas.map((formula) => (formula.length > LONGEST ? h("p", {}, long) : typeset(formula))),
    );
  }
}

/** @type {(ends: unknown) => Domain | null} */
function domainOf(ends) {
  if (!Array.isArray(ends) || ends.length !== 4) return null;
  if (!ends.every((end) => within(end, -FARTHEST, FARTHEST))) return null;
  const [x0, x1, y0, y1] = ends;
  return x1 - x0 >= SHORTEST && y1 - y0 >= SHORTEST ? [x0, x1, y0, y1] : null;
}

add("ground", /** @type {any} */ (OwnGround));
