"""Figures of charts and controls, as a reader has them in hand: in sight, answering, showing what can be dragged."""

import json
import re
import xml.etree.ElementTree as ET
from importlib.resources import files

import pytest
from built import HTML, in_turn
from playwright.sync_api import Browser, Locator, Page
from test_figures import EACH, FIGURES, alone, opened, settled, slider, state

import firstorder as fo
from firstorder import figures

TOKENS = json.loads(files("firstorder").joinpath("figures", "tokens.json").read_text(encoding="utf-8"))
#: The colours of each method, light and dark, by its name.
COLOURS = {
    optimizer.rule.name: TOKENS["colors"][TOKENS["methods"][key]["color"]] for key, optimizer in fo.OPTIMIZERS.items()
}

#: Of words, such as the title of a plot.
NEUTRAL = {
    TOKENS["themes"][theme][role] for theme in ("light", "dark") for role in ("text", "muted", "surface", "onAccent")
}

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


@pytest.mark.parametrize(("name", "window"), in_turn(FIGURES, [(1280, 800), (360, 740)]))
def test_all_plots_are_in_sight_with_any_slider_in_hand(
    name: str, window: tuple[int, int], browser: Browser, site: str
) -> None:
    width, height = window
    page = browser.new_page(viewport={"width": width, "height": height})
    figure = opened(page, site, name)
    views = figure.locator(".fo-views")
    for control in figure.locator(".fo-slider:visible").all():
        page.evaluate("scrollTo(0, 0)")  # and down: a page that goes up shows a button over its end
        control.evaluate("node => scrollBy(0, node.getBoundingClientRect().bottom - innerHeight + 4)")
        settled(page)
        assert in_sight(control.locator("input"))
        assert in_sight(views)
    for control in figure.locator(".fo-slider:visible input").all():
        control.evaluate("node => { document.activeElement.blur(); node.focus(); }")
        settled(page)
        box, plots = control.bounding_box(), views.bounding_box()
        assert plots["y"] + plots["height"] <= box["y"], "what has the focus lies under the plots"
        assert box["y"] + box["height"] <= height + 1
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
    page.mouse.move(box["x"] + box["width"] - 3, box["y"] + 40, steps=4)
    page.mouse.up()
    assert state(figure)["batch"] == 128
    assert "Drag the line" in figure.inner_text()


def test_a_choice_says_what_is_chosen(page: Page, site: str) -> None:
    figure = opened(page, site, "BiasCorrection")
    assert "Gradients\nconstant" in figure.locator(".fo-asked").inner_text()
    assert figure.get_by_role("radiogroup", name="Gradients").count() == 1


@EACH
def test_text_in_plots_is_large_enough(name: str, page: Page, site: str) -> None:
    figure = alone(page, site, name)
    sizes = figure.evaluate(
        """node => [...node.querySelectorAll(".fo-plot span, .fo-legend span, .fo-hint, .fo-readout")]
            .map(part => parseFloat(getComputedStyle(part).fontSize))"""
    )
    assert min(sizes) >= 12


def test_with_colours_of_the_readers_own_tracks_choices_and_the_ring_are_seen(browser: Browser, site: str) -> None:
    context = browser.new_context(forced_colors="active", color_scheme="dark")
    page = context.new_page()
    figure = opened(page, site, "Spectrum")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert figure.locator(".fo-plot canvas").first.evaluate("e => getComputedStyle(e).backgroundColor") == ground
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
    figure = alone(page, site, name)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert figure.evaluate("node => node.scrollWidth <= node.clientWidth")
    assert all(slider(figure, control).is_visible() for control in FIGURES[name][1])
    page.close()


@pytest.mark.parametrize("name", ["write_your_own", "convergence"])
def test_what_the_first_figure_needs_is_asked_for_with_the_page_and_once(name: str, page: Page, site: str) -> None:
    """And used: a page that preloads another version than it loads would ask twice."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/chapters/{name}.html")
    host = page.locator(".firstorder-widget").first
    host.locator(".fo-figure").wait_for()
    said = page.evaluate(
        "[...document.querySelectorAll('link[rel=preload][href*=\"figures/\"]')].map(link => link.href)"
    )
    files = host.evaluate("node => Object.values(JSON.parse(node.dataset.files))")
    assert {url.split("/figures/")[1].split("?")[0] for url in said} == {
        "figures.css",
        "kinds/guide.js",
        f"kinds/{host.get_attribute('data-module')}.js",
        *(f"data/{f}.js" for f in files),
    }
    for url in said:
        assert asked.count(url) == 1, url


def test_live_figures_are_numbered_and_named_like_printed_ones(page: Page, site: str) -> None:
    for path, least in (("bias_correction", 2), ("momentum", 3)):
        page.goto(f"{site}/chapters/{path}.html")
        numbers = page.locator("figure figcaption .caption-number").all_text_contents()
        found = [int(number.split()[-1].split(".")[-1]) for number in numbers]
        assert found == list(range(found[0], found[0] + len(found)))
        live = page.locator("figure:has(.firstorder-widget)")
        for shown in live.all():
            assert shown.locator("figcaption .caption-text").inner_text()
            assert shown.get_attribute("id").startswith("fig-")
        assert live.count() == least


@EACH
def test_names_of_methods_have_the_colours_of_methods_and_no_other_name_has(name: str, page: Page, site: str) -> None:
    figure = alone(page, site, name)
    for theme in ("light", "dark"):
        page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
        settled(page)
        labels = figure.evaluate(
            """node => [...node.querySelectorAll(".fo-label")].map(
                label => [label.textContent.trim(), label.style.getPropertyValue("--series").trim()])"""
        )
        methods = {found[theme] for found in COLOURS.values()}
        own = {COLOURS[rule["label"]][theme] for rule in getattr(figures, name)().rules}
        for said, colour in labels:
            if said in COLOURS:
                assert colour == COLOURS[said][theme], said
            else:
                assert colour in own or colour not in methods, said


def test_stills_say_names_of_methods_in_their_colours() -> None:
    seen = set()
    for path in (HTML / "figures" / "stills").iterdir():
        for text in ET.parse(path).iter("{http://www.w3.org/2000/svg}text"):
            said = "".join(text.itertext()).strip()
            fill = text.get("fill") or (re.findall(r"fill: (#\w+)", text.get("style", "")) or [""])[0]
            if said in COLOURS and fill.lower() not in NEUTRAL:
                assert fill.lower() in COLOURS[said].values(), (path.name, said, fill)
                seen.add(said)
    assert {"SGD", "Adam", "AMSGrad", "AdaGrad", "RMSProp"} <= seen
