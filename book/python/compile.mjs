// Compiles Python's sources with the Python that a page runs, for whose version no other can: `.pyc` in a zip.
//
//     node compile.mjs PYODIDE SOURCES MADE PLACE
//
// PYODIDE is the folder of that package; SOURCES a zip; MADE the zip that `compile.py` makes of it, and PLACE
// where a page has that.

import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const [folder, sources, made, place] = process.argv.slice(2);
const { loadPyodide } = await import(pathToFileURL(join(folder, "pyodide.mjs")).href);
// Columns of all that is compiled, which only a traceback would show, are a fifth of it.
const env = { HOME: "/", PYTHONNODEBUGRANGES: "1", PLACE: place };
const python = await loadPyodide({ indexURL: folder, env });
python.FS.writeFile("/sources.zip", readFileSync(sources));
python.runPython(readFileSync(join(dirname(fileURLToPath(import.meta.url)), "compile.py"), "utf8"));
writeFileSync(made, python.FS.readFile("/made.zip"));
