"""What leads through the figures, and the links of the text that move them: by mouse, keys and finger, and still."""

import re

import pytest
from built import some
from firefox import Firefox
from playwright.sync_api import Browser, Locator, Page, expect
from test_figures import SOME, alone, opened, settled, slider, state

from firstorder import figures
from firstorder.figures import tours

#: Pages with links that move a figure, of those that `make test` asks.
LINKED = some([f"chapters/{name}.html" for name in ("adam", "bias_correction", "landscapes", "momentum", "training")])


def now(figure: Locator) -> Locator:
    """What of the guide is seen."""
    return figure.locator(".fo-page.is-now")


def press(figure: Locator, name: str) -> None:
    now(figure).get_by_role("button", name=name).click()
    settled(figure.page)


@SOME
def test_a_guide_leads_through_its_states_by_keys_and_moves_nothing_else(name: str, page: Page, site: str) -> None:
    figure, guide = alone(page, site, name), getattr(figures, name).leads
    usual = getattr(figures, name)().state
    assert guide.question in now(figure).inner_text()
    plots = figure.locator(".fo-views")
    place = plots.bounding_box()
    now(figure).get_by_role("button", name="Tour").press("Enter")
    for k, stop in enumerate(guide.tour):
        settled(page)
        assert state(figure) == usual | stop.state
        expect(now(figure)).to_contain_text(f"{k + 1}/{len(guide.tour)} {stop.said}")
        assert plots.bounding_box() == place
        if k + 1 < len(guide.tour):
            assert page.evaluate("document.activeElement.textContent") == "Next ›"
            page.keyboard.press("Enter")
    expect(figure.get_by_role("status")).to_contain_text(guide.tour[-1].said)
    press(figure, "Close")
    assert guide.attempt in now(figure).inner_text()
    press(figure, "Guess first")
    assert plots.bounding_box() == place


def test_who_guesses_is_told_whether_it_was_right_and_why(page: Page, site: str) -> None:
    figure, guess = alone(page, site, "MiniBatchNoise"), figures.MiniBatchNoise.leads.guess
    for option in guess.options:
        press(figure, "Guess first")
        assert state(figure)["batch"] == 4
        now(figure).get_by_role("button", name=option, exact=True).press("Enter")
        settled(page)
        assert state(figure)["batch"] == 64
        expect(now(figure)).to_contain_text("Yes:" if option == guess.answer else f"Not quite. {guess.answer}")
        expect(now(figure)).to_contain_text(guess.why)
        press(figure, "Close")


def test_a_line_is_drawn_before_the_curve_is_shown(page: Page, site: str) -> None:
    figure = opened(page, site, "Smoothing")
    names = figure.locator(".fo-label:visible")
    assert "b" in names.all_inner_texts()
    press(figure, "Guess first")
    points = figure.get_by_role("slider", name="What you expect")
    expect(points).to_have_count(6)
    assert state(figure)["decay"] == 0.98
    assert "b" not in names.all_inner_texts()
    expect(figure.locator(".fo-readout")).not_to_be_visible()
    step = state(figure)["step"]
    box = figure.locator(".fo-sketch").bounding_box()
    page.mouse.move(box["x"] + 4, box["y"] + 0.2 * box["height"])
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 4, box["y"] + 0.8 * box["height"], steps=3)
    page.mouse.up()
    heights = [int(point.get_attribute("aria-valuenow")) for point in points.all()]
    assert heights == sorted(heights, reverse=True)
    assert (heights[0], heights[-1]) == (pytest.approx(80, abs=3), pytest.approx(20, abs=3))
    assert state(figure)["step"] == step, "a hand that draws moves the line below"
    points.last.press("ArrowUp")
    assert int(points.last.get_attribute("aria-valuenow")) == heights[-1] + 1
    assert re.fullmatch(r"−?[\d.]+ at \d+", points.last.get_attribute("aria-valuetext"))
    press(figure, "Show")
    assert "b" in names.all_inner_texts()
    expect(now(figure)).to_contain_text("At the end you expected")
    expect(now(figure)).to_contain_text(figures.Smoothing.leads.guess.why)
    expect(figure.locator(".fo-sketch polyline")).to_be_visible()
    slider(figure, "decay").press("ArrowLeft")
    settled(page)
    expect(figure.locator(".fo-sketch")).to_have_count(0)


