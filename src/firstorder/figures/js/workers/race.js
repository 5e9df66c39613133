// The race in a worker of its own: it takes the rules and the sets from the same files as the page.

import { Engine } from "../race/engine.js";

/** The milliseconds that a message waits at most. */
const SLICE = 15;

/** @type {any} a worker's own scope, of which TypeScript's library for pages knows nothing */
const scope = globalThis;
/** @type {Map<string, any>} */
const values = new Map();
/** What the files of `data/` call. */
scope.firstorder = {
  give: (/** @type {string} */ name, /** @type {unknown} */ value) => values.set(name, value),
};

/** @type {Engine | undefined} */
let engine;

scope.onmessage = (/** @type {{data: any}} */ { data: order }) => {
  if (order.do !== "load") return engine?.take(order);
  scope.importScripts(
    ...order.files.map((/** @type {string} */ name) => new URL(`../data/${name}.js`, scope.location.href)),
  );
  const [updates, sets] = order.files.map((/** @type {string} */ name) => values.get(name));
  const given = { updates: updates.rules, sets };
  engine = new Engine(
    given,
    (answer) => scope.postMessage(answer),
    (go, wait) => setTimeout(go, wait),
    SLICE,
  );
  scope.postMessage({ is: "ready" });
};
