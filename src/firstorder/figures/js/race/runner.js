// Who runs a race: a worker, so that the page stays free; without one, this thread, a slice of each frame.
//
// A page that was opened from a folder may start no worker, and a notebook has no file to start one from.

/** @import {Given} from "./engine.js" */
import { beside } from "../place.js";
import { Engine } from "./engine.js";

/** Of a frame of 16 milliseconds. */
const SLICE = 8;

export class Runner {
  /**
   * @param {object} options
   * @param {string[]} options.files of the updates and the sets, on a page
   * @param {() => Promise<Given>} options.load what the files hold, for this thread
   * @param {(answer: any) => void} options.answer
   * @param {(error: unknown) => void} options.failed
   */
  constructor({ files, load, answer, failed }) {
    this.load = load;
    this.answer = answer;
    this.failed = failed;
    /** Orders that nobody has taken yet. @type {any[]} */
    this.waiting = [];
    /** @type {Engine | undefined} */
    this.engine = undefined;
    /** @type {Worker | undefined} */
    this.worker = undefined;
    this.ready = false;
    const address = files.length === 2 ? beside("./workers/race.js") : null;
    try {
      if (!address) throw new Error("no file to start a worker from");
      this.worker = new Worker(address);
      this.worker.onmessage = ({ data }) => {
        if (data.is === "ready") this.start((order) => this.worker?.postMessage(order));
        else this.answer(data);
      };
      this.worker.onerror = (event) => {
        event.preventDefault();
        if (this.ready) this.failed(event.message);
        else this.stay();
      };
      this.worker.postMessage({ do: "load", files });
    } catch {
      this.stay();
    }
  }

  /** Runs it in this thread. */
  async stay() {
    this.worker?.terminate();
    this.worker = undefined;
    try {
      const engine = new Engine(await this.load(), this.answer, (go) => requestAnimationFrame(go), SLICE);
      this.start((order) => engine.take(order));
    } catch (error) {
      this.failed(error);
    }
  }

  /** @param {(order: any) => void} take */
  start(take) {
    this.ready = true;
    this.take = take;
    for (const order of this.waiting.splice(0)) take(order);
  }

  /** @type {(order: any) => void} */
  take = (order) => this.waiting.push(order);

  stop() {
    this.worker?.terminate();
    this.take = () => {};
  }
}
