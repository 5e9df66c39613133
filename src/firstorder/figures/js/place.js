// Where the front ends lie: on a static page beside what the book's build made, in a notebook nowhere (as a module).

const script = /** @type {HTMLScriptElement | null | undefined} */ (globalThis.document?.currentScript);

/** The address of this script; nothing in a notebook. */
const here = script?.src ?? "";

export const onPage = here !== "";

/**
 * The address of a file of the same version beside this script, or of another page of the book; null in a notebook.
 * @param {string} path
 */
export function beside(path) {
  if (!onPage) return null;
  const url = new URL(path, here);
  if (path.endsWith(".css") || /^\.\/(edit\.js|kinds\/|workers\/)|worker\.js$/.test(path))
    url.search = new URL(here).search;
  return url.href;
}