def test_a_finger_draws_too(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    figure = opened(page, site, "Smoothing")
    now(figure).get_by_role("button", name="Guess first").tap()
    sketch = figure.locator(".fo-sketch")
    sketch.scroll_into_view_if_needed()
    box = sketch.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] / 2, box["y"] + 8)
    values = sketch.get_by_role("slider").evaluate_all("all => all.map(point => Number(point.ariaValueNow))")
    assert max(values) > 90
    for button in now(figure).get_by_role("button").all():
        assert button.bounding_box()["height"] >= 40
    context.close()


@pytest.mark.parametrize("path", LINKED)
def test_a_link_in_a_sentence_moves_the_figure_and_leaves_the_sentence_in_sight(
    path: str, page: Page, site: str
) -> None:
    page.goto(f"{site}/{path}")
    links = page.locator("article a.see").all()
    assert links
    for link in links:
        asked = link.get_attribute("href")
        host = page.locator(f"[id='{asked[1:].partition('?')[0]}']")
        link.scroll_into_view_if_needed()
        link.click()
        figure = host.locator(".fo-figure")
        figure.wait_for()
        settled(page)
        said = dict(part.split("=") for part in asked.partition("?")[2].split("&"))
        assert {name: str(state(figure)[name]).removesuffix(".0") for name in said} == said
        assert host.locator(".firstorder-note").count() == 0
        assert page.evaluate("location.hash") == asked
        plots = figure.locator(".fo-views").bounding_box()
        bar = page.locator(".bd-header-article").bounding_box()
        top, bottom = bar["y"] + bar["height"], page.viewport_size["height"]
        seen = min(plots["y"] + plots["height"], bottom) - max(plots["y"], top)
        assert seen > 0.85 * min(plots["height"], bottom - top)
        back = page.get_by_role("button", name="Back to the sentence")
        if back.count():  # the two are farther apart than the window is high
            back.click()
        expect(link).to_be_in_viewport()
        expect(back).to_have_count(0)


