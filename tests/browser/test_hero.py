"""The cover: its figure is whole on the first screen, says what is what in the picture, and tunes each method alike."""

import pytest
from playwright.sync_api import Browser, Page

from firstorder.figures import Cover

FIGURE = "document.querySelector('.fo-cover').figure"
SETTLED = f"() => !{FIGURE}.rates.next() && !{FIGURE}.rates.job && !{FIGURE}.frameAsked"

#: Whether the middle of the first path's first step has that path's colour.
OVER = f"""() => {{
    const {{map: {{plot, projected: [{{xs, ys}}]}}, runs: [{{style}}], theme}} = {FIGURE}
    const [x, y] = [xs, ys].map(([from, to]) => Math.round(plot.ratio * (from + to) / 2))
    const {{data}} = plot.canvases[1].getContext("2d").getImageData(x - 1, y - 1, 3, 3)
    const hex = k => "#" + [...data.slice(k, k + 3)].map(part => part.toString(16).padStart(2, "0")).join("")
    return [0, 4, 8, 12, 16, 20, 24, 28, 32].some(k => hex(k) === style[theme.name].toLowerCase())
}}"""


@pytest.fixture(scope="module")
def cover(browser: Browser, site: str) -> Page:
    page = browser.new_page(viewport={"width": 1280, "height": 800})
    page.goto(f"{site}/index.html")
    page.locator(".fo-cover").wait_for()
    page.wait_for_function(SETTLED)
    yield page
    page.close()


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_title_question_picture_play_and_both_sliders_are_on_the_first_screen(cover, width, height):
    cover.set_viewport_size({"width": width, "height": height})
    cover.wait_for_function(SETTLED)
    title = cover.locator(".bd-article h1")
    assert title.bounding_box()["height"] < 2 * float(title.evaluate("e => parseFloat(getComputedStyle(e).fontSize)"))
    parts = [".is-now .fo-question", ".fo-plot", ".fo-primary", ".fo-slider >> nth=0", ".fo-slider >> nth=1"]
    for part in parts:
        box = cover.locator(f".fo-cover {part}").first.bounding_box()
        assert box["y"] >= 0, part
        assert box["y"] + box["height"] <= height, part
    plot = cover.locator(".fo-cover .fo-plot").bounding_box()
    for word in cover.locator(".fo-words span").all():
        box = word.bounding_box()
        assert plot["x"] <= box["x"]
        assert box["x"] + box["width"] <= plot["x"] + plot["width"] + 1
    assert cover.evaluate("document.documentElement.scrollWidth") <= width
    assert {"start", "minimum", "SGD", "Momentum", "Adam"} == set(cover.locator(".fo-words span").all_inner_texts())


def test_page_and_python_find_the_same_best_rates(cover):
    found = cover.evaluate(f"{FIGURE}.optimizers.map(one => one.hyperparameters.lr)")
    expected = [one["hyperparameters"]["lr"] for one in Cover().optimizers]
    assert found == pytest.approx(expected, rel=1e-6)


def test_a_round_valley_has_another_winner_at_rates_of_its_own(cover):
    before = cover.evaluate(f"{FIGURE}.optimizers.map(one => one.hyperparameters.lr)")
    picture = cover.locator(".fo-cover .fo-plot").bounding_box()
    cover.locator(".fo-cover .fo-slider input").first.fill("0")
    cover.wait_for_function(SETTLED)
    after = cover.evaluate(f"{FIGURE}.optimizers.map(one => one.hyperparameters.lr)")
    ends = cover.evaluate(f"{FIGURE}.runs.map(run => run.trajectory.values.at(-1))")
    assert after != before
    assert ends[0] == min(ends)
    assert cover.evaluate(OVER)  # the winner's line, though Momentum's is as straight
    assert cover.locator(".fo-cover .fo-plot").bounding_box() == picture  # the shorter question moves nothing
    assert "round" in cover.locator(".is-now .fo-question").inner_text()
    cover.get_by_role("button", name="Reset").first.click()
