"""Figures of charts and controls, as a reader has them in hand: in sight, answering, showing what can be dragged."""

import pytest
from playwright.sync_api import Browser, Locator, Page
from test_figures import EACH, FIGURES, opened, settled, slider, state

#: Keeps what is written on canvases.
LISTEN = """() => {
    window.written = [];
    const {fillText} = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
        window.written.push(text);
        return fillText.call(this, text, ...rest);
    };
}"""


def in_sight(part: Locator) -> bool:
    """Whether all of it is seen, with nothing of the page over it."""
    return bool(
        part.evaluate(
            """node => {
                const {left, right, top, bottom} = node.getBoundingClientRect();
                const x = (left + right) / 2;
                return top >= 0 && bottom <= innerHeight
                    && [top + 1, bottom - 1].every(y => node.contains(document.elementFromPoint(x, y)));
            }"""
        )
    )


@EACH
@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740)])
def test_all_plots_are_in_sight_with_any_slider_in_hand(
    name: str, width: int, height: int, browser: Browser, site: str
) -> None:
    page = browser.new_page(viewport={"width": width, "height": height})
    figure = opened(page, site, name)
    views = figure.locator(".fo-views")
    for control in figure.locator(".fo-slider").all():
        control.evaluate("node => scrollBy(0, node.getBoundingClientRect().bottom - innerHeight + 4)")
        settled(page)
        assert in_sight(control.locator("input"))
        assert in_sight(views)
    page.close()


def test_every_step_answers_and_says_its_number(page: Page, site: str) -> None:
    """Also on a curve that has a value in every third step only."""
    figure = opened(page, site, "CounterExample")
    page.evaluate(LISTEN)
    plot = figure.locator(".fo-plot").last
    plot.scroll_into_view_if_needed()
    for step in range(300, 306):
        page.evaluate("window.written = []")
        plot.evaluate(
            """(node, step) => {
                const {left, top, width} = node.getBoundingClientRect();
                const at = {clientX: left + (step / 900) * node.clientWidth, clientY: top + 20, bubbles: true};
                node.dispatchEvent(new PointerEvent("pointermove", at));
            }""",
            step,
        )
        settled(page)
        written = page.evaluate("window.written")
        assert written.count(f"step {step}") == 2
        numbers = [text for text in written if text[-1].isdigit() and not text.startswith("step")]
        assert len(numbers) == 6, (step, written)


def test_the_line_of_the_batch_size_is_dragged(page: Page, site: str) -> None:
    figure = opened(page, site, "MiniBatchNoise")
    plot = figure.locator(".fo-plot").last
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + 20, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 30, box["y"] + 40, steps=4)
    page.mouse.up()
    assert state(figure)["batch"] == 128
    assert "Drag the line" in figure.inner_text()


def test_a_choice_says_what_is_chosen(page: Page, site: str) -> None:
    figure = opened(page, site, "BiasCorrection")
    assert "Gradients\nconstant" in figure.locator(".fo-asked").inner_text()
    assert figure.get_by_role("radiogroup", name="Gradients").count() == 1


@EACH
def test_text_in_plots_is_large_enough(name: str, page: Page, site: str) -> None:
    figure = opened(page, site, name)
    sizes = figure.evaluate(
        """node => [...node.querySelectorAll(".fo-plot span, .fo-legend span, .fo-hint, .fo-readout")]
            .map(part => parseFloat(getComputedStyle(part).fontSize))"""
    )
    assert min(sizes) >= 12


def test_with_colours_of_the_readers_own_tracks_choices_and_the_ring_are_seen(browser: Browser, site: str) -> None:
    context = browser.new_context(forced_colors="active")
    page = context.new_page()
    figure = opened(page, site, "Spectrum")
    style = """(node, [part, name]) => getComputedStyle(node, part)[name]"""
    track = figure.locator(".fo-track").first
    assert "gradient" in track.evaluate(style, ["::before", "backgroundImage"])
    assert track.evaluate(style, ["::before", "forcedColorAdjust"]) == "none"
    ring = figure.locator(".fo-handle")
    canvas, dot = "node => getComputedStyle(node).backgroundColor", ["::after", "backgroundColor"]
    assert ring.evaluate(style, dot) != figure.evaluate(canvas)
    chosen, other = (
        figure.locator(f".fo-choice input{which} + span").first for which in (":checked", ":not(:checked)")
    )
    assert chosen.evaluate(canvas) != other.evaluate(canvas)
    context.close()


@EACH
def test_nothing_overflows_on_the_narrowest_phone(name: str, browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    figure = opened(page, site, name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert figure.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert slider(figure, next(iter(FIGURES[name][1]))).is_visible()
    page.close()
