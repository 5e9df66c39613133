// What a link to a race with somebody's own rule opens above it: the rule, which races once the reader says so.

import { h, unique } from "../dom.js";
import { add } from "../kinds.js";
import { obstacle, pagePython } from "../python/client.js";
import { barred, described, entrant, THEIRS } from "../yours.js";
import { button } from "./button.js";
import { Editor } from "./editor.js";
import { packed, unpacked } from "./packed.js";
import { Says } from "./says.js";
import { Stop } from "./stop.js";

/** @import {Entrant, Race} from "../figures/race.js" */

export class Theirs {
  /** Its hyperparameters but the rate, in the link. @type {Record<string, unknown>} */
  values = {};
  /** All that race in the link. @type {Entrant[] | undefined} */
  entrants = undefined;

  /**
   * @param {Race} race
   * @param {string} address of the worker
   */
  constructor(race, address) {
    this.race = race;
    this.python = pagePython(address);
    this.editor = new Editor("The rule, in Python", () => this.editor.mark(null));
    this.says = new Says();
    this.run = button("Let it race", "Read this rule, and let it race: loads Python", () => this.read());
    this.stop = new Stop(this.python);
    const close = button("Close", "Close this; what races stays", () => this.element.remove());
    this.element = h(
      "section",
      { class: "fo-editing", "aria-label": "A rule from a link", id: unique() },
      h("div", { class: "fo-row fo-bar" }, this.run, close, this.stop.element),
      this.editor.element,
      h("div", { class: "fo-row fo-saying" }, this.says.element),
    );
  }

  /**
   * Shows the rule. Nothing of it is read before the reader says so.
   * @param {unknown} own
   * @param {Entrant[]} [entrants]
   */
  async receive(own, entrants) {
    const { text, values } = Object(own);
    const unfolded = await unpacked(text);
    this.run.hidden = unfolded === null;
    if (unfolded === null) return this.says.say("The rule in this link cannot be read.", true);
    this.values = Object(values);
    this.entrants = entrants;
    this.editor.text = unfolded;
    this.says.say("This is someone else’s rule, from a link. Look at it before it races.");
    this.element.scrollIntoView({ block: "start" }); // the race was, before this came above it
  }

  async read() {
    const why = obstacle();
    if (why) return this.says.say(why, true);
    const { text } = this.editor;
    this.python.onprogress = this.says.loading;
    try {
      const read = await this.stop.ask({ text });
      if (read === null) return;
      this.editor.mark(read.error ?? null);
      if (read.error) return this.says.refuse(read.error);
      const no = barred(read.rule, read.javascript);
      if (no) return this.says.say(no, true);
      const rule = entrant(described(read.rule, read.javascript, this.values, await packed(text)), THEIRS);
      if (!rule) return this.says.say("This rule cannot race.", true);
      this.race.join(rule, this.entrants);
      this.entrants = undefined; // from now on those of the reader
      this.says.say(`${rule.label} races below.`);
    } catch (error) {
      this.says.say(/** @type {Error} */ (error).message, true);
    }
  }
}

add("theirs", /** @type {any} */ (Theirs));
