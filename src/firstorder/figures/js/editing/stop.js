// The button that ends Python, in sight while there is something to end.

/** @import {Python} from "../python/client.js" */
import { button } from "./button.js";

/** Milliseconds: what is read sooner, as most is, is not worth a button that comes and goes. */
const SOON = 400;

export class Stop {
  /** How many wait for an answer. */
  waiting = 0;

  /** @param {Python} python */
  constructor(python) {
    this.python = python;
    this.element = button("Stop", "Stop Python", () => python.stop());
    this.element.hidden = true;
  }

  /**
   * What Python answers.
   * @param {Record<string, unknown>} question
   */
  ask(question) {
    return this.during(() => this.python.ask(question));
  }

  /**
   * What comes of something that can be stopped meanwhile.
   * @template T
   * @param {() => Promise<T>} work
   */
  async during(work) {
    this.waiting++;
    const shown = setTimeout(() => {
      this.element.hidden = false;
    }, SOON);
    try {
      return await work();
    } finally {
      clearTimeout(shown);
      if (!--this.waiting) this.element.hidden = true;
    }
  }
}
