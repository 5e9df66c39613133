"""Search: what readers ask for is found, in sections, with the sentence, by whatever the book was opened with."""

import gzip
import re

import pytest
from accessibility import complaints
from built import HTML, pages
from playwright.sync_api import Page, expect

HITS = "main .book-search li a"
SECONDS = 20_000  # the texts are read when the first question comes, and tests share the processor


def ask(page: Page, base: str, question: str) -> list[str]:
    """Where the hits lead, best first."""
    if page.url != (address := f"{base}/search.html"):
        page.goto(address)
    page.locator("main .bd-search input").fill("")
    expect(page.locator(HITS)).to_have_count(0)  # those of the question before are gone
    page.locator("main .bd-search input").fill(question)
    expect(page.locator(HITS).first).to_be_visible(timeout=SECONDS)
    return page.locator(HITS).evaluate_all("links => links.map(link => link.getAttribute('href').replace('./', ''))")


FIRST = {
    "AdamW": "chapters/weight_decay.html#adamw",
    "bias correction": "chapters/bias_correction.html",
    "bias corr": "chapters/bias_correction.html",
    "weight decay": "chapters/weight_decay.html",
    "Lion": "chapters/sign.html#lion",
    "Muon": "chapters/matrices.html#muon-steepest-descent-in-another-norm",
    "Nesterov": "chapters/nesterov.html",
    "SGD": "chapters/gradient_descent.html",
    "learning rate": "chapters/choosing_a_rate.html",
    "epsilon": "chapters/adam.html#two-places-for",
    "eps": "chapters/adam.html#two-places-for",
    "ε": "chapters/adam.html#two-places-for",
    "β₂": "chapters/adam.html#the-rule",
    "beta2": "chapters/adam.html#the-rule",
    "β2": "chapters/adam.html#the-rule",
    "warm-up": "chapters/around.html#warm-up",
    "warmup": "chapters/around.html#warm-up",
    "optimiser": "chapters/which_optimizer.html",
    "preconditioner": "glossary.html#term-preconditioner",
    "momentun": "chapters/momentum.html",
}


def test_what_teaches_it_comes_first(site, page):
    assert {question: ask(page, site, question)[0] for question in FIRST} == FIRST


def test_other_places_are_among_the_first_hits(site, page):
    for question, wanted in (
        ("epsilon", "chapters/precision.html#epsilon"),
        ("β2", "chapters/convergence.html#a-smaller-2"),
        ("learning rate", "glossary.html#term-learning-rate"),
        ("SGD", "chapters/stochastic.html"),
        ("step size", "chapters/adam.html#how-long-can-a-step-be"),
    ):
        assert wanted in ask(page, site, question)[:6], question


def test_texts_to_search_in_are_light():
    script = (HTML / "searchindex.js").read_bytes()
    assert len(gzip.compress(script)) <= 7_000 * len(pages())  # a page's share is 6,926 in a book of 41
    claim = "Adam: Its defaults work in most cases · "  # told in the chapter, and listed among the claims
    assert script.decode().count(claim) == 1
    assert not re.search(r"· [\d.]+ ·", script.decode())  # a cell of a table that holds a number alone
    assert "2 · 7/8 · 2" in script.decode()  # a small fraction, which was 78


@pytest.mark.parametrize(
    "spellings", [["β₂", "β2", "beta2", "beta_2", "Beta2"], ["generalisation", "generalization"], ["rates", "rate"]]
)
def test_all_spellings_of_a_word_find_the_same(spellings, site, page):
    first, *others = [ask(page, site, spelling) for spelling in spellings]
    assert all(other == first for other in others)


def test_chapters_come_before_what_lists_their_contents(site, page):
    for question in ("Adam", "Nesterov", "Lion"):
        pages = [hit.partition("#")[0] for hit in ask(page, site, question)[:5]]
        assert not {"api.html", "bibliography.html", "chapters/claims.html"} & set(pages), question


