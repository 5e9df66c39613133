"""Nothing is cut without a sign: code and tables that are wider than the page, and tables on a phone."""

import re
from pathlib import Path

import pytest
from built import HTML, pages
from playwright.sync_api import Page, expect

from _ext.tables import labelled

CUT = """all => all.filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
    .map(e => getComputedStyle(e))
    .filter(style => !style.backgroundImage.includes("gradient") || style.overflowX != "auto").length"""
#: Rows through which the shade of their box cannot be seen.
COVERED = r"""all => all.flatMap(e => [e, ...e.children]).map(e => getComputedStyle(e).backgroundColor)
    .filter(ground => !/, 0(\.\d+)?\)$|\/ 0(\.\d+)?\)$/.test(ground)).length"""
UPPERMOST = """head => {
    const {x, y} = head.getBoundingClientRect()
    return head.contains(document.elementFromPoint(x + 4, y + 4))
}"""
#: Three columns, with a head for each.
TABLE = (
    '<table class="table"><thead><tr><th>a</th><th>b &amp; "c"</th><th>d</th></tr></thead>'
    "<tr><td>1</td><td>2</td><td>3</td></tr></table>"
)


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", ["adam", "training", "catalogue"])
def test_nothing_is_cut_without_a_shade(path: str, width: int, page: Page, site: str) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{site}/chapters/{path}.html")
    boxes = page.locator(".bd-article pre, .bd-article .pst-scrollable-table-container")
    assert boxes.count() > 3
    assert boxes.evaluate_all("all => all.some(e => e.scrollWidth > e.clientWidth + 1)")
    assert boxes.evaluate_all(CUT) == 0
    assert page.locator(".pst-scrollable-table-container tbody tr").evaluate_all(COVERED) == 0


@pytest.mark.parametrize("path", ["notation", "catalogue"])
def test_the_head_of_a_long_table_stays_over_its_rows(path: str, page: Page, site: str) -> None:
    """Under the page's bar; and where the table is too wide, in a box that scrolls."""
    page.goto(f"{site}/chapters/{path}.html")
    tables = page.locator(".pst-scrollable-table-container:not(.claims *):has(tbody > tr:nth-child(16))")
    assert tables.count()
    for table in tables.all():
        table.locator("tbody tr:nth-child(15)").evaluate("row => row.scrollIntoView({block: 'center'})")
        head = table.locator("th").first
        expect(head).to_be_in_viewport()
        assert head.evaluate(UPPERMOST), head.inner_text()


@pytest.mark.parametrize("path", ["notation", "catalogue", "which_optimizer"])
def test_a_phone_shows_each_row_as_a_card(path: str, page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/chapters/{path}.html")
    cells = page.locator("table.cards td[data-label]:visible")
    assert cells.count() > 10
    assert cells.evaluate_all("all => all.every(e => e.getBoundingClientRect().right <= innerWidth)")
    shown = cells.nth(1).evaluate("e => getComputedStyle(e, '::before').content")
    assert re.search(r"\w", shown), shown


def test_labels_are_the_heads_of_columns() -> None:
    assert re.findall('data-label="(.*?)"', labelled(TABLE, Path())) == ["a", "b &amp; &quot;c&quot;", "d"]
    missing, wide = TABLE.replace("<td>3</td>", ""), TABLE.replace("<td>1", '<td colspan="2">1')
    for other in (missing, wide, f'<div class="claims">{TABLE}'):
        assert labelled(other, Path()) == other


def test_a_long_table_is_sorted_by_mouse_and_keys(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/catalogue.html")
    table = page.locator("table:has(button.sort)").first
    before = table.locator("tbody tr td:first-child").all_inner_texts()
    head = table.locator("th").first
    head.get_by_role("button").click()
    expect(head).to_have_attribute("aria-sort", "ascending")
    upward = table.locator("tbody tr td:first-child").all_inner_texts()
    assert upward == sorted(before, key=str.casefold)
    head.get_by_role("button").press("Enter")
    expect(head).to_have_attribute("aria-sort", "descending")
    assert table.locator("tbody tr td:first-child").all_inner_texts() == upward[::-1]


def test_a_long_table_is_searched(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/catalogue.html")
    page.get_by_label("Find in this table").first.fill("adam")
    shown = page.locator(".table-filter + div > table").first.locator("tbody tr:visible")
    assert 5 < shown.count() < 53
    assert all("adam" in row.inner_text().lower() for row in shown.all())
    expect(page.locator(".table-filter output").first).to_have_text(f"{shown.count()} of 53 rows")


def test_folded_code_says_what_it_is() -> None:
    for path in pages():
        html = (HTML / path).read_text(encoding="utf-8")
        assert "Toggle hidden content" not in html, path
        assert "Show code cell" not in html, path
    said = re.findall(r"<summary>(Code[^<]*)</summary>", (HTML / "chapters" / "training.html").read_text("utf-8"))
    assert len(said) > 5
    assert all(re.fullmatch(r"Code( of this \w+)?, \d+ lines?(, and its output)?", words) for words in said)
