"""The frame of a page: what it loads at once, its theme from the first paint on, and where one is in it."""

import pytest
from built import HTML, pages, parsed
from playwright.sync_api import Browser, Page, expect

ADAM = "chapters/adam.html"
DARK, LIGHT = "rgb(18, 18, 18)", "rgb(255, 255, 255)"


@pytest.mark.parametrize("path", pages())
def test_page_waits_for_one_style_sheet_and_for_no_script(path):
    soup = parsed(path)
    sheets = [link["href"] for link in soup.select("link[rel=stylesheet]") if not link.find_parent("noscript")]
    assert [sheet.rpartition("/")[2].partition("?")[0] for sheet in sheets] == ["page.css"]
    scripts = soup.select("script[src]")
    assert all(script.has_attr("defer") for script in scripts)
    names = {script["src"].rpartition("/")[2].partition("?")[0] for script in scripts}
    assert {"page.js"} <= names <= {"page.js", "figures.js", "again.js"}
    assert len(soup.select("meta[name=viewport]")) == 1


def test_the_one_style_sheet_is_small():
    assert len((HTML / "_static" / "page.css").read_bytes()) < 110_000  # ten had 350,000


@pytest.mark.parametrize(
    ("system", "chosen", "ground"),
    [("dark", None, DARK), ("light", None, LIGHT), ("dark", "light", LIGHT), ("light", "dark", DARK)],
)
def test_first_paint_has_the_readers_theme(system, chosen, ground, browser: Browser, base):
    """What a page looks like before any of its scripts has arrived."""
    with browser.new_context(color_scheme=system) as context:
        if chosen:
            context.add_init_script(f"localStorage.mode = '{chosen}'")
        page = context.new_page()
        page.route("**/*.js*", lambda route: route.abort())
        page.goto(f"{base}/{ADAM}")
        expect(page.locator("body")).to_have_css("background-color", ground)
        word = page.locator("article .highlight .kn").first
        expect(word).not_to_have_css("color", word.locator("xpath=..").evaluate("pre => getComputedStyle(pre).color"))


