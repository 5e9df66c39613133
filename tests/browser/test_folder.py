"""The book opened from a folder, with no server, in Chromium and in Firefox: its figures live, and obey the mouse."""

from collections.abc import Iterator
from typing import Any, Protocol

import pytest
from built import EVERY, HTML, in_turn, pages, parsed
from firefox import Firefox
from playwright.sync_api import Browser, Page

DRAWN = "document.getElementById(arguments[0]).querySelector('.fo-figure')?.figure.themed"


def figures() -> list[tuple[str, str]]:
    """Each page with a figure, and its id; or, in `make test`, the first of each kind of figure."""
    found = []
    for path in pages():
        text = (HTML / path).read_text(encoding="utf-8")
        if 'class="firstorder-widget"' in text:
            hosts = parsed(path).select(".firstorder-widget")
            found += [(host["data-module"], (path, host["id"])) for host in hosts]
    return [place for _, place in found] if EVERY else list(dict(reversed(found)).values())


class Window(Protocol):
    def goto(self, address: str) -> None: ...
    def evaluate(self, expression: str, *arguments: Any) -> Any: ...
    def wait_for(self, expression: str, *arguments: Any) -> None: ...
    def drag(self, selector: str, right: int, down: int) -> None: ...


class Chromium:
    """A page of Chromium, spoken to as `Firefox` is."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.goto = page.goto

    def evaluate(self, expression: str, *arguments: Any) -> Any:
        return self.page.evaluate(f"given => (function () {{ return {expression} }})(...given)", list(arguments))

    def wait_for(self, expression: str, *arguments: Any) -> None:
        self.page.wait_for_function(f"given => (function () {{ return {expression} }})(...given)", arg=list(arguments))

    def drag(self, selector: str, right: int, down: int) -> None:
        handle = self.page.locator(selector).first
        handle.scroll_into_view_if_needed()
        box = handle.bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        self.page.mouse.move(x, y)
        self.page.mouse.down()
        self.page.mouse.move(x + right, y + down, steps=4)
        self.page.mouse.up()


@pytest.fixture(params=["chromium", "firefox"])
def window(request: pytest.FixtureRequest, browser: Browser) -> Iterator[Window]:
    if request.param == "firefox":
        window: Firefox = request.getfixturevalue("firefox")
        yield window
        window.goto("about:blank")
    else:
        page = browser.new_page(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
        yield Chromium(page)
        page.close()


def address(path: str) -> str:
    return (HTML / path).as_uri()


@pytest.mark.parametrize(
    ("path", "anchor", "window"),
    [(*place, browser) for place, browser in in_turn(figures(), ["chromium", "firefox"])],
    indirect=["window"],
)
def test_every_figure_is_drawn(path: str, anchor: str, window: Window) -> None:
    window.goto(address(path))
    window.evaluate("document.getElementById(arguments[0]).scrollIntoView()", anchor)
    window.wait_for(DRAWN, anchor)


@pytest.mark.parametrize("path", ["chapters/adam.html", "figures/adam/playground-1.html"])
def test_a_figure_is_dragged(path: str, window: Window) -> None:
    window.goto(address(path))
    window.evaluate("document.getElementById('playground-1').scrollIntoView()")
    window.wait_for(DRAWN, "playground-1")
    figure = "document.querySelector('#playground-1 .fo-figure').figure"
    window.wait_for(f"{figure}.runs.length")
    before = window.evaluate(f"[{figure}.start, [...{figure}.runs.at(-1).trajectory.points.slice(-2)]]")
    window.drag("#playground-1 .fo-handle", 40, 25)
    window.wait_for(f"{figure}.start[0] > arguments[0][0] && {figure}.start[1] < arguments[0][1]", before[0])
    window.wait_for(f"{figure}.runs.at(-1).trajectory.points.slice(-2).join() !== arguments[0].join()", before[1])


def test_the_comparison_has_its_formulas_and_its_links(window: Window) -> None:
    window.goto(address("chapters/which_optimizer.html"))
    window.evaluate("document.getElementById('comparison-1').scrollIntoView()")
    window.wait_for(DRAWN, "comparison-1")
    window.wait_for("document.querySelector('#comparison-1 .fo-formula mtd')?.getBoundingClientRect().width > 0")
    links = window.evaluate("[...document.querySelectorAll('#comparison-1 a[href*=chapters]')].map(a => a.href)")
    assert links
    assert all(link.startswith((HTML / "chapters").as_uri()) for link in links)


def test_a_link_carries_the_state(window: Window) -> None:
    window.goto(f"{address('chapters/adam.html')}#playground-1?landscape=beale&steps=120")
    window.wait_for(DRAWN, "playground-1")
    window.wait_for("document.querySelector('#playground-1 .fo-figure').figure.landscape.id === 'beale'")
