// Python in a page, from the page's side: starts the worker once, asks it, and ends it when it takes too long.

/** @typedef {{why: string, line: number | null, column: number | null}} Wrong */
/** @typedef {import("../types.d.ts").Readings} Readings */
/** @typedef {(progress: number, of: number) => void} Progress */

/** Milliseconds for an answer: a rule takes a fiftieth of a second. */
const PATIENCE = 5000;

/** Why there can be no Python on this page; nothing if there can. */
export function obstacle(protocol = location.protocol, scope = /** @type {any} */ (globalThis)) {
  if (protocol === "file:")
    return "Browsers start no worker for a page that is opened from a folder: use the book’s site, or `make serve`.";
  if (!scope.Worker) return "This browser has no workers, in which Python would run.";
  if (!scope.WebAssembly) return "This browser runs no WebAssembly, which Python needs here.";
  if (!scope.DecompressionStream)
    return "This browser is too old to unpack Python: it has no DecompressionStream.";
  return "";
}

export class Python {
  /** @type {Worker | undefined} */
  worker = undefined;
  /** @type {Promise<void> | undefined} */
  ready = undefined;
  /** What is asked, and what comes next: of questions of a kind that wait only the last is asked. @type {{id: number, kind: string, asked: string, done: (told: string) => void, failed: (error: Error) => void}[]} */
  waiting = [];
  count = 0;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer = undefined;
  /** @type {(why: string) => void} */
  refuse = () => {};

  /**
   * @param {string} address of the worker
   * @param {Progress} onprogress
   * @param {(url: string) => Worker} [make]
   * @param {number} [patience]
   */
  constructor(address, onprogress, make = (url) => new Worker(url, { type: "module" }), patience = PATIENCE) {
    this.address = address;
    this.onprogress = onprogress;
    this.make = make;
    this.patience = patience;
  }

  /** Loads it, once; again if that was ended. */
  start() {
    this.ready ??= new Promise((done, failed) => {
      const regret = (/** @type {string} */ why) => {
        this.end();
        failed(new Error(why));
        for (const { failed } of this.waiting.splice(0)) failed(new Error(why));
      };
      this.refuse = regret;
      try {
        this.worker = this.make(this.address);
      } catch (error) {
        return regret(`The browser starts no worker: ${/** @type {Error} */ (error).message}`);
      }
      this.worker.onerror = (event) => {
        event.preventDefault();
        regret(
          `Python did not start${event.message ? `: ${event.message}` : ": its files did not come, or a policy forbids it."}`,
        );
      };
      this.worker.onmessage = ({ data }) => {
        if (data.progress) this.onprogress(data.progress, data.of);
        else if (data.ready) done();
        else if (data.id) this.answered(data);
        else regret(`Python did not start: ${data.failed}`);
      };
    });
    return this.ready;
  }

  /** @param {{id: number, answer?: string, failed?: string}} data */
  answered({ id, answer, failed }) {
    if (this.waiting[0]?.id !== id) return;
    clearTimeout(this.timer);
    const asked = this.waiting.shift();
    if (answer === undefined) asked?.failed(new Error(failed));
    else asked?.done(answer);
    this.next();
  }

  next() {
    const [asked] = this.waiting;
    if (!asked) return;
    this.worker?.postMessage({ id: asked.id, asked: asked.asked });
    this.timer = setTimeout(() => this.stop("Python took too long, and was stopped."), this.patience);
  }

  /**
   * The answer to a question. One that waits for its turn when the next that says as much is asked is dropped: its answer
   * is null.
   * @param {Record<string, unknown>} question
   * @returns {Promise<any>}
   */
  async ask(question) {
    await this.start();
    const told = await new Promise((done, failed) => {
      const kind = Object.keys(question).join();
      const [first, ...rest] = this.waiting;
      for (const dropped of rest) if (dropped.kind === kind) dropped.done("null");
      this.waiting = [...(first ? [first] : []), ...rest.filter((one) => one.kind !== kind)];
      this.waiting.push({ id: ++this.count, kind, asked: JSON.stringify(question), done, failed });
      if (this.waiting.length === 1) this.next();
    });
    return JSON.parse(told);
  }

  /** Ends Python; whoever waits is told why. The next question starts it anew. */
  stop(why = "Python was stopped.") {
    this.refuse(why);
  }

  end() {
    clearTimeout(this.timer);
    this.worker?.terminate();
    this.worker = undefined;
    this.ready = undefined;
  }
}

/** @type {Python | undefined} */
let own;

/**
 * One for all who ask on a page.
 * @param {string} address
 */
export function pagePython(address) {
  own ??= new Python(address, () => {});
  return own;
}
