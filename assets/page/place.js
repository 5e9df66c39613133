// Where a page stands.

/** The way to the site's root: "", "../". */
export const root = document.documentElement.dataset.content_root ?? "";

/** The page's name: "index", "chapters/adam". */
export const page = document.body.dataset.page ?? "";
