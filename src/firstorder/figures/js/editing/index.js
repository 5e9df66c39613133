// What *Edit* opens above a playground: the text of a rule, read anew by Python while it is typed.

import { diff } from "../diff.js";
import { h, unique } from "../dom.js";
import { interpreted } from "../interpret.js";
import { add } from "../kinds.js";
import { obstacle, pagePython } from "../python/client.js";
import { address, barred, described, keep } from "../yours.js";
import "./answer.js";
import "./ground.js";
import "./theirs.js";
import { button } from "./button.js";
import { Editor } from "./editor.js";
import { packed, unpacked } from "./packed.js";
import { Readings } from "./readings.js";
import { Says } from "./says.js";
import { Stop } from "./stop.js";
import { typesetter } from "./typeset.js";

/** @import {Descents} from "../descents.js" */
/** @import {Beginning, Readings as Told} from "../types.d.ts" */
/** @import {Wrong} from "../python/client.js" */

/** Milliseconds after the last key. */
const PAUSE = 80;

export class Editing {
  /** @type {Record<string, Beginning>} */
  beginnings = {};
  origin = "";
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  typing = undefined;
  /** Whether a text is somebody else's, from a link, which the reader has not run yet. */
  foreign = false;
  /** Of the hyperparameters, as such a link has them. @type {unknown} */
  numbers = undefined;
  /** @type {Told | undefined} the last that could be read */
  told = undefined;
  /** The text that it is told of. */
  taken = "";

  /**
   * @param {Descents} figure
   * @param {string} address of the worker
   */
  constructor(figure, address) {
    this.figure = figure;
    /** @type {any} */ (figure).editing = this; // for tests and the curious
    this.python = pagePython(address);
    this.editor = new Editor("The rule, in Python", () => this.typed());
    this.says = new Says();
    this.begin = h("select", { onchange: () => this.change(this.begin.value) });
    this.run = button("Run it", "Read this rule and show its path: loads Python", () => {
      this.foreign = false;
      this.run.hidden = true;
      this.open(this.origin, this.editor.text || undefined);
    });
    this.run.hidden = true;
    this.stop = new Stop(this.python);
    this.readings = new Readings();
    const bar = h(
      "div",
      { class: "fo-row fo-bar" },
      h("label", { class: "fo-field" }, "Start from", this.begin),
      button("Reset", "The text as it began", () => this.start(this.origin)),
      button("Copy as a notebook cell", "With its imports", () => this.copy()),
      button(
        "Race it",
        "It trains a network in another window, against what it began as, SGD and AdamW",
        () => this.race(),
      ),
      button("Close", "Close the editor; its path stays", () => this.close()),
      this.stop.element,
    );
    const saying = h("div", { class: "fo-row fo-saying" }, this.says.element, this.run);
    this.element = h(
      "section",
      { class: "fo-editing", "aria-label": "Edit a rule", id: unique() },
      bar,
      this.editor.element,
      saying,
      this.readings.element,
    );
  }

  /** Told when the reader has closed it. */
  onclose = () => {};
  close() {
    this.element.hidden = true;
    this.onclose();
  }

  /**
   * Opens what a link asks for: a rule of the book, or a text.
   * @param {{edit?: unknown, edited?: any}} asked
   */
  async follow({ edit, edited }) {
    this.element.scrollIntoView({ block: "start" }); // the figure was, before this came above it
    if (edited !== undefined) await this.receive(Object(edited));
    else {
      await this.figure.only(String(edit));
      await this.open(String(edit));
    }
  }

  /**
   * Loads Python, and begins with the rule of that key, or with a text that is somebody else's.
   * @param {string} key
   * @param {string} [text]
   */
  async open(key, text) {
    this.editor.view.requestMeasure(); // it was made before it had a place
    const why = obstacle();
    this.element.classList.toggle("fo-barred", why !== "");
    if (why) return this.say(why);
    if (Object.keys(this.beginnings).length && text === undefined) return this.editor.focus(); // opened again
    this.python.onprogress = this.says.loading;
    try {
      const formulas = typesetter();
      this.beginnings = await this.stop.ask({});
      await Promise.all([formulas, this.figure.more()]); // a rule's own numbers come with it
    } catch (error) {
      this.origin = key;
      this.run.hidden = false; // to be tried again
      return this.say(/** @type {Error} */ (error).message, true);
    }
    const own = this.figure.rules.get(key);
    if (own?.text) {
      const { label, text } = own;
      this.beginnings[key] ??= { label, chapter: "of this page", text, source: text };
    }
    const groups = Map.groupBy(Object.entries(this.beginnings), ([, { chapter }]) => chapter);
    this.begin.replaceChildren(
      ...[...groups].map(([chapter, rules]) =>
        h(
          "optgroup",
          { label: chapter.replaceAll("_", " ") },
          ...rules.map(([id, { label }]) => h("option", { value: id }, label)),
        ),
      ),
    );
    if (key && !(key in this.beginnings) && text === undefined) {
      this.begin.value = "";
      return this.say(`There is no rule ${key} to start from: choose one.`, true);
    }
    this.say("");
    this.start(key in this.beginnings ? key : Object.keys(this.beginnings)[0], text);
    this.editor.focus();
  }

