"""What a click copies and saves: citations with the reader's date, and lasting addresses."""

import datetime
import re
from dataclasses import replace
from pathlib import Path

import pytest
from built import HTML, pages, parsed
from playwright.sync_api import BrowserContext, Page, expect

from _ext.citation import tabs
from book.citation import FORMS, Work
from book.identity import identity

CHAPTERS = [path for path in pages() if path.startswith("chapters/")]
BOOK = replace(identity(), site="https://ada.github.io/book/")
WORK = Work(BOOK, "chapters/adam", "Adam & 50%")


@pytest.fixture
def clipboard(context: BrowserContext, page: Page):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    return lambda: page.evaluate("navigator.clipboard.readText()")


@pytest.fixture
def moved(page: Page, site: str) -> str:
    """A page with a citation, of a book that is published elsewhere."""
    html = (
        f'<!DOCTYPE html><link rel="canonical" href="{WORK.address}"><body><h2>A<a class="headerlink" href="#a">#</a>'
        f"</h2>{tabs(WORK, '../')}<script src='../_static/page.js'></script>"
    )
    page.route("**/moved.html", lambda route: route.fulfill(body=html, content_type="text/html; charset=utf-8"))
    return f"{site}/chapters/moved.html"


@pytest.mark.parametrize("path", CHAPTERS)
def test_chapter_ends_with_its_citation_in_four_forms_and_their_files(path, site):
    soup = parsed(path)
    (block,) = soup.select(".citation-block")
    title = soup.select_one("article h1").find(string=True)
    assert block.find_previous("section").find_parent("section")
    names = [label.text for label in block.select("label")]
    assert names == ["APA", "BibTeX", "RIS", "CSL-JSON"]
    for link, shown in zip(block.select("a[download]"), block.select("pre"), strict=True):
        text = (HTML / path).parent.joinpath(link["href"]).read_text(encoding="utf-8")
        assert text == "".join(part for part in shown.strings if not part.find_parent(class_="accessed"))
        assert title in text


def test_the_book_has_its_citation_on_the_cover_and_on_the_page_that_tells_how(site):
    for path in ("index.html", "citing.html"):
        soup = parsed(path)
        assert "@book{firstorder," in soup.select_one(".citation-forms").text
        assert not soup.select(".citation-block")
    assert "@book{firstorder," in (HTML / "cite" / "firstorder.bib").read_text(encoding="utf-8")


def test_citation_is_opened_chosen_and_copied_from_the_keyboard(site, page, clipboard):
    page.goto(f"{site}/chapters/adam.html")
    page.locator(".citation-block summary").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.get_by_text("@incollection{firstorder_adam")).to_be_visible()
    while page.evaluate("document.activeElement.tagName") != "BUTTON":
        page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status").filter(has_text="Citation copied")).to_be_visible()
    assert clipboard() == page.locator(".citation-form pre").nth(1).text_content()


def test_every_form_is_copied_and_saved_with_the_readers_date(moved, page, clipboard):
    page.clock.set_fixed_time(datetime.datetime(2027, 1, 3, 12))
    page.goto(moved)
    for number, form in enumerate(FORMS):
        expected = form.text(WORK, datetime.date(2027, 1, 3))
        assert expected != form.text(WORK)
        page.get_by_role("button", name="Copy").nth(number).click()
        page.wait_for_function("text => navigator.clipboard.readText().then((copied) => copied === text)", arg=expected)
        with page.expect_download() as saving:
            page.get_by_role("link", name="Download").nth(number).click()
        assert saving.value.suggested_filename == f"firstorder_adam.{form.suffix}"
        assert Path(saving.value.path()).read_text(encoding="utf-8") == expected


def test_where_a_page_may_not_copy_the_citation_is_selected(moved, page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(moved)
    page.get_by_role("button", name="Copy").first.click()
    expect(page.get_by_text("Selected: copy it")).to_be_visible()
    assert page.evaluate("String(getSelection())").startswith("The First Order authors. (2026)")


def test_a_page_without_an_address_of_its_own_in_the_web_copies_where_it_is(moved, page, clipboard):
    page.goto(moved)
    page.get_by_role("heading").click()
    expect(page.get_by_text("Link copied")).to_be_visible()
    assert clipboard() == f"{WORK.address}#a"


HOLDERS = {
    "heading": "article h2",
    "equation": ".eqno",
    "figure": "figure > img",
    "caption": "figcaption",
    "claim": "td:has(a[id^='claim-']) + td",
}


@pytest.mark.parametrize("what", HOLDERS)
def test_a_click_copies_the_lasting_address(what, site, page, clipboard):
    page.goto(f"{site}/chapters/adam.html")
    here = page.evaluate("document.querySelector('link[rel=canonical]')?.href ?? location.href")
    page.locator(HOLDERS[what]).first.click(position={"x": 4, "y": 4})
    expect(page.get_by_text("Link copied")).to_be_visible()
    page_of, _, name = clipboard().partition("#")
    assert page_of == here
    assert page.url.endswith(f"#{name}")
    assert page.locator(f"[id='{name}']").count() == 1
    assert re.match({"equation": "equation-eq-", "figure": "fig-", "claim": "claim-adam-"}.get(what, ""), name)


def test_the_keyboard_copies_too_and_without_a_clipboard_the_address_bar_has_it(site, page):
    page.add_init_script("Object.defineProperty(navigator, 'clipboard', {value: undefined})")
    page.goto(f"{site}/chapters/adam.html")
    for what in ("h2", ".eqno", "figcaption", "td"):
        link = page.locator(f"article {what} a.headerlink").first
        link.focus()
        assert link.evaluate("element => getComputedStyle(element).opacity") == "1"
        page.keyboard.press("Enter")
        expect(page.get_by_text("The link is in the address bar")).to_be_visible()
        assert page.url.endswith(link.get_attribute("href"))


def test_words_of_a_heading_can_still_be_selected(site, page):
    page.goto(f"{site}/chapters/adam.html")
    page.locator("article h2").first.click(click_count=2)
    assert page.evaluate("String(getSelection())").strip()


@pytest.mark.parametrize("path", CHAPTERS)
def test_anchors_have_names_and_no_numbers(path):
    soup = parsed(path)
    anchors = [link["href"] for link in soup.select("a.headerlink")]
    assert anchors
    assert not [anchor for anchor in anchors if re.fullmatch(r"#(id|sec|fig|equation-)?\d+", anchor)]


def test_what_is_folded_shows_that_it_opens(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/adam.html")
    folded = page.locator("details.sd-dropdown")
    expect(folded.locator("summary .sd-summary-state-marker svg")).to_have_count(folded.count())
