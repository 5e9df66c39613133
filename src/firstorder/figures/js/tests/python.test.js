import assert from "node:assert/strict";
import { test } from "node:test";
import { obstacle, Python } from "../python/client.js";

/** A worker of a test: what it is told, and what it says when the test wants it to. */
class Told {
  /** @type {{id: number, asked: string}[]} */
  heard = [];
  ended = false;
  /** @type {(event: {data: any}) => void} */
  onmessage = () => {};
  /** @type {(event: any) => void} */
  onerror = () => {};
  /** @param {{id: number, asked: string}} data */
  postMessage(data) {
    this.heard.push(data);
  }
  terminate() {
    this.ended = true;
  }
  /** @param {any} data */
  say(data) {
    this.onmessage({ data });
  }
  /** Answers the last question with itself. */
  echo() {
    const { id, asked } = /** @type {{id: number, asked: string}} */ (this.heard.at(-1));
    this.say({ id, answer: asked });
  }
}

/** @param {number} [patience] */
function begun(patience) {
  /** @type {Told[]} */
  const workers = [];
  /** @type {number[][]} */
  const progress = [];
  const make = () => {
    workers.push(new Told());
    return /** @type {any} */ (workers.at(-1));
  };
  const python = new Python("worker.js", (...seen) => progress.push(seen), make, patience);
  return { python, workers, progress };
}

const soon = () => new Promise((done) => setTimeout(done));

test("it is started once, tells how far it is, and answers", async () => {
  const { python, workers, progress } = begun();
  const asked = python.ask({ text: "a" });
  python.start();
  workers[0].say({ progress: 5, of: 10 });
  workers[0].say({ ready: 1 });
  await soon();
  workers[0].echo();
  assert.deepEqual(await asked, { text: "a" });
  assert.deepEqual(progress, [[5, 10]]);
  assert.equal(workers.length, 1);
});

test("of questions that wait only the last is asked", async () => {
  const { python, workers } = begun();
  const asked = ["a", "b", "c"].map((text) => python.ask({ text }));
  workers[0].say({ ready: 1 });
  await soon();
  workers[0].echo();
  assert.deepEqual(await Promise.all(asked.slice(0, 2)), [{ text: "a" }, null]);
  await soon();
  workers[0].echo();
  assert.deepEqual(await asked[2], { text: "c" });
  assert.equal(workers[0].heard.length, 2);
});

test("an answer that does not come ends it, and the next question starts it anew", async () => {
  const { python, workers } = begun(20);
  const asked = python.ask({ text: "for ever" });
  workers[0].say({ ready: 1 });
  await assert.rejects(asked, /too long/);
  assert.equal(workers[0].ended, true);
  const again = python.ask({ text: "a" });
  workers[1].say({ ready: 1 });
  await soon();
  workers[1].echo();
  assert.deepEqual(await again, { text: "a" });
});

test("a reader stops it while it is loaded and while it thinks", async () => {
  const { python, workers } = begun();
  const loading = python.start();
  python.stop();
  await assert.rejects(loading, /stopped/);
  const asked = python.ask({ text: "a" });
  workers[1].say({ ready: 1 });
  await soon();
  python.stop();
  await assert.rejects(asked, /stopped/);
  assert.deepEqual(
    workers.map(({ ended }) => ended),
    [true, true],
  );
});

test("what keeps it from starting is a sentence", async () => {
  const { python, workers } = begun();
  let asked = python.start();
  workers[0].say({ failed: "python.zip did not come (404)" });
  await assert.rejects(asked, /did not start: python.zip did not come/);
  asked = python.start();
  workers[1].onerror({ preventDefault() {} });
  await assert.rejects(asked, /a policy forbids it/);
  const refusing = new Python(
    "worker.js",
    () => {},
    () => {
      throw new Error("not from this origin");
    },
  );
  await assert.rejects(refusing.start(), /starts no worker: not from this origin/);
});

test("where it cannot run a page knows before it loads anything", () => {
  const all = { Worker: 1, WebAssembly: 1, DecompressionStream: 1 };
  assert.equal(obstacle("https:", all), "");
  assert.match(obstacle("file:", all), /from a folder/);
  assert.match(obstacle("https:", { ...all, Worker: undefined }), /no workers/);
  assert.match(obstacle("https:", { ...all, WebAssembly: undefined }), /no WebAssembly/);
  assert.match(obstacle("https:", { ...all, DecompressionStream: undefined }), /too old/);
});

test("who asks something else does not take a turn from what waits", async () => {
  const { python, workers } = begun();
  const asked = [{ text: "a" }, { ground: "b" }, { text: "c" }, { ground: "d" }].map((one) =>
    python.ask(one),
  );
  workers[0].say({ ready: 1 });
  await soon();
  for (let k = 0; k < 3; k++) workers[0].echo();
  assert.deepEqual(await Promise.all(asked), [{ text: "a" }, null, { text: "c" }, { ground: "d" }]);
});
