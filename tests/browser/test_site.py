"""What holds on every page of the built book."""

from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from accessibility import complaints
from built import HTML, in_turn, pages, parsed, some
from playwright.sync_api import Page, expect

from book.contents import documents

every_page = pytest.mark.parametrize("path", pages())


def visit(page: Page, address: str) -> None:
    page.goto(address)
    page.evaluate("document.fonts.ready")


def test_every_document_in_the_contents_is_built(site):
    assert {f"{document}.html" for document in documents()} <= set(pages())


@pytest.mark.parametrize(("path", "theme"), in_turn(some(pages()), ["light", "dark"]))
def test_page_is_accessible(path, theme, site, page):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    visit(page, f"{site}/{path}")
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    assert complaints(page) == ""


@pytest.mark.parametrize("pale", [".highlight .kn", "article p", "figcaption"])
def test_what_is_hard_to_read_is_noticed(pale, site, page):
    visit(page, f"{site}/chapters/adam.html")
    page.evaluate(
        """rule => {  // a <style> would be against the page's policy
            const sheet = new CSSStyleSheet();
            sheet.replaceSync(rule);
            document.adoptedStyleSheets.push(sheet);
        }""",
        f"{pale} {{ color: #eee !important }}",
    )
    assert "color-contrast" in complaints(page)


@every_page
def test_page_carries_nothing_for_a_kernel(path):
    text = (HTML / path).read_text(encoding="utf-8")
    assert not [burden for burden in ("vnd.jupyter.widget-state", "require.min.js") if burden in text]


@cache
def linked(path: Path) -> tuple[list[str], set[str]]:
    """The addresses on a page, and the ids that others can lead to."""
    soup = parsed(str(path.relative_to(HTML)))
    addresses = [element.get("href") or element.get("src") for element in soup.select("[href], [src]")]
    return addresses, {element["id"] for element in soup.select("[id]")}


@every_page
def test_local_links_lead_somewhere(path):
    """To a page and a place on it; what follows a question mark there is a figure's state."""
    broken = []
    for address in linked(HTML / path)[0]:
        parts = urlsplit(address)
        if parts.scheme or parts.netloc:
            continue
        target = ((HTML / path).parent / unquote(parts.path) if parts.path else HTML / path).resolve()
        target = target / "index.html" if target.is_dir() else target
        inside = parts.fragment.partition("?")[0] if target.suffix == ".html" else ""
        if not target.is_file() or (inside and unquote(inside) not in linked(target)[1]):
            broken.append(address)
    assert not broken


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
