// Tables of many rows: sorted on a press of a column's head, and searched where a field stands above them.

import { h } from "../../src/firstorder/figures/js/dom.js";

const SORTED = 8; // rows

/** @param {HTMLTableRowElement} row @param {number} column */
const text = (row, column) => row.cells[column]?.textContent?.trim() ?? "";

/** Numbers by size, before words by the alphabet. @param {string} a @param {string} b */
function order(a, b) {
  const [x, y] = [a, b].map((said) => Number.parseFloat(said.replaceAll("−", "-").replaceAll(",", "")));
  if (Number.isNaN(x) || Number.isNaN(y))
    return Number(Number.isNaN(x)) - Number(Number.isNaN(y)) || a.localeCompare(b);
  return x - y;
}

/** @param {HTMLTableElement} table */
function sortable(table) {
  const body = table.tBodies[0];
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
  heads.forEach((head, column) => {
    const onclick = () => {
      const down = head.ariaSort === "ascending";
      for (const other of heads) other.ariaSort = null;
      head.ariaSort = down ? "descending" : "ascending";
      const rows = [...body.rows].sort((a, b) => order(text(a, column), text(b, column)));
      body.append(...(down ? rows.reverse() : rows));
    };
    head.append(h("button", { type: "button", class: "sort", onclick }, ...head.childNodes));
  });
}

/** @param {HTMLTableElement} table @param {Element} field */
function searchable(table, field) {
  const rows = [...table.tBodies[0].rows];
  const [input, count] = [field.querySelector("input"), field.querySelector("output")];
  if (!input || !count) return;
  input.oninput = () => {
    const asked = input.value.toLowerCase();
    for (const row of rows) row.hidden = !row.textContent?.toLowerCase().includes(asked);
    count.textContent = asked ? `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows` : "";
  };
}

for (const table of /** @type {NodeListOf<HTMLTableElement>} */ (
  document.querySelectorAll(".bd-article table.table")
)) {
  if (table.closest(".claims")) continue;
  const rows = table.tBodies[0]?.rows.length ?? 0;
  if (rows >= SORTED) sortable(table);
  const field = table.parentElement?.previousElementSibling;
  if (field?.classList.contains("table-filter")) searchable(table, field);
}