def test_typing_shows_the_sentence_served_and_from_a_folder(base, page):
    page.goto(f"{base}/chapters/momentum.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("unbiased ways")
    hit = page.locator("#pst-search-dialog li a").first
    expect(hit).to_contain_text("Four ways to see the same thing in Bias correction", timeout=SECONDS)
    expect(hit).to_contain_text(
        "So the correction does more than remove a bias: of the two unbiased ways it is the steady one."
    )
    expect(hit.locator("mark")).to_have_text(["unbiased", "ways"])
    expect(page.locator("#pst-search-dialog [role=status]")).to_have_text(re.compile(r"^\d+ sections?"))
    page.keyboard.press("ArrowDown")
    expect(hit).to_be_focused()
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/chapters/bias_correction\.html#four-ways-to-see-the-same-thing$"))


def test_firefox_finds_in_a_folder(firefox):
    firefox.goto(f"{HTML.as_uri()}/search.html?q=unbiased+ways")
    firefox.wait_for("document.querySelector(arguments[0])", HITS)
    hit = firefox.evaluate("document.querySelector(arguments[0]).textContent", HITS)
    assert "Four ways to see the same thing" in hit
    assert "the two unbiased ways" in hit


def test_enter_shows_all_hits_on_a_page_of_their_own(base, page):
    page.goto(f"{base}/chapters/momentum.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("adam")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/search\.html\?q=adam$"))
    expect(page.locator(HITS)).to_have_count(40, timeout=SECONDS)


def test_what_is_not_there_is_said(site, page):
    page.goto(f"{site}/search.html?q=xylophone+quartet")
    expect(page.locator("main [role=status]")).to_have_text("Nothing found", timeout=SECONDS)
    page.locator("main .bd-search input").fill("?!")
    expect(page.locator("main [role=status]")).to_have_text("")


def test_texts_that_do_not_arrive_are_asked_for_again(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/searchindex.js", lambda route: route.abort())
        page.goto(f"{site}/search.html?q=adam")
        expect(page.locator("main [role=status]")).to_contain_text("did not arrive")
        page.unroute("**/searchindex.js")
        page.locator("main .bd-search input").fill("adamw")
        expect(page.locator(HITS).first).to_be_visible()


def test_nothing_of_the_search_is_loaded_before_it_is_used(site, page):
    asked = []
    page.on("request", lambda request: asked.append(request.url.rpartition("/")[2].partition("?")[0]))
    page.goto(f"{site}/chapters/adam.html")
    page.wait_for_load_state("networkidle")
    others = {"searchtools.js", "language_data.js", "sphinx_highlight.js"}  # of Sphinx
    assert not {"searchindex.js", "minisearch.js", *others} & set(asked)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_hits_are_accessible(theme, site, page):
    page.emulate_media(color_scheme=theme, reduced_motion="reduce")
    page.goto(f"{site}/chapters/notation.html")
    page.keyboard.press("Control+k")
    page.keyboard.type("adam")
    expect(page.locator("#pst-search-dialog li a")).to_have_count(8, timeout=SECONDS)
    assert complaints(page) == ""


def test_magnifier_stands_beside_the_typed_word(site, page):
    page.goto(f"{site}/search.html?q=adam")
    icon, field = (page.locator(f"main .bd-search {part}").bounding_box() for part in ("i", "input"))
    assert icon["x"] + icon["width"] <= field["x"] + 1


def test_a_section_found_by_its_title_shows_its_first_words(site, page):
    page.goto(f"{site}/search.html?q=bias+correction")
    first = page.locator(HITS).first
    expect(first).to_have_attribute("href", re.compile(r"chapters/bias_correction\.html$"), timeout=SECONDS)
    expect(first).to_contain_text("Adam keeps two averages that both start at zero")


def test_while_the_texts_are_on_their_way_it_is_said(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        waiting = []
        page.route("**/searchindex.js", lambda route: waiting.append(route))
        page.goto(f"{site}/search.html?q=adam", wait_until="commit")
        expect(page.locator("main [role=status]")).to_have_text("Searching …")
        for route in waiting:
            route.continue_()
        expect(page.locator(HITS).first).to_be_visible(timeout=SECONDS)


def test_escape_on_a_hit_closes_the_search(site, page):
    page.goto(f"{site}/chapters/adam.html")
    page.keyboard.press("Control+k")
    dialog = page.locator("#pst-search-dialog")
    dialog.locator("input").fill("adamw")
    expect(dialog.locator("li a").first).to_be_visible(timeout=SECONDS)
    page.keyboard.press("ArrowDown")
    expect(dialog.locator("li a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).not_to_be_visible()
