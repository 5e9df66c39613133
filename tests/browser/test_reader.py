"""The page as it is read: its policy, served and opened from the folder."""

import gzip
import json
import re
from collections.abc import Iterator

import pytest
from built import HTML, in_turn, pages, parsed, some
from playwright.sync_api import Browser, Page, expect

NOTE = """
window.violations = [];
document.addEventListener("securitypolicyviolation", (event) => {
  window.violations.push(`${event.violatedDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`);
});
"""


@pytest.fixture
def noted(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(NOTE)
    yield context.new_page()
    context.close()


def everything() -> list[str]:
    """Every page there is: also figures alone, slides, handouts, sheets, the page of lost ways."""
    found = [path for path in HTML.rglob("*.html") if "_static" not in path.relative_to(HTML).parts]
    return sorted(str(path.relative_to(HTML)) for path in found)


def with_one_of_each_kind() -> list[str]:
    """Pages of the book, and of those made by other means the first in each folder."""
    first = {path.rpartition("/")[0]: path for path in reversed(everything()) if path not in pages()}
    return [*some(pages()), *first.values(), "search.html?q=adam"]


def violations(page: Page) -> list[str]:
    return page.evaluate("window.violations")


@pytest.mark.parametrize("path", everything())
def test_every_page_has_one_strict_policy(path):
    found = parsed(path)
    (meta,) = found.select("head > meta[http-equiv='Content-Security-Policy']")
    directives = {name: values for name, *values in (one.split() for one in meta["content"].split(";"))}
    assert directives["default-src"] == ["'none'"]
    assert all(source == "'self'" or source.startswith("'sha256-") for source in directives["script-src"])
    assert directives["form-action"] == ["'self'"]
    assert directives["base-uri"] == ["'none'"]
    assert not [link for link in found.select("a[href^='http']") if not link.get("rel")]


@pytest.mark.parametrize(("path", "base"), in_turn(with_one_of_each_kind(), ["served", "folder"]), indirect=["base"])
def test_page_keeps_to_its_policy(path, base, noted):
    noted.goto(f"{base}/{path}")
    for widget in noted.locator(".firstorder-widget").all():
        widget.scroll_into_view_if_needed()
    noted.wait_for_load_state("networkidle")
    assert violations(noted) == []


FORBIDDEN = """(() => {
    const script = document.createElement("script")
    script.textContent = "window.injected = true"
    document.body.append(script)
    document.body.insertAdjacentHTML("beforeend", "<img src='data:,' onerror='window.injected = true'>")
    setTimeout("window.injected = true")
    fetch("https://example.org").catch(() => {})
})()"""


def test_policy_stops_scripts_that_the_page_was_not_built_with(base, noted):
    noted.goto(f"{base}/index.html")
    noted.evaluate(FORBIDDEN)
    noted.wait_for_timeout(200)
    assert noted.evaluate("window.injected") is None
    assert [said.split()[0] for said in violations(noted)] == [
        "script-src-elem", "script-src-attr", "script-src", "connect-src"
    ]  # fmt: skip


def test_pages_keep_to_their_policy_in_firefox(base, firefox):
    firefox.refused()
    for path in [path for path, way in in_turn(with_one_of_each_kind(), ["http", "file"]) if base.startswith(way)]:
        firefox.goto(f"{base}/{path}")
        assert firefox.refused() == [], path
    firefox.goto(f"{base}/index.html")
    firefox.evaluate(FORBIDDEN)
    firefox.wait_for("performance.now() > 1000")
    assert len(firefox.refused()) == 4
    assert firefox.evaluate("window.injected") is None


@pytest.fixture
def paper(site, page):
    """Opens a page as wide as A4 between its margins, as it is printed."""
    page.set_viewport_size({"width": 672, "height": 980})
    page.emulate_media(media="print")

    def opened(path: str) -> Page:
        page.goto(f"{site}/{path}")
        return page

    return opened


CHAPTERS = [path for path in pages() if path.startswith("chapters/")]


@pytest.mark.parametrize("path", some(CHAPTERS))
def test_nothing_is_cut_on_paper(path, paper):
    cut = """elements => elements.filter(e => e.checkVisibility() && e.scrollWidth > e.clientWidth + 1)
                         .map(e => e.textContent.slice(0, 60))"""
    assert paper(path).locator("article pre").evaluate_all(cut) == []


@pytest.mark.parametrize("path", some(CHAPTERS))
def test_paper_shows_what_is_folded_and_nothing_to_click(path, paper):
    printed = paper(path)
    folded = printed.locator("article details:not([open], .hint, .hint *) > :not(summary)")
    assert folded.count()
    closed = "elements => elements.filter(e => !e.checkVisibility() && getComputedStyle(e).display !== 'none').length"
    assert folded.evaluate_all(closed) == 0
    chrome = ".bd-sidebar-primary, .bd-sidebar-secondary, .bd-header-article, .prev-next-footer, .copybtn, .headerlink"
    shown = "elements => elements.filter((one) => one.checkVisibility()).length"
    assert printed.locator(f"{chrome}, .only-site").evaluate_all(shown) == 0
    assert printed.locator("h1:visible").count() == 1


def test_what_belongs_together_stays_on_one_page_of_paper(paper):
    unbroken = paper("chapters/adam.html").locator("article :is(figure, .firstorder-widget, tr, .formula-box)")
    assert set(unbroken.evaluate_all("all => all.map(one => getComputedStyle(one).breakInside)")) == {"avoid"}


def test_dark_pages_are_printed_light(site, page):
    page.emulate_media(color_scheme="dark")
    page.goto(f"{site}/chapters/adam.html")
    theme = "document.documentElement.dataset.theme"
    assert page.evaluate(theme) == "dark"
    assert page.evaluate(f"window.dispatchEvent(new Event('beforeprint')), {theme}") == "light"
    assert page.evaluate(f"window.dispatchEvent(new Event('afterprint')), {theme}") == "dark"


@pytest.mark.parametrize("path", ["index.html", "chapters/adam.html", "citing.html"])
def test_pages_lead_to_the_next_and_the_one_before(path, site, page):
    page.goto(f"{site}/{path}")
    for rel, side, label in (("prev", ".left-prev", "previous page"), ("next", ".right-next", "next page")):
        link = page.locator(f".prev-next-area {side}")
        assert link.count() or (path, rel) == ("index.html", "prev")
        if link.count():
            expect(link).to_have_attribute("rel", rel)
            expect(link).to_have_attribute("title", label)
            address = link.evaluate("link => link.href")
            title = link.locator(".prev-next-title").inner_text()
            link.click()
            expect(page).to_have_url(address)
            expect(page.locator("h1:visible")).to_contain_text(title)
            page.goto(f"{site}/{path}")


EQUATION = "article a.reference[href='#equation-eq-adam']"
FIGURE = "article a.reference[href='#fig-bias-monte-carlo']"
CITATION = "article a.reference[href*='bibliography.html#']"


@pytest.mark.parametrize(
    ("link", "says"),
    [
        (EQUATION, "(2)"),
        (CITATION, "Some methods of speeding up the convergence"),
        ("article a.reference[href='#tuned']", "Against SGD, momentum and RMSProp"),
    ],
)
def test_a_link_shows_where_it_leads(link, says, base, noted):
    noted.goto(f"{base}/chapters/adam.html")
    noted.locator(link).first.hover()
    expect(noted.locator(".preview")).to_contain_text(says)
    assert noted.locator(".preview :is([id], a, script)").count() == 0
    noted.mouse.move(1, 1)
    expect(noted.locator(".preview")).to_have_count(0)
    assert violations(noted) == []


def test_previews_that_do_not_arrive_are_asked_for_again(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        page.route("**/previews/**", lambda route: route.abort())
        page.goto(f"{site}/chapters/adam.html")
        link = page.locator(CITATION).first
        with page.expect_event("requestfailed", lambda request: "/previews/" in request.url):
            link.hover()
        page.unroute("**/previews/**")
        page.mouse.move(1, 1)
        link.hover()
        expect(page.locator(".preview")).to_be_visible()


def test_a_preview_follows_the_keyboard(site, page):
    page.goto(f"{site}/chapters/adam.html")
    link = page.locator(EQUATION).first
    link.evaluate("""link => {
        const before = document.createElement("button");
        link.before(before);
        before.focus();
    }""")
    page.keyboard.press("Tab")
    expect(link).to_be_focused()
    expect(page.locator(".preview math")).to_be_visible()
    assert link.get_attribute("aria-describedby") == page.locator(".preview").get_attribute("id")
    page.keyboard.press("Escape")
    expect(page.locator(".preview")).to_have_count(0)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Tab")
    expect(page.locator(".preview")).to_be_visible()
    page.keyboard.press("Tab")
    expect(link).not_to_be_focused()


def test_previews_follow_the_keyboard_in_firefox(site, firefox):
    firefox.goto(f"{site}/chapters/bias_correction.html")
    firefox.evaluate("document.querySelector(arguments[0]).focus({focusVisible: true})", FIGURE)
    firefox.wait_for("document.querySelector('.preview img')?.complete")
    assert "Means over 2,000 runs" in firefox.evaluate("document.querySelector('.preview').textContent")
    firefox.evaluate("document.activeElement.blur()")
    firefox.wait_for("!document.querySelector('.preview')")


def test_a_first_tap_shows_where_a_link_leads_and_a_second_follows_it(browser, site):
    with browser.new_context(has_touch=True, viewport={"width": 360, "height": 740}) as context:
        page = context.new_page()
        page.goto(f"{site}/chapters/adam.html")
        link = page.locator(CITATION).first
        link.tap()
        expect(page.locator(".preview")).to_contain_text("Some methods of speeding up the convergence")
        expect(page).to_have_url(re.compile("adam.html$"))
        link.tap()
        expect(page).to_have_url(re.compile("bibliography.html#"))
        # A plot and what stands under it, on one's own ground in the dark, too.
        page.emulate_media(color_scheme="dark")
        page.goto(f"{site}/chapters/bias_correction.html")
        link = page.locator(FIGURE).first
        link.tap()
        expect(page.locator(".preview")).to_contain_text("Means over 2,000 runs")
        expect(page.locator(".preview img")).to_have_css("background-color", "rgba(0, 0, 0, 0)")
        expect(page.locator(".preview a")).to_have_attribute("href", re.compile("#fig-bias-monte-carlo$"))
        expect(page).to_have_url(re.compile("bias_correction.html$"))


def compressed(path: str) -> int:
    return len(gzip.compress((HTML / path).read_bytes()))


def test_previews_weigh_less_than_15_kb_on_a_page():
    """What a page loads when a link to another page is first pointed at."""
    files = {path.stem: compressed(str(path.relative_to(HTML))) for path in (HTML / "previews").rglob("*.js")}
    assert files.pop("exercises") < 20_000  # the exercises of all chapters
    assert max(files.values()) < 15_000


@pytest.mark.parametrize("path", pages())
def test_every_reference_has_a_preview(path):
    """To a citation, an equation, a figure, a term: on the page itself or in its file of what other pages have."""
    file = (HTML / "previews" / path).with_suffix(".js")
    text = file.read_text(encoding="utf-8") if file.exists() else "window.previews = {};"
    others = json.loads(text.removeprefix("window.previews = ").rstrip(";\n"))
    article = parsed(path).select_one("article")
    for link in article.select("a.reference.internal") if article else []:
        address = link["href"]
        if address.startswith("#"):  # a state of a figure has no preview, and its figure is on the page
            assert article.find(id=address[1:].partition("?")[0]), address
        elif not re.match(r"(\.\./)?(slides|handouts|sheets|figures)/", address):  # no page of the book
            assert others[address].strip(), address


@pytest.mark.parametrize("path", [path for path in CHAPTERS if not path.endswith(("claims.html", "catalogue.html"))])
def test_chapter_links_its_terms_and_says_how_long_it_takes(path):
    article = parsed(path).select_one("article")
    assert re.fullmatch(r"\d+ min to read", article.select_one("h1 + .reading-time").text)
    if not path.endswith("notation.html"):
        assert len(article.select("a.term[href^='../glossary.html#term-']")) >= 3


@pytest.fixture
def unscripted(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1280, "height": 800}, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_scripts_code_has_colors_and_no_button_is_dead(base, unscripted):
    unscripted.goto(f"{base}/chapters/adam.html")
    word = unscripted.locator("article .highlight .kn").first
    expect(word).not_to_have_css("color", word.locator("xpath=..").evaluate("line => getComputedStyle(line).color"))
    for button in unscripted.locator("button:not(article button), input:not(article input)").all():
        assert not button.is_visible(), button.evaluate("button => button.outerHTML")


def test_without_scripts_a_phone_shows_the_contents_below_the_page(base, unscripted):
    unscripted.set_viewport_size({"width": 360, "height": 740})
    unscripted.goto(f"{base}/chapters/adam.html")
    link = unscripted.locator(".bd-sidebar-primary").get_by_role("link", name="Momentum", exact=True)
    assert link.bounding_box()["y"] > unscripted.locator(".prev-next-footer").bounding_box()["y"]
    assert unscripted.locator("html").evaluate("html => html.scrollWidth") <= 360
    link.click()
    expect(unscripted.locator("h1:visible")).to_contain_text("Momentum")


def test_in_another_sites_frame_where_nothing_can_be_kept_a_page_works(browser, site):
    with browser.new_context() as context:
        page = context.new_page()
        page.goto(f"{site}/robots.txt")  # a page without a policy
        page.evaluate(
            """address => {
                const frame = Object.assign(document.createElement("iframe"), {src: address, width: 1200, height: 700});
                frame.sandbox = "allow-scripts";
                document.body.append(frame);
            }""",
            f"{site}/chapters/adam.html",
        )
        inside = page.frame_locator("iframe")
        root = inside.locator("html")
        expect(root).to_have_attribute("data-mode", "auto")
        inside.locator(".theme-switch-button").last.click()
        expect(root).not_to_have_attribute("data-mode", "auto")
        inside.locator("body").press("Control+k")
        expect(inside.locator("#pst-search-dialog input")).to_be_visible()


def test_full_screen_button_works_without_an_inline_handler(site, page):
    page.goto(f"{site}/chapters/adam.html")
    button = page.get_by_role("button", name="Full screen")
    assert button.get_attribute("onclick") is None
    button.click()
    page.wait_for_function("() => document.fullscreenElement")
