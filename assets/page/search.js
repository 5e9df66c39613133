// Search while one types: sections with the sentence that was found. The texts of the book and MiniSearch come as classic
// scripts when the search is first used, so that it works from a folder, where nothing can be fetched.
import { script } from "./load.js";
import { root } from "./place.js";

{
  const SHOWN = 8; // in the dialog; the page of the search shows more
  const SHOWN_ON_PAGE = 40;

  // Words that mean the same here; of several words, all in a row.
  const SYNONYMS = [
    ["sgd", "stochastic gradient descent", "gradient descent"],
    ["lr", "learning rate", "step size", "eta"],
    ["eps", "epsilon"],
    ["wd", "weight decay"],
    ["warmup", "warm up"],
    ["nag", "nesterov"],
    ["heavy ball", "polyak momentum"],
    ["ema", "moving average"],
    ["sam", "sharpness aware"],
    ["gpu", "cuda", "cupy"],
    ["minibatch", "mini batch"],
    ["ill conditioned", "condition number"],
    ["rms prop", "rmsprop"],
    ["ada grad", "adagrad"],
  ];
  // What symbols and short names mean is taught in sections that are called otherwise: these come first.
  const TAUGHT = {
    "chapters/adam.html#the-rule": ["beta1", "beta2"],
    "chapters/adam.html#two-places-for": ["epsilon", "eps"],
    "chapters/choosing_a_rate.html": ["learning rate", "lr"],
    "chapters/gradient_descent.html": ["sgd"],
    "chapters/gradient_descent.html#the-best-rate": ["eta"],
    "chapters/momentum.html": ["mu"],
    "chapters/which_optimizer.html": ["optimizer"],
  };
  const LETTERS =
    "αalpha βbeta γgamma δdelta εepsilon ϵepsilon ζzeta ηeta θtheta κkappa λlambda μmu νnu ξxi πpi ρrho σsigma " +
    "τtau φphi χchi ψpsi ωomega";
  const GREEK = Object.fromEntries(LETTERS.split(" ").map((pair) => [pair[0], pair.slice(1)]));
  const WORD = /[\p{L}\p{M}]+(?:_?\p{N}+)*|\p{N}+/gu; // beta_2 and β₂ are one word, weight_decay is two

  // One form of a word for all its spellings: β₂, beta_2 and beta2; optimiser and optimizer; rate and rates.
  const fold = (word) =>
    word
      .normalize("NFKD")
      .replace(/[\p{M}_]/gu, "")
      .toLowerCase()
      .replace(/[α-ωϵ]/gu, (letter) => GREEK[letter] ?? letter)
      .replace(/z/g, "s")
      .replace(/our/g, "or")
      .replace(/(?<=\p{L}{3})s$/u, "");
  const words = (text) => text.match(WORD) ?? [];
  const whole = (text) => words(text).map(fold).join(" ");
  const groups = SYNONYMS.map((phrases) => phrases.map((phrase) => words(phrase).map(fold)));

  // What is asked for, as MiniSearch takes it: all of the words, each of them or what means the same.
  const question = (asked) => {
    const terms = words(asked).map(fold);
    const queries = [];
    for (let at = 0; at < terms.length; ) {
      const says = (phrase) => phrase.every((term, i) => terms[at + i] === term);
      const found = groups
        .flatMap((group) => group.filter(says).map((phrase) => ({ phrase, group })))
        .sort((a, b) => b.phrase.length - a.phrase.length)[0];
      const phrase = found?.phrase ?? [terms[at]];
      const last = at + phrase.length === terms.length && /[\p{L}\p{N}]$/u.test(asked);
      const all = (queries, boost) => ({ queries, combineWith: "AND", boostTerm: () => boost });
      const unfinished = last
        ? [...phrase.slice(0, -1), { queries: phrase.slice(-1), prefix: true }]
        : phrase;
      const itself = all(unfinished, 1);
      const others = (found?.group ?? []).filter((other) => other !== phrase).map((other) => all(other, 0.4));
      queries.push({ queries: [itself, ...others], combineWith: "OR" });
      at += phrase.length;
    }
    return { queries, combineWith: "AND" };
  };

  // The sections of the book, and what finds in them.
  let loading;
  const index = () => {
    loading ??= Promise.all([script("_static/search/minisearch.js"), script("searchindex.js")]).then(
      async () => {
        const sections = Object.entries(window.bookTexts).flatMap(([page, [weight, chapter, found]]) =>
          found.map(([anchor, title, text, code]) => ({
            address: `${page}.html${anchor && `#${anchor}`}`,
            weight: weight * (anchor ? 1 : 1.5),
            chapter,
            title,
            text,
            code,
          })),
        );
        const finder = new window.MiniSearch({
          fields: ["title", "chapter", "text", "code"],
          idField: "address",
          storeFields: ["weight"],
          tokenize: words,
          processTerm: fold,
        });
        await finder.addAllAsync(sections, { chunkSize: 30 }); // in pieces, between which the page answers
        return { finder, sections: new Map(sections.map((section) => [section.address, section])) };
      },
    );
    loading.catch(() => {
      loading = undefined; // the next letter tries again
    });
    return loading;
  };

  const find = async (asked) => {
    const { finder, sections } = await index();
    const options = {
      boost: { title: 5, chapter: 2, code: 0.4 },
      boostDocument: (_id, _term, { weight }) => weight,
      bm25: { k: 1.2, b: 0.3, d: 0.5 }, // a short section is not much more about what it names than a long one
      tokenize: (text) => [text], // questions come in words, which are folded
      processTerm: (term) => term,
    };
    let found = finder.search(question(asked), options);
    if (!found.length) {
      const misspelt = { tokenize: words, processTerm: fold, combineWith: "AND", fuzzy: 0.2 };
      found = finder.search(asked, { ...options, ...misspelt });
    }
    const asks = whole(asked);
    const taught = Object.keys(TAUGHT).find((address) => TAUGHT[address].some((one) => whole(one) === asks));
    found.sort((a, b) => Number(b.id === taught) - Number(a.id === taught));
    return found.map(({ id, terms }) => ({ ...sections.get(id), terms: new Set(terms) }));
  };

  // The sentence with most of the words, or the first where the title has more, in pieces: those found are marked.
  const excerpt = ({ title, text, code, terms }) => {
    const score = (sentence) =>
      new Set(
        words(sentence)
          .map(fold)
          .filter((word) => terms.has(word)),
      ).size;
    const sentences = text.split(/\n|(?<=[.!?][”)]?)\s+(?=\S)/u);
    let best = sentences.reduce((a, b) => (score(b) > score(a) ? b : a));
    if (score(title) > score(best)) best = sentences[0];
    if (!score(best) && !score(title)) {
      const named = code.split(" ").find(score);
      if (named) best = `In its code: fo.${named}`;
    }
    const first = [...best.matchAll(WORD)].find(([word]) => terms.has(fold(word)))?.index ?? 0;
    const start = first < 120 ? 0 : best.lastIndexOf(" ", first - 60) + 1;
    const cut = best.slice(start, start + 220);
    const pieces = document.createElement("span");
    let done = 0;
    pieces.append(start ? "… " : "");
    for (const { 0: word, index: at } of cut.matchAll(WORD)) {
      if (!terms.has(fold(word))) continue;
      const mark = document.createElement("mark");
      mark.textContent = word;
      pieces.append(cut.slice(done, at), mark);
      done = at + word.length;
    }
    pieces.append(cut.slice(done), start + 220 < best.length ? " …" : "");
    return pieces;
  };

  const line = (hit) => {
    const link = document.createElement("a");
    link.href = root + hit.address;
    const title = document.createElement("strong");
    title.textContent = hit.title;
    link.append(
      title,
      hit.title === hit.chapter ? "" : ` in ${hit.chapter}`,
      document.createElement("br"),
      excerpt(hit),
    );
    const item = document.createElement("li");
    item.append(link);
    return item;
  };

  // Put the hits under a search field, and keep them those of what stands in it.
  const attend = (form, shown) => {
    const input = form.querySelector("input");
    const box = document.createElement("div");
    box.className = "book-search";
    const status = document.createElement("p");
    status.setAttribute("role", "status");
    const list = document.createElement("ol");
    box.append(status, list);
    form.after(box);

    const show = async () => {
      const asked = input.value.trim();
      let said = "";
      let hits = [];
      try {
        if (words(asked).length) {
          if (!list.children.length) status.textContent = "Searching …";
          hits = await find(asked);
          const more = hits.length > shown ? `; the first ${shown}` : "";
          said = hits.length
            ? `${hits.length} ${hits.length === 1 ? "section" : "sections"}${more}`
            : "Nothing found";
        }
      } catch {
        said = "The texts to search in did not arrive. Type on to try again.";
      }
      if (asked !== input.value.trim()) return; // somebody typed on
      status.textContent = said;
      list.replaceChildren(...hits.slice(0, shown).map(line));
    };
    input.addEventListener("input", show);
    input.addEventListener("focus", () => index().catch(() => {}), { once: true });
    // Up and down go from the field through the hits.
    (form.closest("dialog") ?? form.parentElement).addEventListener("keydown", (event) => {
      const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const stops = [input, ...list.querySelectorAll("a")];
      const at = stops.indexOf(document.activeElement);
      if (!step || at < 0 || !stops[at + step]) return;
      event.preventDefault();
      stops[at + step].focus();
    });
    return show;
  };

  for (const form of document.querySelectorAll("form.bd-search")) {
    const inDialog = form.closest("dialog");
    const input = form.querySelector("input");
    if (!inDialog) input.focus(); // before `attend`: the texts are read when something is asked
    const show = attend(form, inDialog ? SHOWN : SHOWN_ON_PAGE);
    if (inDialog) {
      // A hit on the page one is on only scrolls.
      inDialog.addEventListener("click", (event) => event.target.closest("a") && inDialog.close());
      continue;
    }
    input.value = new URLSearchParams(location.search).get("q") ?? "";
    show();
  }
}
