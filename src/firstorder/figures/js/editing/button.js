// A button of the editors.

import { h } from "../dom.js";

/** @type {(text: string, title: string, onclick: () => void) => HTMLButtonElement} */
export const button = (text, title, onclick) => h("button", { type: "button", title, onclick }, text);
