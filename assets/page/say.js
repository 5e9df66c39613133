// What the page says to everybody, also to who listens, and what it copies.

const note = document.createElement("p");
note.className = "copied";
note.setAttribute("role", "status");
document.body.append(note);
/** @type {number | undefined} */
let waiting;

/** @param {string} text */
export function say(text) {
  note.textContent = text;
  clearTimeout(waiting);
  waiting = window.setTimeout(() => {
    note.textContent = "";
  }, 3000);
}

/**
 * Whether the text is on the clipboard: not every browser, nor every way a page is opened, allows it.
 * @param {string} text
 */
export async function copy(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