  /**
   * Shows the rule of a link, which is somebody else's. Nothing of it is read before the reader says so.
   * @param {{from?: unknown, text?: unknown, numbers?: unknown}} edited
   */
  async receive({ from, text, numbers }) {
    const unfolded = await unpacked(text);
    if (unfolded === null) return this.say("The rule in this link cannot be read.", true);
    this.foreign = true;
    this.run.hidden = false;
    this.numbers = numbers;
    this.origin = String(from);
    this.editor.text = unfolded;
    this.say("This is someone else’s rule, from a link. Look at it before you run it.");
  }

  /**
   * Begins with another rule, whose own path takes the place of the last one's.
   * @param {string} key
   */
  change(key) {
    this.figure.exchange(this.origin, key);
    this.start(key);
  }

  /**
   * @param {string} key
   * @param {string} [text]
   */
  start(key, text) {
    if (!(key in this.beginnings)) return;
    this.origin = key;
    this.begin.value = key;
    const begun = text ?? this.beginnings[key].text;
    if (begun === this.editor.text) this.typed();
    else this.editor.text = begun;
  }

  typed() {
    clearTimeout(this.typing);
    const beginning = this.beginnings[this.origin];
    if (this.foreign || !beginning) return;
    this.editor.compare(diff(beginning.text, this.editor.text).statements);
    this.typing = setTimeout(() => this.read(), PAUSE);
  }

  async read() {
    const { text } = this.editor;
    try {
      const told = await this.stop.ask({ text, origin: this.origin });
      if (told === null) return;
      if (told.error) this.refuse(told.error);
      else await this.take(told, text);
    } catch (error) {
      this.say(`${/** @type {Error} */ (error).message} The figure shows the last rule that was read.`, true);
    }
  }

  /** @param {Wrong} wrong */
  refuse(wrong) {
    this.editor.mark(wrong);
    this.says.refuse(wrong);
  }

  /**
   * @param {Told} told
   * @param {string} text
   */
  async take(told, text) {
    this.editor.mark(null);
    this.told = told;
    this.taken = text;
    if (told.javascript === undefined)
      this.say("This rule is not element-wise: it has a formula, and no path here.");
    else {
      this.figure.adopt(told.rule, interpreted(told.javascript), this.origin, this.numbers);
      this.numbers = undefined;
      this.say("");
    }
    this.readings.take(told, this.beginnings[this.origin].source);
    if (told.javascript !== undefined) await this.remember(text);
  }

  async race() {
    if (!this.told) return;
    const { rule, javascript = "" } = this.told;
    const why = barred(rule, javascript);
    if (why) return this.say(why);
    const { hyperparameters } = this.figure.state.optimizers.find(
      (/** @type {{rule: string}} */ one) => one.rule === "edited",
    ) ?? { hyperparameters: {} };
    try {
      keep(described(rule, javascript, hyperparameters, await packed(this.taken)));
    } catch {
      return this.say(
        "This browser keeps nothing for another page, so that the rule cannot race there.",
        true,
      );
    }
    window.open(address(this.origin), "_blank", "noopener");
  }

  /**
   * For the figure's link, when all that the reader waits for is shown.
   * @param {string} text
   */
  async remember(text) {
    const from = this.origin;
    this.figure.edited = { from, text: "" }; // what is typed meanwhile goes on from the same
    const code = await packed(text);
    if (this.origin !== from || this.editor.text !== text) return; // the next will be here soon
    this.figure.edited = { from, text: code };
    this.figure.onchange();
  }

  async copy() {
    if (!this.told) return;
    try {
      await navigator.clipboard.writeText(this.told.cell);
      this.say("Copied.");
    } catch {
      this.say("The browser does not allow to copy.");
    }
  }

  /**
   * @param {string} text
   * @param {boolean} [wrong]
   */
  say(text, wrong = false) {
    this.says.say(text, wrong);
  }
}

add("edit", /** @type {any} */ (Editing));
