// The page of all claims: what is shown of them is chosen, a row opens its experiment, and an address does either.

import { h } from "../../src/firstorder/figures/js/dom.js";
import { script } from "./load.js";
import { page, root } from "./place.js";

/**
 * @typedef {{row: HTMLTableRowElement, key: string, chapter: string, methods: string[], verdict: string, text: string,
 *   button: HTMLButtonElement}} Claim
 * @typedef {Record<string, Record<string, string>>} Experiments
 */

const VERDICTS = ["holds", "holds in part", "does not hold", "undecided"];
/** The address of what is chosen: `#claims?verdict=holds&words=noise`. */
const CHOSEN = "#claims?";

/** @param {string} text */
const folded = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

/** @param {HTMLElement} element @param {string} selector */
const words = (element, selector) => element.querySelector(selector)?.textContent?.trim() ?? "";

/** @type {(row: HTMLTableRowElement) => Claim} */
function read(row) {
  const anchor = row.querySelector("a[id^='claim-']");
  const chapter = row.closest("section")?.querySelector("h2")?.firstChild?.textContent ?? "";
  const methods = words(row, "em").replace(/:$/, "").split(", ");
  const verdict = words(row, "td:last-child strong");
  row.classList.add(["held", "partly", "failed", "undecided"][VERDICTS.indexOf(verdict)] ?? "held");
  const about = { type: "button", class: "experiment-button", "aria-expanded": "false" };
  const button = h("button", about, "Experiment");
  row.cells[1].append(button);
  const key = anchor?.id.replace("claim-", "") ?? "";
  return { row, key, chapter, methods, verdict, text: folded(`${row.textContent} ${key}`), button };
}

/** @param {Claim} claim */
async function toggle({ row, key, button }) {
  const next = row.nextElementSibling;
  if (next?.classList.contains("experiment")) {
    next.remove();
    button.ariaExpanded = "false";
    return;
  }
  button.ariaExpanded = "true";
  const cell = h("td", { colspan: row.cells.length }, "The experiment is on its way.");
  row.after(h("tr", { class: "experiment" }, cell));
  const [chapter, name] = key.split("-");
  try {
    await script(`experiments/${chapter}.js`);
    const all = /** @type {{bookExperiments?: Experiments}} */ (/** @type {unknown} */ (window))
      .bookExperiments;
    cell.innerHTML = all?.[chapter]?.[name] ?? "";
  } catch {
    const link = h("a", { href: `${root}chapters/${chapter}.html#experiment-${key}` }, "its chapter");
    cell.replaceChildren("The experiment could not be loaded. It stands in ", link, " too.");
  }
}

/** @param {string} name @param {string[]} values */
const choice = (name, values) =>
  h(
    "label",
    {},
    name,
    h("select", { name }, new Option("all", ""), ...values.map((value) => new Option(value))),
  );

/** @param {Claim[]} claims */
function explorer(claims) {
  const methods = [...new Set(claims.flatMap((claim) => claim.methods))].sort((a, b) => a.localeCompare(b));
  const chapters = [...new Set(claims.map((claim) => claim.chapter))];
  const count = h("output");
  const clear = h("button", { type: "reset" }, "Show all");
  const form = h(
    "form",
    { class: "claims-filter", role: "search" },
    h(
      "label",
      {},
      "words",
      h("input", { type: "search", name: "words", placeholder: "noise, β₂, sparse …" }),
    ),
    choice("method", methods),
    choice("verdict", VERDICTS),
    choice("chapter", chapters),
    count,
    clear,
  );

  function apply() {
    const asked = Object.fromEntries(new FormData(form).entries());
    const needed = folded(String(asked.words)).split(/\s+/);
    let found = 0;
    for (const { row, methods, verdict, chapter, text, button } of claims) {
      const fits =
        (!asked.method || methods.includes(String(asked.method))) &&
        (!asked.verdict || verdict === asked.verdict) &&
        (!asked.chapter || chapter === asked.chapter) &&
        needed.every((word) => text.includes(word));
      row.hidden = !fits;
      if (button.ariaExpanded === "true") /** @type {HTMLElement} */ (row.nextElementSibling).hidden = !fits;
      found += Number(fits);
    }
    for (const section of new Set(claims.map(({ row }) => row.closest("section"))))
      if (section) section.hidden = !section.querySelector("tbody tr:not([hidden])");
    count.value = found === claims.length ? `${found} claims` : `${found} of ${claims.length} claims`;
    clear.disabled = found === claims.length;
  }

  function remember() {
    apply();
    const given = [...new FormData(form)]
      .filter(([, value]) => value)
      .map(([name, value]) => [name, String(value)]);
    const address = given.length ? CHOSEN + new URLSearchParams(given) : location.pathname + location.search;
    history.replaceState(null, "", address);
  }

  function follow() {
    const claim = claims.find(({ key }) => `#claim-${key}` === location.hash);
    if (claim) form.reset();
    const chosen = location.hash.startsWith(CHOSEN);
    if (chosen)
      for (const [name, value] of new URLSearchParams(location.hash.slice(CHOSEN.length).slice(0, 500))) {
        const field = form.elements.namedItem(name);
        if (field instanceof HTMLInputElement) field.value = value;
        if (field instanceof HTMLSelectElement)
          field.value = [...field.options].some((one) => one.value === value) ? value : "";
      }
    apply();
    if (claim?.button.ariaExpanded === "false") toggle(claim);
    claim?.row.scrollIntoView();
    if (chosen) form.scrollIntoView();
  }

  form.addEventListener("input", remember);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(remember));
  addEventListener("hashchange", follow);
  return { form, follow };
}

if (page === "chapters/claims") {
  const rows = /** @type {NodeListOf<HTMLTableRowElement>} */ (document.querySelectorAll(".claims tbody tr"));
  const claims = [...rows].map(read);
  const { form, follow } = explorer(claims);
  for (const claim of claims) claim.button.addEventListener("click", () => toggle(claim));
  for (const link of document.querySelectorAll("p.experiments")) link.remove();
  document.querySelector(".claims")?.closest("section")?.before(form);
  follow();
}
