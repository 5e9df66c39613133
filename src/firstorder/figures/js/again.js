// Runs after figures.js: if that got lost on its way, asks for it again, until it is there.

(() => {
  const lost = /** @type {HTMLScriptElement | null} */ (
    document.querySelector("script[src*='figures/figures.js']")
  );
  let wait = 500;

  function again() {
    const script = document.createElement("script");
    script.src = lost?.src ?? "";
    script.addEventListener("error", () => {
      script.remove();
      wait = Math.min(2 * wait, 60_000);
      setTimeout(again, wait);
    });
    document.head.append(script);
  }

  if (lost && !("firstorder" in window)) again();
})();
