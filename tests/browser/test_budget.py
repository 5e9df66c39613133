"""What each page may weigh, hold and shift: budget.json. Counted, not timed; `make audit` has the times."""

import json
import statistics
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from built import HTML, in_turn, pages, some
from playwright.sync_api import Browser, BrowserContext, Page, Response, Route, ViewportSize

from book.serve import weight

BUDGET = json.loads((Path(__file__).parents[1] / "budget.json").read_text(encoding="utf-8"))
NARROW = 320  # also a laptop's window enlarged four times
SHIFTS = """new PerformanceObserver(list => {
    const sudden = list.getEntries().filter(shift => !shift.hadRecentInput);
    for (const { value } of sudden) window.shifted = (window.shifted ?? 0) + value;
}).observe({type: "layout-shift", buffered: true})"""
#: Down the page as somebody reads, so that what comes late has its chance to push.
READ = """async () => {
    for (let y = 0; y < document.documentElement.scrollHeight; y += innerHeight) {
        scrollTo(0, y);
        await new Promise(done => requestAnimationFrame(() => setTimeout(done, 30)));
    }
}"""


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[BrowserContext]:
    with browser.new_context(viewport={"width": NARROW, "height": 640}, is_mobile=True, has_touch=True) as context:
        yield context


def test_every_page_keeps_to_its_budget_and_fits_a_phone(phone: BrowserContext, site: str) -> None:
    weights, elements, widths = {}, {}, {}
    for name in pages():
        page = phone.new_page()
        asked: set[Path] = set()

        def note(response: Response, asked: set[Path] = asked) -> None:
            asked.add(HTML / unquote(urlsplit(response.url).path).lstrip("/"))

        page.on("response", note)
        page.goto(f"{site}/{name}", wait_until="networkidle")
        weights[name] = sum(weight(path) for path in asked if path.is_file()) / 1e3
        elements[name] = page.evaluate("document.querySelectorAll('*').length")
        widths[name] = page.evaluate("document.documentElement.scrollWidth")
        page.close()
    print(*(f"{name}: {weights[name]:.0f} KB, {elements[name]} elements" for name in weights), sep="\n")
    allowed = BUDGET["elements"]
    crowded = {name: n for name, n in elements.items() if n > allowed.get(name, allowed["any page"])}
    heavy = {name: round(kb) for name, kb in weights.items() if kb > BUDGET["kilobytes"]["largest"]}
    assert not crowded, f"more elements than budget.json allows: {crowded}"
    assert not heavy, f"more KB than budget.json allows: {heavy}"
    wide = {name: width for name, width in widths.items() if width > NARROW}
    assert not wide, f"pages that scroll sideways at {NARROW} px: {wide}"
    assert statistics.median(weights.values()) <= BUDGET["kilobytes"]["median"]


@pytest.mark.parametrize(
    ("name", "window"), in_turn(some(pages()), [{"width": NARROW, "height": 640}, {"width": 1280, "height": 800}])
)
def test_nothing_jumps_while_a_page_is_read(name: str, window: ViewportSize, browser: Browser, site: str) -> None:
    hand = window["width"] == NARROW
    with browser.new_context(viewport=window, is_mobile=hand, has_touch=hand) as context:
        context.add_init_script(SHIFTS)
        page = context.new_page()
        page.goto(f"{site}/{name}", wait_until="networkidle")
        page.evaluate(READ)
        assert page.evaluate("window.shifted ?? 0") <= BUDGET["layout shift"]


@pytest.mark.parametrize("name", ["teaching.html", "chapters/catalogue.html"])
def test_nothing_jumps_where_scripts_come_late(name: str, page: Page, site: str) -> None:
    """Above long tables they put a field to search in."""

    def late(route: Route) -> None:
        page.wait_for_selector("table")
        page.evaluate("new Promise(done => setTimeout(done, 200))")
        route.continue_()

    page.set_viewport_size({"width": 412, "height": 823})
    page.add_init_script(SHIFTS)
    page.route("**/page.js*", late)
    page.goto(f"{site}/{name}", wait_until="networkidle")
    assert page.locator(".table-filter").count()
    assert page.evaluate("window.shifted ?? 0") <= BUDGET["layout shift"]
