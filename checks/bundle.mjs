// The bundles: the core of the figures, each kind of figure as a file of its own that takes what it shares from the
// core, the style sheet, and the pages' script.
//
//     node checks/bundle.mjs ESBUILD SHARED TARGET MODULES SOURCE=MADE ...
//
// The modules that SHARED names are not bundled into kinds: there an import of one is a look into `firstorder.shared`.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, dirname, resolve } from "node:path";

const [path, shared, target, modules, ...files] = process.argv.slice(2);
const esbuild = createRequire(import.meta.url)(path);
// Scripts and no modules, which a page could not load from a folder.
const options = { bundle: true, minify: true, format: "iife", target, charset: "utf8", logLevel: "warning" };
const names = readFileSync(shared, "utf8").matchAll(/^export \* from "(.*)";$/gm);
const taken = new Set(Array.from(names, ([, name]) => resolve(dirname(shared), name)));

const take = {
  name: "take what the core has",
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\./ }, ({ path, resolveDir }) =>
      taken.has(resolve(resolveDir, path)) ? { path: "shared", namespace: "core" } : undefined,
    );
    // As a module of CommonJS, for which no names need be listed.
    onLoad({ filter: /./, namespace: "core" }, () => ({ contents: "module.exports = firstorder.shared" }));
  },
};

for (const file of files) {
  const [source, outfile] = file.split("=");
  const late = basename(dirname(outfile)) === "kinds" || basename(outfile) === "edit.js";
  const kind = late ? { plugins: [take] } : {};
  const face = basename(outfile) === "figures.js" ? { globalName: "firstorder" } : {};
  await esbuild.build({ ...options, nodePaths: [modules], ...kind, ...face, entryPoints: [source], outfile });
}
