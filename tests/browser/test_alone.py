"""Each figure on a page of its own: for a projector, and to embed in another site."""

import re
from pathlib import Path

import pytest
from accessibility import complaints
from built import EVERY, HTML, in_turn, pages, parsed
from fallback import says_what_it_needs
from playwright.sync_api import Browser, Locator, Page, expect

PAGES = sorted(str(path.relative_to(HTML)) for path in HTML.glob("figures/*/*.html"))
PLAYGROUND = "figures/adam/playground-1.html"
#: One of each kind, by the name of its front end; `make release-test` opens all.
SOME = PAGES if EVERY else list({Path(path).stem.rpartition("-")[0]: path for path in PAGES}.values())


def settled(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def opened(page: Page, address: str) -> Locator:
    page.goto(address)
    figure = page.locator(".fo-figure").first
    figure.wait_for()
    settled(page)
    return figure


def test_every_figure_of_the_book_has_a_page_of_its_own() -> None:
    wanted = set()
    for path in pages():
        hosts = parsed(path).select(".firstorder-widget")
        wanted |= {f"figures/{host['data-page']}/{host['id']}.html" for host in hosts}
    assert wanted
    assert set(PAGES) == wanted


@pytest.mark.parametrize(("path", "window"), in_turn(SOME, [(1920, "light"), (360, "dark")]))
def test_it_fills_the_window_and_can_be_read_by_everyone(path: str, window: tuple[int, str], page: Page, site: str):
    width, theme = window
    page.set_viewport_size({"width": width, "height": width * 9 // 16 if width > 1000 else 740})
    figure = opened(page, f"{site}/{path}?theme={theme}")
    assert figure.evaluate("node => node.figure.theme.name") == theme
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert figure.bounding_box()["width"] > 0.9 * width
    letters = figure.evaluate("node => 14 * (node.currentCSSZoom ?? 1)")
    assert letters == (21 if width == 1920 else 14)
    assert not complaints(page)


def test_it_leads_back_to_its_chapter(page: Page, site: str) -> None:
    opened(page, f"{site}/{PLAYGROUND}")
    page.get_by_role("link", name="Adam", exact=True).click()
    expect(page).to_have_url(f"{site}/chapters/adam.html#playground-1")


def test_on_a_projector_no_slider_is_out_of_sight_of_the_map(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    figure = opened(page, f"{site}/{PLAYGROUND}")
    edges = "node => { const { top, bottom } = node.getBoundingClientRect(); return [top, bottom]; }"
    seen = [figure.locator(".fo-map .fo-plot"), *figure.locator("input[type=range]:visible").all()]
    places = [place.evaluate(edges) for place in seen]
    assert len(places) > 8
    assert all(top >= 0 and bottom <= 1080 for top, bottom in places), places


def test_on_a_projector_a_figure_of_charts_is_in_sight_with_all_that_moves_it(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    for name in ("momentum/smoothing-1", "adam/anatomy-1"):
        figure = opened(page, f"{site}/figures/{name}.html")
        page.wait_for_function("document.documentElement.scrollHeight <= innerHeight")
        assert figure.locator(".fo-plot").first.bounding_box()["height"] > 150
    page.set_viewport_size({"width": 360, "height": 740})
    page.wait_for_function("document.documentElement.scrollHeight > innerHeight")


def test_an_enlarged_map_is_pressed_where_it_is_seen(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 1920, "height": 1080})
    figure = opened(page, f"{site}/{PLAYGROUND}")
    plot = figure.locator(".fo-map .fo-plot").bounding_box()
    page.mouse.click(plot["x"] + 0.75 * plot["width"], plot["y"] + 0.25 * plot["height"])
    x0, x1, y0, y1 = figure.evaluate("node => node.figure.landscape.domain")
    wanted = [x0 + 0.75 * (x1 - x0), y1 - 0.25 * (y1 - y0)]
    assert figure.evaluate("node => node.figure.start") == pytest.approx(wanted, abs=0.01)
    settled(page)
    ring = figure.get_by_role("slider", name="Start of the paths").bounding_box()
    seen = [ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2]
    assert seen == pytest.approx([plot["x"] + 0.75 * plot["width"], plot["y"] + 0.25 * plot["height"]], abs=2)
    page.mouse.move(seen[0] + 5, seen[1])
    page.mouse.down()
    page.mouse.move(seen[0] + 65, seen[1], steps=3)
    page.mouse.up()
    moved = figure.evaluate("node => node.figure.start[0]") - wanted[0]
    assert moved == pytest.approx(60 / plot["width"] * (x1 - x0), abs=0.02)


def test_a_chapter_opens_it_in_the_state_of_now(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/adam.html")
    figure = page.locator("#playground-1 .fo-figure")
    page.locator("#playground-1").scroll_into_view_if_needed()
    figure.get_by_label("Landscape").select_option("beale")
    figure.get_by_role("link", name="Own page").click()
    expect(page).to_have_url(f"{site}/{PLAYGROUND}#playground-1?landscape=beale")
    expect(page.get_by_label("Landscape")).to_have_value("beale")


def test_it_lives_in_the_page_of_another_site_by_the_html_that_is_copied(
    browser: Browser, site: str, tmp_path: Path
) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(f"{site}/chapters/adam.html")
    page.locator("#playground-1").scroll_into_view_if_needed()
    figure = page.locator("#playground-1 .fo-figure")
    figure.get_by_label("Landscape").select_option("beale")
    figure.get_by_role("button", name="Embed").click()
    expect(figure.get_by_role("button", name="Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert re.match(r'<iframe src="http[^"]*/figures/adam/playground-1.html#playground-1\?landscape=beale"', copied)
    other = tmp_path / "slide.html"
    other.write_text(f"<!doctype html><title>A slide</title>{copied}", encoding="utf-8")
    page.goto(other.as_uri())
    inside = page.frame_locator("iframe")
    expect(inside.get_by_label("Landscape")).to_have_value("beale")
    ring = inside.get_by_role("slider", name="Start of the paths")
    before = ring.get_attribute("aria-valuetext")
    ring.press("ArrowRight")
    expect(ring).not_to_have_attribute("aria-valuetext", before)
    hidden = page.frames[1].evaluate("document.documentElement.scrollHeight - innerHeight")
    assert hidden <= 0, f"{hidden} pixels of the figure lie below its frame"
    context.close()


def test_without_scripts_it_says_what_it_shows_and_what_it_needs(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/{PLAYGROUND}")
    assert says_what_it_needs(page.locator(".firstorder-fallback"))
    context.close()


# ---------------------------------------------------------------- what gets lost on its way


@pytest.mark.parametrize("lost", ["**/figures.js*", "**/figures.css*", "**/kinds/*.js*", "**/data/*.js"])
def test_a_file_that_is_lost_once_is_asked_for_again(lost: str, browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    seen: set[str] = set()

    def lose(route):
        if route.request.url in seen:
            route.continue_()
        else:
            seen.add(route.request.url)
            route.abort()

    page.route(lost, lose)
    page.goto(f"{site}/chapters/adam.html")
    page.locator("#playground-1").scroll_into_view_if_needed()
    expect(page.locator("#playground-1 .fo-figure")).to_be_visible(timeout=20_000)
    assert seen
    context.close()


def test_a_file_that_does_not_come_is_said_and_can_be_asked_for_again(browser: Browser, site: str) -> None:
    context = browser.new_context()
    page = context.new_page()
    page.clock.install()
    page.route("**/data/*.js", lambda route: route.abort())
    page.goto(f"{site}/{PLAYGROUND}")
    for _ in range(8):
        page.clock.run_for(3000)
        page.wait_for_timeout(100)
    expect(page.get_by_role("status")).to_contain_text("could not be loaded")
    page.unroute("**/data/*.js")
    page.get_by_role("button", name="Try again").click()
    page.clock.run_for(1000)
    page.clock.resume()
    expect(page.locator(".fo-figure")).to_be_visible()
    context.close()