@pytest.mark.parametrize(("system", "ground"), [("dark", DARK), ("light", LIGHT)])
def test_without_scripts_a_page_has_the_systems_theme(system, ground, browser: Browser, base):
    with browser.new_context(color_scheme=system, java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{base}/{ADAM}")
        expect(page.locator("body")).to_have_css("background-color", ground)
        light, dark = (page.locator(f".firstorder-fallback .firstorder-{name}").first for name in ("light", "dark"))
        expect(dark if system == "dark" else light).to_be_visible()
        expect(light if system == "dark" else dark).to_be_hidden()


def test_the_theme_follows_the_system_until_one_is_chosen(site, page: Page):
    page.emulate_media(color_scheme="light")
    page.goto(f"{site}/citing.html")
    page.emulate_media(color_scheme="dark")
    expect(page.locator("body")).to_have_css("background-color", DARK)
    page.get_by_role("button", name="Color mode").click()
    expect(page.locator("body")).to_have_css("background-color", LIGHT)
    page.reload()
    expect(page.locator("body")).to_have_css("background-color", LIGHT)


def test_a_closed_sidebar_is_no_stop_of_the_keyboard(site, page: Page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/{ADAM}")
    for _ in range(12):
        page.keyboard.press("Tab")
        assert not page.evaluate("document.activeElement.closest('.bd-sidebar-primary, .bd-sidebar-secondary')")
    assert page.evaluate("document.activeElement.closest('article') !== null")


def test_sidebars_open_over_a_phones_page_and_close(site, page: Page):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/{ADAM}")
    page.get_by_role("button", name="Contents of the book").click()
    link = page.get_by_role("dialog").get_by_role("link", name="Momentum", exact=True)
    expect(link).to_be_in_viewport()
    page.keyboard.press("Escape")
    expect(link).to_be_hidden()
    page.get_by_role("button", name="Contents of this page").click()
    page.get_by_role("dialog").get_by_role("link", name="Exercises").click()
    expect(page.get_by_role("heading", name="Exercises").first).to_be_in_viewport()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_the_contents_say_where_one_is(site, page: Page):
    page.goto(f"{site}/{ADAM}")
    current = page.locator("#pst-page-toc-nav [aria-current]")
    page.evaluate("document.getElementById('the-rule').scrollIntoView()")
    expect(current).to_have_text("The rule")
    page.keyboard.press("End")
    expect(current).to_have_text("Sources")
    page.evaluate("scrollTo(0, 0)")
    expect(current).to_have_count(0)


def test_a_section_off_the_screen_is_left_out_and_still_found(site, page: Page):
    page.goto(f"{site}/{ADAM}#sources")
    heading = page.get_by_role("heading", name="Sources")
    expect(heading).to_be_in_viewport()
    section = page.locator("#the-rule")
    expect(section).to_have_css("content-visibility", "auto")
    page.emulate_media(media="print")
    expect(section).to_have_css("content-visibility", "visible")


@pytest.mark.parametrize("width", [320, 1280])
def test_ways_to_other_chapters_stand_in_the_column(width, site, page: Page):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/{ADAM}")
    column = page.locator("article > section").bounding_box()
    for part in page.locator(".prev-next-area :is(a, i, p)").all():
        box = part.bounding_box()
        assert box["x"] >= column["x"] - 1
        assert box["x"] + box["width"] <= column["x"] + column["width"] + 1


def test_with_colors_of_the_readers_own_the_current_page_is_marked(browser: Browser, site):
    with browser.new_context(forced_colors="active", viewport={"width": 1280, "height": 800}) as context:
        page = context.new_page()
        page.goto(f"{site}/{ADAM}")
        expect(page.locator(".bd-sidebar-primary .current > a")).to_have_css("border-left-style", "solid")


def test_code_is_copied_by_a_button_of_its_own(context, site, page: Page):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{site}/{ADAM}")
    code = page.locator(".cell_input .highlight:visible").first
    code.hover()
    code.get_by_role("button", name="Copy").click()
    expect(page.locator(".copied")).to_have_text("Code copied")
    assert page.evaluate("navigator.clipboard.readText()") == code.locator("pre").inner_text().rstrip()
    assert page.locator(".cell_output .copybtn").count() == 0


def test_what_is_folded_has_a_mark_that_turns(site, page: Page):
    page.goto(f"{site}/{ADAM}")
    folded = page.locator("details.hide > summary").first
    mark = "s => getComputedStyle(s, '::before').content"
    assert "▸" in folded.evaluate(mark)
    folded.click()
    assert "▾" in folded.evaluate(mark)


def test_a_symbol_lights_up_wherever_it_is(site, page: Page):
    page.goto(f"{site}/{ADAM}")
    page.locator("#playground-1").scroll_into_view_if_needed()
    page.locator(".fo-slider[data-name=beta2]").first.wait_for(state="attached")
    symbol = page.locator("math[display=block] [data-symbol=beta2]").first
    symbol.scroll_into_view_if_needed()
    symbol.hover()
    lit = "name => [...document.querySelectorAll(`${name}.is-lit`)].map(e => e.dataset.symbol ?? e.dataset.name)"
    until(page, "document.querySelector('[data-symbol].is-lit') !== null")
    assert set(page.evaluate(lit, "math [data-symbol]")) == {"beta2"}
    assert set(page.evaluate(lit, ".fo-slider")) == {"beta2"}
    assert page.evaluate("CSS.highlights.get('symbol').size") > 5
    page.locator(".fo-slider[data-name=beta1] input").first.focus()
    assert set(page.evaluate(lit, "math [data-symbol]")) == {"beta1"}
    page.locator("math[display=block][tabindex]").first.focus()
    page.keyboard.press("ArrowRight")
    expect(page.locator(".copied")).to_contain_text("in formulas")


def until(page: Page, true: str) -> None:
    """Playwright's own way to wait evaluates text in the page, which its policy forbids."""
    for _ in range(100):
        if page.evaluate(true):
            return
        page.wait_for_timeout(50)
    raise AssertionError(f"never came: {true}")


MARK = """(symbol) => document.querySelector(`article p [data-symbol=${symbol}]`)
    .dispatchEvent(new PointerEvent("pointermove", {bubbles: true, pointerType: "mouse"}))"""
LIT = "[...document.querySelectorAll('#bias_correction-1 .fo-label.is-lit')].map((label) => label.textContent)"
DRAWN = "document.querySelector('#bias_correction-1 .fo-label[data-symbol=m]') !== null"


def test_curves_stand_out_at_their_symbol_and_light_it_up(site, page: Page):
    page.goto(f"{site}/chapters/bias_correction.html")
    page.locator("#bias_correction-1").scroll_into_view_if_needed()
    until(page, DRAWN)
    page.evaluate(MARK, "beta2")
    until(page, f"{LIT}.join() === 'v,v̂'")
    page.locator("#bias_correction-1 .fo-label[data-symbol=m]").hover()
    until(page, f"{LIT}.join() === 'm'")
    assert page.locator("math [data-symbol=m].is-lit").count() == page.locator("math [data-symbol=m]").count()
    # The slider's figure answers to it without: its curves move.
    page.locator("#bias_correction-1 .fo-slider[data-name=beta1]").hover()
    until(page, f"!{LIT}.length && document.querySelector('math .is-lit').dataset.symbol === 'beta1'")


def test_formulas_answer_in_firefox_too(site, firefox):
    firefox.goto(f"{site}/chapters/bias_correction.html")
    firefox.evaluate("document.querySelector('#bias_correction-1').scrollIntoView()")
    firefox.wait_for(DRAWN)
    firefox.evaluate(f"({MARK})('beta2')")
    firefox.wait_for(f"{LIT}.join() === 'v,v̂'")
    assert firefox.evaluate("CSS.highlights.get('symbol').size") > 5
    firefox.evaluate("document.querySelector('#bias_correction-1 [data-name=beta1] input').focus()")
    assert firefox.evaluate("document.querySelector('math .is-lit').dataset.symbol") == "beta1"


@pytest.mark.parametrize("width", [360, 1000])
def test_the_bar_is_as_high_as_it_says_and_nothing_lies_over_a_phones_page(width, site, page: Page):
    page.set_viewport_size({"width": width, "height": 740})
    page.goto(f"{site}/{ADAM}")
    pinned = page.locator("#playground-1 .fo-map")
    page.locator("#playground-1").scroll_into_view_if_needed()
    pinned.wait_for()
    page.locator("#playground-1 .fo-card:visible").evaluate("card => card.scrollIntoView({block: 'end'})")
    bar = page.locator(".bd-header-article").bounding_box()
    assert float(pinned.evaluate("map => parseFloat(getComputedStyle(map).top)")) == bar["height"]
    page.mouse.move(width / 2, 400)
    page.evaluate("scrollTo({top: 3000, behavior: 'instant'})")
    page.wait_for_timeout(300)
    for _ in range(3):  # one turns back
        page.mouse.wheel(0, -100)
        page.wait_for_timeout(150)
    expect(page.locator("#pst-back-to-top")).to_be_visible(visible=width > 768)
