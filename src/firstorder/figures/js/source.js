// What Python hands over as the source of a JavaScript object.

/**
 * A notebook hands over the source; on a page it is the value of a file that has come, or asks for one that comes later.
 * @param {unknown} given
 * @returns {Promise<any>}
 */
export async function evaluated(given) {
  if (typeof given === "function") return given();
  if (typeof given !== "string") return given;
  const url = URL.createObjectURL(new Blob([`export default ${given}`], { type: "text/javascript" }));
  try {
    return (await import(url)).default;
  } finally {
    URL.revokeObjectURL(url);
  }
}
