// Python as a page has it, in Node: a line of JSON in, a line of JSON out.
//
//     node ask_python.mjs PYODIDE FOLDER
//
// PYODIDE is that package, FOLDER what `book/pack.py` has packed.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { pathToFileURL } from "node:url";
import { gunzipSync } from "node:zlib";

const [pyodide, folder] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(pyodide, "pyodide.mjs")).href);
const library = join(folder, "python_stdlib.zip"); // as a page unpacks it
writeFileSync(library, gunzipSync(readFileSync(`${library}.gz`)));
const python = await loadPyodide({ indexURL: pyodide, stdLibURL: library });
for (const name of ["package.zip", "libraries.zip"])
  python.FS.writeFile(`/${name}`, gunzipSync(readFileSync(join(folder, `${name}.gz`))));
const before = process.cpuUsage();
python.runPython("import sys; sys.path[:0] = ['/package.zip', '/libraries.zip']");
const { answer } = python.pyimport("boot");
const { user, system } = process.cpuUsage(before);
console.error(`imported in ${(user + system) / 1e6} s of a processor`);
for await (const line of createInterface({ input: process.stdin })) process.stdout.write(`${answer(line)}\n`);
