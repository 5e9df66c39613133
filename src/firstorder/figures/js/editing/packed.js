// A rule's text in an address: compressed, in letters that need no escape.

/** Characters that are unpacked: Python reads no longer text, and a short code may stand for a very long one. */
const MOST = 20_000;

/**
 * @param {string} text
 * @returns {Promise<string>}
 */
export async function packed(text) {
  const stream = new Blob([text]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replace(/=*$/, "");
}

/**
 * The text of a code; null if it is none, or of a text that is too long.
 * @param {unknown} code
 * @returns {Promise<string | null>}
 */
export async function unpacked(code) {
  if (typeof code !== "string" || code.length > MOST || !/^[\w-]+$/.test(code)) return null;
  try {
    const bytes = Uint8Array.from(atob(code.replaceAll("-", "+").replaceAll("_", "/")), (letter) =>
      letter.charCodeAt(0),
    );
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let text = "";
    const reader = stream.getReader();
    for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
      text += decoder.decode(value, { stream: true });
      if (text.length > MOST) {
        await reader.cancel();
        return null;
      }
    }
    return text + decoder.decode();
  } catch {
    return null;
  }
}
