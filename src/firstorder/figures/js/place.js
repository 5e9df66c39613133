// Where this module lies: on a static page beside what the book's build made, in a notebook nowhere (it is a blob).

const here = new URL(import.meta.url);

export const onPage = /^https?:$/.test(here.protocol) && /\/figures\/\w+\.js$/.test(here.pathname);

/**
 * The address of a file of the same version beside this module, or of another page of the book; null in a notebook.
 * @param {string} path
 */
export function beside(path) {
  if (!onPage) return null;
  const url = new URL(path, here);
  if (path.startsWith("./")) url.search = here.search;
  return url.href;
}
