"""Slides, handouts and sheets of every chapter: each slide fits, a handout is short, a deck does what it says."""

import re

import pytest
from accessibility import complaints
from built import HTML, some
from playwright.sync_api import Page, expect
from pypdfium2 import PdfDocument

NAMES = sorted(path.stem for path in (HTML / "slides").glob("*.html"))
each_deck = pytest.mark.parametrize("name", NAMES)
#: What takes a browser a second or more; `make release-test` asks all.
some_decks = pytest.mark.parametrize("name", some(NAMES))
#: What reaches over the edge of its slide, and how small the letters of each slide became.
OVER = """() => [...document.querySelectorAll(".slides > section")].map((section, number) => {
    Reveal.slide(number)
    const edge = section.getBoundingClientRect()
    const parts = [...section.querySelectorAll(":scope > :not(.notes), .body > *, .formula math, pre, td, img")]
    const over = parts.filter(part => {
        const box = part.getBoundingClientRect()
        if (!box.width || part.parentElement.closest(".stage")) return false  // a figure's own parts are scaled
        return (box.bottom > edge.bottom + 1 || box.right > edge.right + 1 || box.left < edge.left - 1)
    })
    const body = section.querySelector(".body")
    const cut = body && body.scrollHeight > body.clientHeight + 1
    const head = section.querySelector("h1, h2").getBoundingClientRect()
    const top = document.elementFromPoint(head.left + 20, head.top + head.height / 2)
    const seen = top?.closest(".slides > section") === section
    return {number: number + 1, over: over.length + (cut ? 1 : 0), seen, fit: Number(section.dataset.fit ?? 1)}
})"""


def opened(page: Page, site: str, name: str) -> None:
    page.set_viewport_size({"width": 960, "height": 700})
    page.goto(f"{site}/slides/{name}.html")
    page.wait_for_function("() => document.documentElement.dataset.deck === 'ready'")


def test_every_chapter_with_exercises_has_its_four():
    chapters = {path.stem for path in (HTML / "chapters").glob("*.html") if 'id="exercises"' in path.read_text("utf-8")}
    assert chapters == set(NAMES)
    assert chapters == {path.stem for path in (HTML / "handouts").glob("*.html")}
    assert {path.stem for path in (HTML / "sheets").glob("*.html")} == chapters | {f"{n}-solutions" for n in chapters}


@each_deck
def test_every_slide_fits_and_can_be_read(name, site, page):
    opened(page, site, name)
    found = page.evaluate(OVER)
    assert len(found) > 8
    assert [slide for slide in found if slide["over"] or not slide["seen"] or slide["fit"] < 0.7] == []


#: Read in five minutes: one page holds it.
SHORT = {"finite_differences"}


@some_decks
def test_handout_has_two_to_four_pages(name, site, page):
    page.goto(f"{site}/handouts/{name}.html")
    page.evaluate("document.fonts.ready")
    assert (1 if name in SHORT else 2) <= len(PdfDocument(page.pdf(prefer_css_page_size=True))) <= 4


@some_decks
def test_handout_and_sheets_fit_a_phone(name, site, page):
    page.set_viewport_size({"width": 320, "height": 640})
    for path in (f"handouts/{name}.html", f"sheets/{name}.html", f"sheets/{name}-solutions.html"):
        page.goto(f"{site}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


@each_deck
def test_links_to_a_chapters_slides_and_papers_lead_there(name, site):
    page = (HTML / "chapters" / f"{name}.html").read_text("utf-8")
    assert "teaching-mark" not in page
    links = set(re.findall(r'href="\.\./((?:slides|handouts|sheets)/[\w-]+\.html)"', page))
    assert len(links) == 4
    assert all((HTML / link).is_file() for link in links)


@each_deck
def test_sheet_keeps_its_solutions_to_itself(name, site):
    sheet, solved = ((HTML / "sheets" / f"{name}{end}.html").read_text("utf-8") for end in ("", "-solutions"))
    assert sheet.count('class="room"') == solved.count('class="solution"') == sheet.count("<h2>Exercise ")
    assert 'class="solution"' not in sheet
    assert "# Solution" not in sheet
    empty = re.findall(r'<div class="solution">\s*</div>', solved)
    assert not empty


def test_keys_lead_through_a_deck(site, page):
    opened(page, site, "momentum")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == 1
    page.keyboard.press("End")
    expect(page.locator("section.present h2")).to_have_text("Sources")
    page.keyboard.press("?")
    expect(page.locator(".r-overlay")).to_contain_text("Speaker notes")


def test_notes_stand_in_the_speakers_window(site, page, context):
    opened(page, site, "momentum")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    with context.expect_page() as opening:
        page.keyboard.press("s")
    window = opening.value
    expect(window.locator(".speaker-controls-notes .value")).to_contain_text("ravine", timeout=15_000)
    expect(window.locator("#current-slide iframe")).to_have_count(1)


def live_slide(page: Page) -> int:
    """Turns to the first slide with a live figure, and says which it is."""
    number = page.evaluate("[...document.querySelectorAll('.slides > section')].findIndex(s => s.matches('.live'))")
    page.evaluate(f"Reveal.slide({number})")
    return number


@pytest.mark.parametrize("size", [(960, 700), (1920, 1080)])
def test_a_press_on_the_map_of_a_slide_moves_the_start_there(size, site, page):
    opened(page, site, "momentum")
    page.set_viewport_size(dict(zip(("width", "height"), size, strict=True)))
    live_slide(page)
    figure = page.locator("section.present .firstorder-widget > div:not(.firstorder-fallback) > :first-child")
    box = figure.locator(".fo-map .fo-plot").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    start = figure.evaluate("node => node.figure.state.start")
    x0, x1, y0, y1 = figure.evaluate("node => node.figure.landscape.domain")
    assert start == pytest.approx([(x0 + x1) / 2, (y0 + y1) / 2], abs=(x1 - x0) / 50)


def test_arrows_on_a_slider_are_the_sliders_and_a_clicker_leads_on(site, page):
    opened(page, site, "momentum")
    number = live_slide(page)
    page.locator("section.present input[type='range']").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("Reveal.getIndices().h") == number
    page.keyboard.press("PageDown")
    assert page.evaluate("Reveal.getIndices().h") == number + 1


@pytest.mark.parametrize("width", [1280, 360])
def test_a_link_to_a_figure_leads_to_its_slide(width, site, page):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/slides/momentum.html#spectrum-1?mu=0.3")
    page.wait_for_function("() => document.documentElement.dataset.deck === 'ready'")
    figure = page.locator("section.present #spectrum-1 > div:not(.firstorder-fallback) > :first-child")
    assert figure.evaluate("node => node.figure.state.mu") == 0.3


def test_a_deck_prints_a_page_for_each_slide(site, page):
    page.goto(f"{site}/slides/momentum.html?print-pdf")
    page.wait_for_function("() => document.documentElement.dataset.deck === 'ready'")
    page.wait_for_timeout(500)
    pages = PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    assert len(pages) == page.evaluate("document.querySelectorAll('.slides section').length")
    page.emulate_media(media="print")
    still = page.locator(".stage .firstorder-light img").first
    assert still.is_visible()
    assert still.evaluate("image => image.naturalWidth") > 0


@pytest.mark.parametrize("path", ["slides/momentum.html", "handouts/adam.html", "sheets/momentum-solutions.html"])
def test_it_is_accessible(path, site, page):
    page.goto(f"{site}/{path}")
    assert complaints(page) == ""
