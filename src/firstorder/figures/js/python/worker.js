// Python in a worker of its own: loads what `book/pack.py` has packed beside it, and answers questions in JSON.
//
// To the page it says {progress, of} in bytes, {ready: milliseconds}, {answer, id}, or {failed} in words; from there come
// {id, asked}. A page ends it when an answer does not come: nothing here goes on by itself.

/** @typedef {(input: string) => string} Answer */

/** What Python imports from, beside its own library. */
const ARCHIVES = ["package.zip", "libraries.zip"];
const scope = /** @type {any} */ (globalThis);
const started = performance.now();
/** Bytes that have come, and of how many, as far as the host says so. */
let [progress, of] = [0, 0];

/** @param {string} name */
const beside = (name) => new URL(name, import.meta.url).href;
/** The version of the page's own scripts, with which the package goes; the rest goes with any. */
const { search } = new URL(import.meta.url);

/**
 * A file that lies here compressed, unpacked as it comes; where a host has unpacked it on its way it is taken as it is.
 * @param {string} name
 */
async function unpacked(name) {
  const version = name === ARCHIVES[0] ? search : "";
  const { ok, status, body, headers } = await fetch(beside(`${name}.gz${version}`));
  of += Number(headers.get("Content-Length"));
  if (!ok || !body) throw new Error(`${name} did not come (${status})`);
  const reader = body.getReader();
  const next = async () => {
    const { value } = await reader.read();
    progress += value?.byteLength ?? 0;
    scope.postMessage({ progress, of });
    return value;
  };
  const first = await next();
  const stream = new ReadableStream({
    start: (controller) => controller.enqueue(first),
    async pull(controller) {
      const value = await next();
      if (value) controller.enqueue(value);
      else controller.close();
    },
  });
  const packed = first?.[0] === 0x1f && first[1] === 0x8b;
  const whole = packed ? stream.pipeThrough(new DecompressionStream("gzip")) : stream;
  return new Response(whole, {
    headers: { "Content-Type": name.endsWith(".wasm") ? "application/wasm" : "application/zip" },
  });
}

/** @returns {Promise<Answer>} */
async function begin() {
  const own = scope.fetch.bind(scope);
  // All is asked for at once; Pyodide looks for its own parts by itself, later.
  const [wasm, library] = ["pyodide.asm.wasm", "python_stdlib.zip"].map(unpacked);
  const packed = ARCHIVES.map(async (name) => (await unpacked(name)).arrayBuffer());
  const coming = new Map([
    [beside("pyodide.asm.wasm"), wasm],
    [beside("python_stdlib.zip"), library],
  ]);
  scope.fetch = (/** @type {any} */ asked, /** @type {any} */ options) =>
    coming.get(String(asked?.url ?? asked)) ?? own(asked, options);
  const started = import(beside("pyodide.mjs")).then(({ loadPyodide }) =>
    loadPyodide({ indexURL: beside("./"), stdLibURL: beside("python_stdlib.zip") }),
  );
  // The first of them that fails is told.
  const [python, archives] = await Promise.all([started, Promise.all(packed), wasm, library]);
  for (const [k, name] of ARCHIVES.entries()) python.FS.writeFile(`/${name}`, new Uint8Array(archives[k]));
  python.runPython(`import sys; sys.path[:0] = ${JSON.stringify(ARCHIVES.map((name) => `/${name}`))}`);
  const { answer } = python.pyimport("boot");
  for (const name of ["fetch", "XMLHttpRequest", "WebSocket", "importScripts"]) scope[name] = undefined;
  return answer;
}

// Where Python does not start, what that breaks within it is no news.
const hush = (/** @type {Event} */ event) => event.preventDefault();
scope.addEventListener("unhandledrejection", hush);
/** @type {Promise<Answer>} */
const python = begin();
python.then(
  () => {
    scope.removeEventListener("unhandledrejection", hush);
    scope.postMessage({ ready: performance.now() - started });
  },
  (error) => scope.postMessage({ failed: String(error?.message ?? error) }),
);

scope.onmessage = async (/** @type {MessageEvent} */ { data: { id, asked } }) => {
  const answer = await python;
  try {
    scope.postMessage({ id, answer: answer(asked) });
  } catch (error) {
    scope.postMessage({ id, failed: String(error) });
  }
};
