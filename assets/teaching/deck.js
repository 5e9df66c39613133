// Starts a deck: shrinks what would not fit on its slide, scales live figures into theirs, and leaves the rest to reveal.js.
(() => {
  const SIZE = { width: 960, height: 700 };
  const LEAST = 0.5; // tests hold every slide above this
  const LIVE = { playground: 1240, other: 1080 }; // the widths at which live figures are laid out

  /** Formulas and code that are too wide, by their own letters. */
  function narrow(section) {
    for (const box of section.querySelectorAll(".formula-box, .highlight pre")) {
      const inner = box.querySelector(":scope > math") ?? box;
      const room = box.clientWidth;
      const wide = Math.max(inner.scrollWidth, inner.getBoundingClientRect().width);
      if (room && wide > room + 1) {
        box.style.fontSize = `${(parseFloat(getComputedStyle(box).fontSize) * Math.max(LEAST, (room - 2) / wide)).toFixed(2)}px`;
      }
    }
  }

  /** Lays a slide out as it will be, and lets its letters shrink until all are on it. */
  function fit(section) {
    const body = section.querySelector(".body");
    if (!body) return;
    section.style.cssText = "display: flex; visibility: hidden; position: absolute";
    narrow(section);
    for (let scale = 1; body.scrollHeight > body.clientHeight + 1 && scale > LEAST; ) {
      scale = Math.round((scale - 0.02) * 100) / 100;
      section.style.setProperty("--fit", String(scale));
      section.dataset.fit = String(scale);
    }
    const scale = section.style.getPropertyValue("--fit");
    section.style.cssText = scale ? `--fit: ${scale}` : "";
  }

  /** Keeps a live figure as large as its slide allows, whatever it grows to. */
  function scale(box) {
    const inner = box.firstElementChild;
    const { module } = inner.querySelector(".firstorder-widget").dataset;
    inner.style.width = `${LIVE[module] ?? LIVE.other}px`;
    const place = () => {
      const { offsetWidth: wide, offsetHeight: high } = inner;
      if (!high || !box.clientWidth) return;
      const by = Math.min(box.clientWidth / wide, box.clientHeight / high);
      inner.style.transform = `translateX(${Math.max(0, (box.clientWidth - by * wide) / 2)}px) scale(${by})`;
    };
    const watch = new ResizeObserver(place);
    watch.observe(inner);
    watch.observe(box);
    // A slider's arrows are the slider's; the keys of a presenter's clicker are not.
    box.addEventListener("keydown", (event) => event.stopPropagation());
    const turn = (event) => {
      const way = { PageDown: "next", PageUp: "prev" }[event.key];
      if (!way) return;
      event.preventDefault();
      event.stopPropagation();
      document.activeElement.blur();
      Reveal[way]();
    };
    box.addEventListener("keydown", turn, { capture: true });
  }

  async function start() {
    const figure = location.hash.match(/^#([\w-]+)/)?.[1]; // before reveal.js writes its own
    const sections = [...document.querySelectorAll(".slides > section")];
    for (const section of sections) fit(section); // asks for the fonts
    await document.fonts.ready;
    for (const section of sections) {
      section.removeAttribute("style");
      for (const box of section.querySelectorAll(".formula-box, .highlight pre")) box.style.fontSize = "";
      fit(section);
    }
    for (const image of document.images) image.loading = "eager"; // stills wait for the paper
    for (const box of document.querySelectorAll(".stage")) scale(box);
    await Reveal.initialize({
      ...SIZE,
      margin: 0.02,
      center: false,
      display: "flex",
      hash: true,
      slideNumber: "c/t",
      transition: "none",
      backgroundTransition: "none",
      controlsTutorial: false,
      scrollActivationWidth: null, // on a phone too a link leads to its slide, which reveal.js's scrolling knows nothing of
      pdfMaxPagesPerSlide: 1,
      plugins: [RevealNotes],
    });
    // A link to a figure in its state, copied from a slide, leads to that slide.
    const there = sections.findIndex((section) => figure && section.querySelector(`[id="${figure}"]`));
    if (there >= 0) Reveal.slide(there);
    // On some keyboards the key of "?" is not the one that reveal.js waits for.
    document.addEventListener(
      "keydown",
      (event) => {
        if (event.key !== "?") return;
        event.stopImmediatePropagation();
        Reveal.toggleHelp();
      },
      { capture: true },
    );
    document.documentElement.dataset.deck = "ready";
  }

  start();
})();