def test_a_link_to_a_stop_of_the_tour_says_what_there_is_to_see(browser: Browser, site: str) -> None:
    """At the first tap of a finger as well, which elsewhere shows what a link leads to."""
    context = browser.new_context(viewport={"width": 390, "height": 800}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{site}/chapters/momentum.html")
    link, figure = page.locator("article a.see").last, page.locator("#smoothing-1 .fo-figure")
    link.scroll_into_view_if_needed()
    figure.wait_for()  # the finger comes down on what stands still
    link.tap()
    expect(now(figure)).to_contain_text(figures.Smoothing.leads.tour[2].said)
    expect(figure.get_by_role("status")).to_contain_text(figures.Smoothing.leads.tour[2].said)
    expect(figure.locator(".fo-plot").first).to_be_in_viewport()
    assert page.locator("#preview").count() == 0
    slider(figure, "decay").press("ArrowLeft")
    settled(page)
    expect(now(figure)).to_have_class(re.compile("is-left"))
    context.close()


def test_the_path_that_a_reader_expects_is_drawn_on_the_map(page: Page, site: str) -> None:
    page.goto(f"{site}/figures/momentum/playground-1.html")
    figure, guess = page.locator(".fo-figure"), tours.MOMENTUM.guess
    figure.wait_for()
    settled(page)
    press(figure, "Guess first")
    points = figure.get_by_role("slider", name="What you expect")
    expect(points).to_have_count(5)
    assert state(figure)["optimizers"][1]["hyperparameters"]["momentum"] == 0.95
    assert figure.evaluate("node => node.figure.scene.paths.length") == 1
    for part in (".fo-outcome >> nth=0", ".fo-loss canvas >> nth=0"):
        expect(figure.locator(part)).not_to_be_visible()
    start = state(figure)["start"]
    box = figure.locator(".fo-sketch").bounding_box()
    at = [(0.3, 0.5), (0.5, 0.5), (0.7, 0.5)]
    page.mouse.move(box["x"] + at[0][0] * box["width"], box["y"] + at[0][1] * box["height"])
    page.mouse.down()
    for x, y in at[1:]:
        page.mouse.move(box["x"] + x * box["width"], box["y"] + y * box["height"], steps=4)
    page.mouse.up()
    assert state(figure)["start"] == start, "a hand that draws moves the start below"
    low, high = figure.evaluate("node => node.figure.landscape.domain.slice(0, 2)")
    said = points.last.get_attribute("aria-valuetext")
    assert float(re.findall(r"[\d.]+", said)[0]) == pytest.approx(low + 0.7 * (high - low), abs=0.1)
    points.last.press("ArrowRight")
    assert points.last.get_attribute("aria-valuetext") != said
    press(figure, "Show")
    expect(now(figure)).to_contain_text("You expected the end at")
    expect(now(figure)).to_contain_text(guess.why)
    assert figure.evaluate("node => node.figure.scene.paths.length") == 2
    expect(figure.locator(".fo-sketch polyline")).to_be_visible()
    figure.get_by_role("slider", name="Start of the paths").press("ArrowRight")
    settled(page)
    expect(figure.locator(".fo-sketch")).to_have_count(0)


@pytest.mark.parametrize(("path", "module"), [("index", "cover"), ("chapters/which_optimizer", "comparison")])
def test_a_tour_leads_through_what_has_no_curves(path: str, module: str, page: Page, site: str) -> None:
    page.goto(f"{site}/{path}.html")
    kind = {"cover": figures.Cover, "comparison": figures.Comparison}[module]
    host = page.locator(f"[data-module={module}]")
    host.scroll_into_view_if_needed()
    figure = host.locator(".fo-figure")
    figure.wait_for()
    for k, stop in enumerate(kind.leads.tour):
        press(figure, "Next" if k else "Tour")
        page.wait_for_timeout(100)  # while rates are found the state goes on changing
        found = state(figure)
        assert {name: found[name] for name in stop.state} == stop.state
        expect(now(figure)).to_contain_text(stop.said)
        expect(now(figure)).not_to_have_class(re.compile("is-left"))
    page.goto(f"{site}/{path}.html")
    map_of_methods = page.locator("[data-module=method_map]")
    map_of_methods.scroll_into_view_if_needed()
    figure = map_of_methods.locator(".fo-figure")
    figure.wait_for()
    press(figure, "Guess first")
    press(figure, figures.MethodMap.leads.guess.answer)
    assert state(figure) == figures.MethodMap.leads.guess.state
    expect(now(figure)).to_contain_text("Yes:")


def test_a_presenters_remote_leads_through_a_figure_that_stands_alone(page: Page, site: str) -> None:
    figure, guide = alone(page, site, "MiniBatchNoise"), figures.MiniBatchNoise.leads
    said = [guide.guess.asked, guide.guess.why, *(stop.said for stop in guide.tour)]
    for words in said:
        page.keyboard.press("PageDown")
        expect(now(figure)).to_contain_text(words)
    for words in [*said[-2::-1], guide.question]:
        page.keyboard.press("PageUp")
        expect(now(figure)).to_contain_text(words)
    figure.get_by_role("slider").first.press("PageDown")
    expect(now(figure)).to_contain_text(guide.question)


def test_firefox_draws_and_follows_a_sentence_too(site: str, firefox: Firefox) -> None:
    page = ".fo-page.is-now"
    firefox.goto(f"{site}/figures/bias_correction/bias_correction-1.html")
    firefox.wait_for(f"document.querySelector('{page} button')")
    firefox.evaluate(f"document.querySelector('{page} button').click()")
    firefox.wait_for("document.querySelector('.fo-sketch')")
    heights = "[...document.querySelectorAll('.fo-sketch [role=slider]')].map(point => Number(point.ariaValueNow))"
    assert firefox.evaluate(heights) == [50] * 6
    firefox.drag(".fo-sketch", 120, 30)
    assert min(firefox.evaluate(heights)) < 50
    firefox.evaluate(f"document.querySelector('{page} button').click()")
    firefox.wait_for(f"document.querySelector('{page}').textContent.includes('At the end you expected')")
    firefox.goto(f"{site}/chapters/bias_correction.html")
    firefox.evaluate("document.querySelector('article a.see').click()")
    firefox.wait_for("document.querySelector('#bias_correction-1 .fo-figure')?.figure.state.beta2 === 0.9999")
