// A formula wider than the screen scrolls by itself: the keyboard must reach it, and only then.
{
  const makeReachable = new ResizeObserver((entries) => {
    for (const { target } of entries) {
      if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
      else target.removeAttribute("tabindex");
    }
  });
  for (const formula of document.querySelectorAll(".katex-display")) makeReachable.observe(formula);
}

// The theme's button has an inline handler, which the pages' policy forbids.
for (const button of document.querySelectorAll("[data-full-screen]")) {
  button.addEventListener("click", () => window.toggleFullScreen());
}

// Paper is white: what is printed in the dark would be pale on it.
{
  const root = document.documentElement;
  let theme;
  window.addEventListener("beforeprint", () => {
    theme = root.dataset.theme;
    root.dataset.theme = "light";
  });
  window.addEventListener("afterprint", () => {
    root.dataset.theme = theme;
  });
}
