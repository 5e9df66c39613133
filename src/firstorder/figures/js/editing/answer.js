// What *Write it here* opens below an exercise: an editor for the rule that is asked for, which Python checks.

import { h } from "../dom.js";
import { add } from "../kinds.js";
import { obstacle, pagePython } from "../python/client.js";
import { button } from "./button.js";
import { Editor } from "./editor.js";
import { Stop } from "./stop.js";

/** @import {Wrong} from "../python/client.js" */

/** @typedef {{right: boolean, says: string[]}} Verdict as `Verdict` in exercises/verdict.py */
/** @typedef {{text?: string, solved?: boolean}} Kept */

export class Answer {
  /** Of texts that are checked one after another only the last is answered. */
  asked = 0;

  /** @param {{key: string, start: string, text?: string, worker: string, keep: (news: Kept) => void}} exercise */
  constructor({ key, start, text, worker, keep }) {
    this.key = key;
    this.keep = keep;
    this.python = pagePython(worker);
    this.editor = new Editor("Your rule, in Python", (text) => {
      this.editor.mark(null);
      this.keep({ text: text === start.trimEnd() ? undefined : text });
    });
    this.editor.text = text ?? start.trimEnd();
    this.says = h("div", { class: "verdict", role: "status" });
    this.coming = h("progress", { "aria-label": "Python is loading", hidden: true });
    this.stop = new Stop(this.python);
    this.element = h(
      "div",
      {},
      this.editor.element,
      h(
        "div",
        { class: "acts" },
        button("Check", "Run it beside the reference (Ctrl+Enter)", () => this.check()),
        button("Start over", "The text as it began", () => {
          this.editor.text = start.trimEnd();
        }),
        this.stop.element,
        this.coming,
      ),
      this.says,
    );
    const pressed = (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      event.stopPropagation(); // to the editor it is a new line
      this.check();
    };
    this.element.addEventListener("keydown", pressed, true);
  }

  /** Once it is on the page: Python begins to load, and the reader to write. */
  async begin() {
    this.editor.focus();
    const why = obstacle();
    if (why) return this.say([why], "wrong");
    this.say(["Write the rule, then press Check. Python is loading, once: about 10 MB."]);
    await this.waits(() => this.python.start());
    if (!this.asked) this.say(["Write the rule, then press Check."]);
  }

  async check() {
    const why = obstacle();
    if (why) return this.say([why], "wrong");
    const mine = ++this.asked;
    this.say(["Checking…"]);
    const { text } = this.editor;
    const told = await this.waits(() => this.python.ask({ text, exercise: this.key }));
    if (!told || mine !== this.asked) return;
    if (told.error) return this.refuse(told.error);
    this.say(told.says, told.right ? "right" : "wrong");
    this.says.scrollIntoView({ block: "nearest" });
    if (told.right) this.keep({ solved: true });
  }

  /**
   * What Python gives, which can be stopped meanwhile, and whose loading is shown; why not, if it gives nothing.
   * @template T
   * @param {() => Promise<T>} ask
   */
  async waits(ask) {
    this.python.onprogress = (progress, of) => {
      this.coming.hidden = false;
      if (of) this.coming.max = of;
      this.coming.value = progress;
    };
    try {
      return await this.stop.during(ask);
    } catch (error) {
      this.say([/** @type {Error} */ (error).message], "wrong");
    } finally {
      this.coming.hidden = true;
    }
  }

  /** @param {Wrong} wrong */
  refuse(wrong) {
    this.editor.mark(wrong);
    const [why, ...more] = wrong.why.split("\n");
    const first = `This cannot be read as a rule. ${wrong.line ? `Line ${wrong.line}: ` : ""}${why}`;
    this.say([first, ...(more.length ? [more.join("\n")] : [])], "wrong");
  }

  /**
   * @param {string[]} sentences
   * @param {"" | "right" | "wrong"} [how]
   */
  say(sentences, how = "") {
    this.says.className = `verdict ${how}`;
    this.says.replaceChildren(...sentences.map((one) => h(one.includes("\n") ? "pre" : "p", {}, one)));
  }
}

add("answer", /** @type {any} */ (Answer));
