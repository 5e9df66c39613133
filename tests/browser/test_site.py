"""What holds on every page of the built book."""

from urllib.parse import unquote, urlsplit

import pytest
import yaml
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from built import HTML, pages
from playwright.sync_api import Page, expect

every_page = pytest.mark.parametrize("path", pages())


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.fonts.ready")


def test_every_document_in_the_contents_is_built(site):
    contents = yaml.safe_load((HTML.parents[1] / "_toc.yml").read_text(encoding="utf-8"))
    documents = [
        contents["root"],
        *(chapter["file"] for part in contents["parts"] for chapter in part["chapters"]),
    ]
    assert {f"{document}.html" for document in documents} <= set(pages())


@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_page_is_accessible(path, theme, site, page):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    visit(page, f"{site}/{path}")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    options: dict = {"preload": False}  # it would fetch style sheets from wrong addresses
    if theme == "dark":  # the page is the same one in other colours
        options["runOnly"] = ["color-contrast"]
    results = Axe().run(page, options=options)
    assert results.violations_count == 0, results.generate_report()


@every_page
def test_page_fits_a_phone(path, site, page):
    page.set_viewport_size({"width": 360, "height": 740})
    visit(page, f"{site}/{path}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360


@every_page
def test_page_weighs_less_than_700_kb(path, site, page):
    """Everything the page asks for, scrolled to its end, as compressed on the wire."""
    weights = {}
    page.on("response", lambda answer: weights.update({answer.url: int(answer.headers.get("content-length", 0))}))
    visit(page, f"{site}/{path}")
    for widget in page.locator(".firstorder-widget").all():
        widget.scroll_into_view_if_needed()
    page.keyboard.press("End")
    page.wait_for_load_state("networkidle")
    heaviest = sorted(((weight, url) for url, weight in weights.items()), reverse=True)[:5]
    assert sum(weights.values()) < 700_000, heaviest


@every_page
def test_icons_come_from_the_small_font(path, site, page):
    fonts = {}
    page.on("response", lambda answer: "fontawesome" in answer.url and fonts.update({answer.url: answer.headers}))
    visit(page, f"{site}/{path}")
    assert fonts
    assert all(url.endswith(".woff2") for url in fonts)
    assert sum(int(headers["content-length"]) for headers in fonts.values()) < 10_000


@every_page
def test_page_carries_nothing_for_a_kernel(path):
    text = (HTML / path).read_text(encoding="utf-8")
    assert not [burden for burden in ("vnd.jupyter.widget-state", "require.min.js") if burden in text]


@every_page
def test_local_links_lead_somewhere(path):
    soup = BeautifulSoup((HTML / path).read_text(encoding="utf-8"), "html.parser")
    broken = []
    for element in soup.find_all(href=True) + soup.find_all(src=True):
        address = element.get("href") or element.get("src")
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = (HTML / path).parent / unquote(parts.path) if parts.path else HTML / path
        target = target / "index.html" if target.is_dir() else target
        if not target.is_file():
            broken.append(address)
        elif parts.fragment and target.suffix == ".html":
            there = soup if not parts.path else BeautifulSoup(target.read_text(encoding="utf-8"), "html.parser")
            if not there.find(id=unquote(parts.fragment)):
                broken.append(address)
    assert not broken


def test_search_finds_a_chapter_without_a_server_of_its_own(site, page):
    visit(page, f"{site}/search.html?q=adam")
    expect(page.locator("#search-results a[href*='chapters/adam.html']").first).to_be_visible()


def test_search_dialog_opens_from_the_keyboard(site, page):
    visit(page, f"{site}/index.html")
    page.keyboard.press("Control+k")
    expect(page.locator("#pst-search-dialog input")).to_be_focused()


def test_color_mode_button_changes_the_colors(site, page):
    visit(page, f"{site}/index.html")
    before = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.get_by_role("button", name="Color mode").click()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != before


def test_sidebar_opens_on_a_phone(site, page):
    page.set_viewport_size({"width": 360, "height": 740})
    visit(page, f"{site}/index.html")
    page.locator(".primary-toggle:visible").click()
    expect(page.get_by_role("link", name="Adam", exact=True).first).to_be_in_viewport()


def test_chapter_ends_with_its_citation(site, page):
    visit(page, f"{site}/chapters/adam.html")
    page.get_by_text("Cite this chapter").click()
    expect(page.get_by_text("@incollection{firstorder_adam")).to_be_visible()
    expect(page.locator(".citation-block button.copybtn")).to_have_count(1)
