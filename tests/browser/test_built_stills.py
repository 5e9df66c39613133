"""Stills on the built pages: where there is no JavaScript, until a figure lives, on paper; served and from a folder."""

import re

import pytest
from built import HTML, in_turn, pages, some
from firefox import Firefox
from playwright.sync_api import Browser, Page

WITH_FIGURES = [path for path in pages() if "firstorder-still" in (HTML / path).read_text(encoding="utf-8")]
#: Of each figure: the sizes of the pictures that are seen and loaded.
SEEN = """() => [...document.querySelectorAll(".firstorder-fallback")].map(fallback =>
    [...fallback.querySelectorAll("img")]
        .filter(image => image.getBoundingClientRect().height > 100 && image.complete)
        .map(image => [image.naturalWidth, image.currentSrc, image.alt]))"""


WAYS = [(1280, "served"), (360, "folder"), (360, "served"), (1280, "folder")]


@pytest.mark.parametrize(
    ("path", "window", "base"),
    [(path, *way) for path, way in in_turn(some(WITH_FIGURES), WAYS)],
    indirect=["base"],
)
def test_without_javascript_each_figure_is_a_still(path: str, window: int, base: str, browser: Browser) -> None:
    context = browser.new_context(viewport={"width": window, "height": 800}, java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{base}/{path}")
    figures = page.evaluate(SEEN)
    context.close()
    assert figures
    for images in figures:
        ((natural, source, words),) = images
        assert natural == (688 if window == 1280 else 328)
        assert re.search(r"/figures/stills/\w{12}\.svg$", source)
        assert words


def test_pages_hold_no_still_themselves() -> None:
    assert WITH_FIGURES
    for path in HTML.rglob("*.html"):
        assert "data:image/svg+xml;base64" not in path.read_text(encoding="utf-8"), path


def test_stills_are_light() -> None:
    for path in (HTML / "figures" / "stills").iterdir():
        assert path.stat().st_size < 40_000, path


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_still_stands_until_the_figure_is_drawn_and_the_browser_asks_for_one(theme: str, page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.add_init_script(f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')")
    page.route("**/figures.js*", lambda route: None)  # it is long in coming
    page.goto(f"{site}/chapters/momentum.html", wait_until="commit")
    still = page.locator(f".firstorder-fallback .firstorder-{theme} img").first
    still.wait_for()
    assert not page.locator(f".firstorder-{'dark' if theme == 'light' else 'light'} img").first.is_visible()
    page.wait_for_timeout(300)
    first = page.evaluate("theme => document.querySelector(`.firstorder-${theme} img`).currentSrc", theme)
    stills = {url for url in asked if "/figures/stills/" in url}
    assert first in stills
    assert len(stills) <= page.locator(".firstorder-fallback").count()
    page.unroute_all(behavior="ignoreErrors")


def test_live_figure_takes_the_place_of_the_still_and_gives_it_back_on_paper(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/momentum.html")
    host = page.locator(".firstorder-widget").first
    host.locator(".fo-figure").wait_for()
    still = host.locator(".firstorder-light img")
    assert not still.is_visible()
    page.emulate_media(media="print")
    assert still.is_visible()
    assert not host.locator(".fo-figure").is_visible()


def test_paper_has_the_stills_of_figures_that_nobody_scrolled_to(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/chapters/momentum.html")
    page.locator(".fo-figure").first.wait_for()
    page.pdf()
    stills = page.locator(".firstorder-light img").evaluate_all("all => all.map(image => [image.src, image.complete])")
    assert len(stills) == 3
    assert {source for source, _ in stills} <= set(asked)
    assert all(loaded for _, loaded in stills)


def test_firefox_shows_the_still_of_a_page_from_a_folder(firefox: Firefox) -> None:
    """What it draws of an SVG is seen by its size, for pages may not look into pictures."""
    firefox.goto(f"{HTML.as_uri()}/chapters/momentum.html")
    natural, words = firefox.evaluate("""(() => {
        const still = document.querySelector(".firstorder-light img")
        const image = new Image()
        image.src = still.src
        return image.decode().then(() => [image.naturalWidth, still.alt])
    })()""")
    assert natural == 688
    assert "Momentum" in words
