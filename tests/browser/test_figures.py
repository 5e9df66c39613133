"""The live figures on the pages that ship: they obey mouse, keys and fingers, and compute what NumPy does."""

import json
import re

import numpy as np
import pytest
from accessibility import complaints
from built import EVERY, WINDOWS, in_turn
from fallback import heights, says_what_it_needs
from playwright.sync_api import Browser, Locator, Page, expect

from firstorder import figures

#: Each figure's page, and a control moved to a place on its track: what it does is compared with Python.
FIGURES = {
    "FourSteps": ("what_an_optimizer_does", {"fainter": 0.4, "steps": 0.5}),
    "Smoothing": ("momentum", {"decay": 0.8, "step": 0.3}),
    "Spectrum": ("momentum", {"x": 0.6, "mu": 0.35}),
    "MiniBatchNoise": ("stochastic", {"batch": 0.7, "lr": 0.9}),
    "Anatomy": ("adam", {"noise": 0.8, "scale": 0.2, "beta1": 0.4, "beta2": 0.3}),
    "BiasCorrection": ("bias_correction", {"beta1": 0.6, "beta2": 0.3}),
    "EffectiveRates": ("rmsprop", {"change": 0.2, "factor": 0.9, "alpha": 0.5, "lr": 0.7}),
    "CounterExample": ("convergence", {"C": 0.8, "beta1": 0.4, "beta2": 0.6, "lr": 0.2}),
    "GrowingD": ("parameter_free", {"distance": 0.7, "d0": 0.4, "noise": 0.2}),
    "Edge": ("edge_of_stability", {"lr": 0.5, "later": 0.3, "ramp": 0.1, "noise": 0.6}),
    "Downhill": ("landscapes", {"kappa": 0.7, "turn": 0.5, "x": 0.8, "y": 0.2}),
    "LostUpdates": ("precision", {"lr": 0.3, "start": 0.2}),
    "NewtonSchulz": ("matrices", {"steps": 0.4, "least": 0.6}),
    "BatchSize": ("large_batches", {"batch": 0.7, "noise_scale": 0.4}),
    "RateGrid": ("training", {"low": 0.3, "high": 0.7}),
    "WidthTransfer": ("scale", {}),
    "ScheduleFigure": ("around", {"lr": 0.6, "warmup": 0.3, "early": 0.5}),
    "DecayFigure": ("weight_decay", {"weight_decay": 0.9, "lr": 0.8}),
}
EACH = pytest.mark.parametrize("name", FIGURES)
#: Those with a slider: WidthTransfer has choices alone.
SLIDING = pytest.mark.parametrize("name", [name for name, (_, sliders) in FIGURES.items() if sliders])
#: What all panels have from `Panel` and the host is asked of one of each layout; `make release-test` asks all.
FEW = ["MiniBatchNoise", "BiasCorrection", "CounterExample", "DecayFigure"]
SOME = pytest.mark.parametrize("name", FIGURES if EVERY else FEW)


def module_of(name: str) -> str:
    return getattr(figures, name).module


