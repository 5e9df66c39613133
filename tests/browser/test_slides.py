"""Slides, handouts and sheets of every chapter: each slide fits, a handout is short, a deck does what it says."""

import re

import pytest
from accessibility import complaints
from built import HTML
from playwright.sync_api import Page, expect
from pypdfium2 import PdfDocument

NAMES = sorted(path.stem for path in (HTML / "slides").glob("*.html"))
each_deck = pytest.mark.parametrize("name", NAMES)
#: What reaches over the edge of its slide, and how small the letters of each slide became.
OVER = """() => [...document.querySelectorAll(".slides > section")].map((section, number) => {
    Reveal.slide(number)
    const edge = section.getBoundingClientRect()
    const parts = [...section.querySelectorAll(":scope > :not(.notes), .body > *, .formula .katex, pre, td, img")]
    const over = parts.filter(part => {
        const box = part.getBoundingClientRect()
        return box.width && (box.bottom > edge.bottom + 1 || box.right > edge.right + 1 || box.left < edge.left - 1)
    })
    const body = section.querySelector(".body")
    const cut = body && body.scrollHeight > body.clientHeight + 1
    return {number: number + 1, over: over.length + (cut ? 1 : 0), fit: Number(section.dataset.fit ?? 1)}
})"""


def opened(page: Page, site: str, name: str) -> None:
    page.set_viewport_size({"width": 960, "height": 700})
    page.goto(f"{site}/slides/{name}.html")
    page.wait_for_function("document.documentElement.dataset.deck === 'ready'")


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
    assert [slide for slide in found if slide["over"] or slide["fit"] < 0.7] == []


@each_deck
def test_handout_has_two_to_four_pages(name, site, page):
    page.goto(f"{site}/handouts/{name}.html")
    page.evaluate("document.fonts.ready")
    assert 2 <= len(PdfDocument(page.pdf(prefer_css_page_size=True))) <= 4


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


def test_a_live_figure_moves_on_its_slide(site, page):
    opened(page, site, "momentum")
    page.set_viewport_size({"width": 1600, "height": 1000})
    page.evaluate(
        "Reveal.slide([...document.querySelectorAll('.slides > section')].findIndex(s => s.matches('.live')))"
    )
    ring = page.locator("section.present [role='slider'], section.present .fo-ring").first
    before = page.locator("section.present .stage").inner_text()
    page.locator("section.present input[type='range']").first.focus()
    page.keyboard.press("ArrowLeft")
    assert page.locator("section.present .stage").inner_text() != before or ring.count()
    assert page.evaluate("Reveal.getIndices().h") == page.evaluate(
        "[...document.querySelectorAll('.slides > section')].findIndex(s => s.matches('.live'))"
    )


def test_a_deck_prints_a_page_for_each_slide(site, page):
    page.goto(f"{site}/slides/momentum.html?print-pdf")
    page.wait_for_function("document.documentElement.dataset.deck === 'ready'")
    page.wait_for_timeout(500)
    pages = PdfDocument(page.pdf(prefer_css_page_size=True, print_background=True))
    assert len(pages) == page.evaluate("document.querySelectorAll('.slides section').length")


@pytest.mark.parametrize("path", ["slides/momentum.html", "handouts/adam.html", "sheets/momentum-solutions.html"])
def test_it_is_accessible(path, site, page):
    page.goto(f"{site}/{path}")
    assert complaints(page) == ""
