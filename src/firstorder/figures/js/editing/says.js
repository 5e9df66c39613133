// What an editor above a figure says: that Python is on its way, what is wrong, whose text this is.

import { h } from "../dom.js";

/** @import {Wrong} from "../python/client.js" */

/** Letters of what is said of a mistake: it may quote the text. */
const MOST = 400;

export class Says {
  element = h("p", { class: "fo-says", role: "status" });

  /**
   * @param {string} text
   * @param {boolean} [wrong]
   */
  say(text, wrong = false) {
    this.element.textContent = text.length > MOST ? `${text.slice(0, MOST)} …` : text;
    this.element.classList.toggle("fo-wrong", wrong);
  }

  /** @param {Wrong} wrong */
  refuse({ line, why }) {
    this.say(`${line ? `Line ${line}: ` : ""}${why}`, true);
  }

  /** Of Python, while it comes. @type {(progress: number, of: number) => void} */
  loading = (progress, of) =>
    this.say(
      progress < of
        ? `Loading Python: ${megabytes(progress)} of ${megabytes(of)} MB …`
        : `Python has come (${megabytes(progress)} MB), and starts …`,
    );
}

/** @type {(bytes: number) => string} */
const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