def settled(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def alone(page: Page, site: str, name: str) -> Locator:
    """The figure on its own page, which is there sooner than its chapter."""
    page.goto(f"{site}/figures/{FIGURES[name][0]}/{module_of(name)}-1.html")
    figure = page.locator(".fo-figure")
    figure.wait_for()
    settled(page)
    return figure


def opened(page: Page, site: str, name: str, fragment: str = "") -> Locator:
    page.goto(f"{site}/chapters/{FIGURES[name][0]}.html{fragment}")
    host = page.locator(f".firstorder-widget[data-module={module_of(name)}]").first
    host.scroll_into_view_if_needed()
    figure = host.locator(".fo-figure")
    figure.wait_for()
    settled(page)
    return figure


def state(figure: Locator) -> dict:
    return figure.evaluate("node => node.figure.state")


def curves(figure: Locator) -> dict[str, np.ndarray]:
    """The numbers that are drawn now."""
    settled(figure.page)
    found = figure.evaluate(
        "node => Object.entries(node.figure.now).map(([name, y]) => [name, y.length === undefined ? y : [...y]])"
    )
    return {name: np.array(values, dtype=float) for name, values in found}


def slider(figure: Locator, name: str) -> Locator:
    """By the name of the state, which stands in brackets after what it means."""
    return figure.get_by_role("slider", name=re.compile(rf"\({name}\)$"))


def slide(figure: Locator, name: str, position: float) -> None:
    slider(figure, name).evaluate(
        """(slider, position) => {
            slider.value = position;
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            slider.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        position,
    )
    settled(figure.page)


def agree(name: str, figure: Locator) -> None:
    expected = getattr(figures, name)(**state(figure)).curves()
    found = curves(figure)
    assert found.keys() == expected.keys()
    for key, values in expected.items():
        size = np.max(np.abs(values)[np.isfinite(values)], initial=0)
        assert found[key] == pytest.approx(values, rel=1e-12, abs=1e-12 * size, nan_ok=True), key


@EACH
def test_what_is_drawn_is_what_python_computes_before_and_after_a_control_is_moved(
    name: str, page: Page, site: str
) -> None:
    figure = alone(page, site, name)
    agree(name, figure)
    for control, position in FIGURES[name][1].items():
        before = state(figure)
        slide(figure, control, position)
        assert state(figure)[control] != before[control]
        assert {key: value for key, value in state(figure).items() if key != control} == {
            key: value for key, value in before.items() if key != control
        }
        agree(name, figure)


@EACH
def test_every_choice_and_every_switch_agrees_with_python(name: str, page: Page, site: str) -> None:
    figure = alone(page, site, name)
    for control in getattr(figures, name)().controls:
        options = control.get("options", [])
        for value, text in [*options, *options[:1]]:  # the first last, with which every switch has a meaning
            figure.locator(".fo-choice label", has_text=re.compile(f"^{re.escape(text)}$")).click()
            assert state(figure)[control["name"]] == value
            agree(name, figure)
        if control["kind"] == "switch":
            before = state(figure)[control["name"]]
            figure.get_by_role("switch", name=control["label"]).click()
            assert state(figure)[control["name"]] is not before
            agree(name, figure)


@EACH
def test_keys_move_every_slider_and_reset_returns_them(name: str, page: Page, site: str) -> None:
    figure = alone(page, site, name)
    given = state(figure)
    page.evaluate("document.addEventListener('keydown', event => event.preventDefault())")  # as JupyterLab does
    least = {control["name"]: control.get("min") for control in getattr(figures, name)().controls}
    for control in FIGURES[name][1]:
        places = [given[control]]
        for _ in range(2):
            slider(figure, control).press("ArrowRight" if given[control] == least[control] else "ArrowLeft")
            places.append(state(figure)[control])
        assert len(set(places)) == 3, control
        assert places in (sorted(places), sorted(places, reverse=True))
    settled(page)
    said = figure.locator(".fo-readout").inner_text()
    expect(figure.get_by_role("status")).to_have_text(said)
    assert len(said) < 200
    figure.get_by_role("button", name="Reset", exact=True).click()
    assert state(figure) == given


@SOME
def test_a_finger_slides_and_still_scrolls_the_page(name: str, browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    figure = opened(page, site, name)
    control = next(iter(FIGURES[name][1]))
    track = slider(figure, control)
    track.evaluate("node => node.scrollIntoView({block: 'nearest'})")  # out from under the plots, which are pinned
    settled(page)
    before = state(figure)[control]
    box = track.bounding_box()
    page.touchscreen.tap(box["x"] + 0.93 * box["width"], box["y"] + box["height"] / 2)
    assert state(figure)[control] > before
    assert box["height"] >= 24
    for plot in figure.locator(".fo-plot").all():
        assert plot.evaluate("node => getComputedStyle(node).touchAction") in {"pan-y", "auto"}
    context.close()


def test_the_point_of_the_spectrum_is_dragged_by_mouse_finger_and_keys(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 900}, has_touch=True)
    page = context.new_page()
    figure = opened(page, site, "Spectrum")
    handle = figure.get_by_role("slider", name="Point of the map, ηh and μ")
    handle.scroll_into_view_if_needed()

    def middle() -> tuple[float, float]:
        box = handle.bounding_box()
        return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2

    before = state(figure)
    x, y = middle()
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 30, steps=3)
    during = state(figure)
    page.mouse.up()
    assert during["x"] > before["x"]
    assert during["mu"] < before["mu"]
    handle.press("ArrowRight")
    handle.press("ArrowUp")
    assert state(figure)["x"] == pytest.approx(during["x"] + 0.04)
    assert state(figure)["mu"] == pytest.approx(during["mu"] + 0.01)
    settled(page)
    x, y = middle()
    touch = context.new_cdp_session(page)
    for kind, points in (
        ("touchStart", [(x, y)]),
        ("touchMove", [(x - 20, y)]),
        ("touchMove", [(x - 40, y)]),
        ("touchEnd", []),
    ):
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": px, "y": py} for px, py in points]})
    assert state(figure)["x"] < during["x"]
    handle.press("Home")
    assert state(figure) == before
    agree("Spectrum", figure)
    context.close()


def test_the_change_of_scale_is_dragged(page: Page, site: str) -> None:
    figure = opened(page, site, "EffectiveRates")
    plot = figure.locator(".fo-plot").first
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] / 4, box["y"] + 20, steps=3)
    page.mouse.up()
    assert state(figure)["change"] == pytest.approx(75, abs=3)
    agree("EffectiveRates", figure)


# ---------------------------------------------------------------- links


def shared(figure: Locator) -> str:
    """The fragment that the button makes."""
    figure.get_by_role("button", name="Link", exact=True).click()
    expect(figure.locator(".fo-link")).to_have_text(re.compile("Copied|address bar"))
    expect(figure.get_by_role("status")).to_contain_text("ink")
    return figure.page.evaluate("location.hash")


@SOME
def test_a_link_brings_the_state_back_and_the_figure_into_view(name: str, browser: Browser, site: str) -> None:
    context = browser.new_context(reduced_motion="reduce", permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    figure = opened(page, site, name)
    assert shared(figure) == f"#{module_of(name)}-1"
    for control, position in FIGURES[name][1].items():
        slide(figure, control, position)
    fragment = shared(figure)
    assert re.match(rf"#{module_of(name)}-1\?(\w+=[\w.,-]+&?)+$", fragment), fragment
    assert page.evaluate("navigator.clipboard.readText()") == page.url
    wanted = state(figure)
    other = context.new_page()
    other.goto(page.url)
    again = other.locator(f"#{module_of(name)}-1 .fo-figure")
    again.wait_for()
    settled(other)
    assert state(again) == wanted
    expect(again).to_be_in_viewport()
    agree(name, again)
    other.evaluate(f"location.hash = '{module_of(name)}-1'")
    settled(other)
    assert again.evaluate("node => node.figure.state") == again.evaluate("node => node.figure.given")
    context.close()


@SOME
def test_nonsense_in_a_link_is_passed_over(name: str, page: Page, site: str) -> None:
    first = next(iter(FIGURES[name][1]))
    figure = alone(page, site, name)
    given = state(figure)
    for said in (f"{first}=1e99", f"{first}=null", f"{first}={{", "nobody=3", "%%%", "=", f"{first}", "constructor=1"):
        page.evaluate("hash => { location.hash = hash; }", f"{module_of(name)}-1?{said}")
        settled(page)
        assert state(figure) == given, said
    agree(name, figure)


def test_a_link_to_the_playground_carries_all_of_its_state(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/adam.html")
    figure = page.locator("#playground-1 .fo-figure")
    page.locator("#playground-1").scroll_into_view_if_needed()
    figure.wait_for()
    figure.get_by_label("Landscape").select_option("beale")
    slide(figure, "steps", 0.5)
    assert re.match(r"#playground-1\?landscape=beale&steps=\d+$", shared(figure))
    slide(figure, "lr", 0.4) if slider(figure, "lr").count() == 1 else slider(figure, "lr").last.press("ArrowLeft")
    figure.get_by_role("slider", name="Start of the paths").press("ArrowRight")
    wanted, fragment = state(figure), shared(figure)
    assert json.dumps(wanted["start"]).replace(" ", "") in fragment
    page.goto("about:blank")
    page.goto(f"{site}/chapters/adam.html{fragment}")
    figure.wait_for()
    settled(page)
    assert state(figure) == wanted
    expect(figure).to_be_in_viewport()


@pytest.mark.parametrize(
    "said",
    [
        "landscape=moon",
        "steps=0",
        "steps=3.5",
        "start=[1]",
        "start=[99,0]",
        "start=here",
        "landscape_parameters={a:1}",
        "landscape_parameters=null",
        "optimizers=[{rule:adam}]",
        "optimizers=[null]",
        "optimizers=[{rule:adam,hyperparameters:{lr:1e9,beta1:0.9,beta2:0.9,eps:1e-8},bias_correction:true}]",
    ],
)
def test_the_playground_passes_over_what_it_does_not_allow(said: str, page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/adam.html#playground-1?{said}")
    figure = page.locator("#playground-1 .fo-figure")
    figure.wait_for()
    settled(page)
    assert state(figure) == figure.evaluate("node => node.figure.given")


# ---------------------------------------------------------------- appearance


@pytest.mark.parametrize(("name", "window"), in_turn(FIGURES, WINDOWS))
def test_nothing_overflows_and_axe_finds_nothing(name: str, window: tuple[int, str], page: Page, site: str) -> None:
    width, theme = window
    page.set_viewport_size({"width": width, "height": 800})
    figure = opened(page, site, name)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    settled(page)
    assert figure.evaluate("node => node.figure.theme.name") == theme
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    beyond = figure.evaluate(
        """node => [...node.querySelectorAll("*")]
            .filter(part => part.getBoundingClientRect().right > node.getBoundingClientRect().right)
            .map(part => part.className || part.tagName)"""
    )
    assert beyond == []
    assert not complaints(page, ".fo-figure")


@pytest.mark.parametrize(("name", "width"), in_turn(FIGURES, [1280, 360]))
def test_the_height_of_the_figure_is_reserved(name: str, width: int, browser: Browser, site: str) -> None:
    address = f"{site}/chapters/{FIGURES[name][0]}.html"
    reserved, drawn = heights(browser, address, f".firstorder-widget[data-module={module_of(name)}]", width)
    assert reserved == pytest.approx(drawn, rel=0.06)


@SOME
def test_without_scripts_a_figure_says_what_it_needs(name: str, browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{site}/chapters/{FIGURES[name][0]}.html")
    host = f".firstorder-widget[data-module={module_of(name)}]"
    assert says_what_it_needs(page.locator(f"{host} .firstorder-fallback").first)
    context.close()


@SLIDING
def test_a_frame_is_drawn_in_time(name: str, page: Page, site: str) -> None:
    """All that a moved slider costs; the lower quartile, for this machine does other things too."""
    figure = opened(page, site, name)
    spent = figure.evaluate(
        """(node, name) => {
            const {figure} = node;
            const {min, max, scale} = figure.described.get(name);
            const times = [];
            for (let k = 0; k < 60; k++) {
                const at = min + (max - min) * (k % 20) / 19;
                figure.model.set(name, scale === "doubling" ? 2 ** (k % 6) : scale === "whole" ? Math.round(at) : at);
                const begin = performance.now();
                figure.redraw();
                times.push(performance.now() - begin);
            }
            return times.sort((a, b) => a - b)[15];
        }""",
        next(iter(FIGURES[name][1])),
    )
    assert spent < 16


@SOME
def test_a_notebook_runs_the_same_figure_from_one_source_and_without_the_link(name: str, page: Page) -> None:
    """Rendered the way anywidget does it: the source as a blob, a model, an element; under no policy of ours."""
    page.goto("about:blank")
    figure = getattr(figures, name)()
    page.add_style_tag(content=figure._css)
    found = page.evaluate(
        """async ([source, state]) => {
            const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
            const {default: widget} = await import(url);
            const model = {get: name => state[name], set() {}, on() {}, off() {}, save_changes() {}};
            const el = document.createElement("div");
            document.body.replaceChildren(el);
            const forget = await widget.render({model, el});
            for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame);
            const {figure} = el.firstElementChild;
            const drawn = Object.keys(figure.now);
            forget();
            return [drawn, el.querySelectorAll(".fo-link").length];
        }""",
        [figure._esm, {key: getattr(figure, key) for key in [*figure.shown(), "front"]}],
    )
    assert found == [list(figure.curves()), 0]


def test_the_front_ends_are_loaded_once_and_in_one_version(page: Page, site: str) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.split("/figures/")[-1]))
    opened(page, site, "Smoothing")
    spectrum = page.locator(".firstorder-widget[data-module=spectrum]")
    spectrum.scroll_into_view_if_needed()
    spectrum.locator(".fo-figure").wait_for()
    there = page.locator(".firstorder-widget").evaluate_all("all => all.map(host => host.dataset.module)")
    files = [url for url in asked if re.match(r"(kinds/)?[\w.]+\.(js|css)\?", url)]
    names = sorted(url.split("?")[0] for url in files)
    assert [name for name in names if "/" not in name] == ["again.js", "figures.css", "figures.js"]
    kinds = [name for name in names if "/" in name]
    here = {f"kinds/{kind}.js" for kind in ("guide", *there)}
    assert {"kinds/guide.js", "kinds/smoothing.js", "kinds/spectrum.js"} <= set(kinds) <= here
    assert len(kinds) == len(set(kinds))
    assert len({url.split("?v=")[1] for url in files}) == 1
