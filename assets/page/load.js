// Scripts that a page needs sometimes: loaded when first asked for, and again when they were lost.

import { load, once } from "../../src/firstorder/figures/js/load.js";
import { root } from "./place.js";

/** A classic script, by its way from the site's root: also a page that was opened from a folder may load it. */
export const script = once((path) => load("script", { src: root + path }, [500]));
