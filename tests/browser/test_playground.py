"""The playground on the page that ships: it moves, it speaks, and its JavaScript computes what NumPy does."""

import json
import re
from urllib.parse import quote

import numpy as np
import pytest
from accessibility import complaints
from built import WINDOWS
from fallback import heights
from playwright.sync_api import Browser, Locator, Page, expect

import firstorder as fo
from firstorder.figures import Playground
from firstorder.figures.figure import BUNDLE

FIGURE = "document.querySelector('.fo-playground').figure"


@pytest.fixture
def figure(page: Page, site: str) -> Locator:
    return shown(page, site)


def shown(page: Page, site: str) -> Locator:
    page.goto(f"{site}/chapters/adam.html")
    page.locator("#playground-1").scroll_into_view_if_needed()
    figure = page.locator(".fo-playground").first
    figure.wait_for()
    settled(page)
    return figure


def settled(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def paths(page: Page) -> dict[str, np.ndarray]:
    """The points of every path on the map, as it is drawn now."""
    settled(page)
    drawn = page.evaluate(f"Object.entries({FIGURE}.trajectories()).map(([label, {{points}}]) => [label, [...points]])")
    return {label: np.array(points, dtype=float).reshape(-1, 2) for label, points in drawn}


def centre(locator: Locator) -> tuple[float, float]:
    box = locator.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def slide(page: Page, name: str, position: float) -> None:
    page.get_by_role("slider", name=name, exact=True).evaluate(
        """(slider, position) => {
            slider.value = position;
            slider.dispatchEvent(new Event("input", {bubbles: true}));
            slider.dispatchEvent(new Event("change", {bubbles: true}));
        }""",
        position,
    )
    settled(page)


def show(figure: Locator, name: str) -> None:
    """Opens the tab of an optimizer."""
    figure.get_by_role("tab").filter(has_text=re.compile(rf"^{name}(?! \d)[^A-Za-z]*(f =|✕)")).click()


# ---------------------------------------------------------------- what a reader does


def test_shows_the_four_optimizers_of_the_chapter(page: Page, figure: Locator) -> None:
    assert list(paths(page)) == ["SGD", "Momentum", "RMSProp", "Adam"]


def test_paths_follow_the_mouse_while_the_start_is_dragged(page: Page, figure: Locator) -> None:
    before = paths(page)
    x, y = centre(figure.get_by_role("slider", name="Start of the paths"))
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 40, y + 25, steps=4)
    during = paths(page)
    step = figure.get_by_role("slider", name="Step shown")
    assert step.input_value() == step.get_attribute("max")
    page.mouse.up()
    page.mouse.move(x + 42, y + 26)
    settled(page)
    assert step.input_value() == step.get_attribute("max")  # nor does the ring, under the pointer, ask for its step
    for label in before:
        assert during[label][0, 0] > before[label][0, 0]
        assert during[label][0, 1] < before[label][0, 1]
        assert not np.array_equal(during[label][-1], before[label][-1])


def test_a_press_on_the_map_moves_the_start_there(page: Page, figure: Locator) -> None:
    before = paths(page)["Adam"][0]
    x, y = centre(figure.locator(".fo-map .fo-plot"))
    page.mouse.click(x, y)
    x0, x1, y0, y1 = page.evaluate(f"{FIGURE}.landscape.domain")
    start = paths(page)["Adam"][0]
    assert not np.array_equal(start, before)
    assert start == pytest.approx([(x0 + x1) / 2, (y0 + y1) / 2], abs=(x1 - x0) / 100)


def test_paths_follow_the_arrow_keys(page: Page, figure: Locator) -> None:
    handle = figure.get_by_role("slider", name="Start of the paths")
    x0, x1, y0, y1 = page.evaluate(f"{FIGURE}.landscape.domain")
    places = [paths(page)["Adam"][0]]
    handle.focus()
    for key in ("ArrowRight", "ArrowUp", "Shift+ArrowLeft", "Home"):
        page.keyboard.press(key)
        places.append(paths(page)["Adam"][0])
    right, up, left, _ = np.diff(places, axis=0)
    assert right == pytest.approx([(x1 - x0) / 100, 0])
    assert up == pytest.approx([0, (y1 - y0) / 100])
    assert left == pytest.approx([-(x1 - x0) / 1000, 0])
    assert places[-1] == pytest.approx(page.evaluate(f"{FIGURE}.landscape.start"))
    x, y = page.evaluate(f"{FIGURE}.model.get('start')")
    said = handle.get_attribute("aria-valuetext").replace("−", "-").replace("x ", "").replace("y ", "").split(", ")
    assert [float(number) for number in said] == pytest.approx([x, y], rel=1e-2)


def test_a_finger_drags_the_start_and_still_scrolls_the_page(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page = context.new_page()
    figure = shown(page, site)
    handle = figure.get_by_role("slider", name="Start of the paths")
    handle.scroll_into_view_if_needed()
    before = paths(page)["Adam"]
    x, y = centre(handle)
    touch = context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]})

    send("touchStart", (x, y))
    for k in range(1, 6):
        send("touchMove", (x + 6 * k, y + 4 * k))
    send("touchEnd")
    after = paths(page)["Adam"]
    assert after[0, 0] > before[0, 0]
    assert after[0, 1] < before[0, 1]
    # A sign of the sweep is taken by a finger; elsewhere on it the finger may be about to scroll.
    swept(page)
    plot = figure.locator(".fo-sweep .fo-plot")
    plot.evaluate("node => node.scrollIntoView({block: 'center'})")
    rates = "figure => figure.optimizers.map(({hyperparameters}) => hyperparameters.lr)"
    given = page.evaluate(f"({rates})({FIGURE})")
    box = plot.bounding_box()
    x, y = page.evaluate(f"{FIGURE}.sweep.sign({FIGURE}.runs[0])")
    send("touchStart", (box["x"] + x, box["y"] + y))
    for k in range(1, 6):
        send("touchMove", (box["x"] + x - 8 * k, box["y"] + y))
    send("touchEnd")
    settled(page)
    taken = page.evaluate(f"({rates})({FIGURE})")
    assert taken[0] < given[0]
    assert taken[1:] == given[1:]
    send("touchStart", (box["x"] + 10, box["y"] + box["height"] - 10))
    send("touchMove", (box["x"] + 10, box["y"] + box["height"] - 60))
    send("touchEnd")
    assert page.evaluate(f"({rates})({FIGURE})") == taken
    assert handle.evaluate("node => getComputedStyle(node).touchAction") == "none"
    assert figure.locator(".fo-map .fo-plot").evaluate("node => getComputedStyle(node).touchAction") == "auto"
    context.close()


def test_bias_correction_off_changes_the_path_and_its_name(page: Page, figure: Locator) -> None:
    before = paths(page)
    figure.get_by_role("switch", name="Adam bias correction", exact=True).uncheck()
    after = paths(page)
    assert "Adam" not in after
    assert not np.array_equal(after["Adam, uncorrected"][1], before["Adam"][1])
    for other in ("SGD", "Momentum", "RMSProp"):
        assert np.array_equal(after[other], before[other])


def test_only_rules_that_correct_their_bias_offer_the_switch(page: Page, figure: Locator) -> None:
    assert figure.get_by_role("switch").count() == 1


def test_play_step_and_reset(page: Page, figure: Locator) -> None:
    cursor = figure.get_by_role("slider", name="Step shown")
    expect(cursor).to_have_value(str(page.evaluate(f"{FIGURE}.steps")))
    figure.get_by_role("button", name="Step", exact=True).click()
    expect(cursor).to_have_value("1")
    figure.get_by_role("button", name="Step", exact=True).click()
    expect(cursor).to_have_value("2")
    given = paths(page)
    figure.get_by_role("button", name="Play").click()
    expect(figure.get_by_role("button", name="Pause")).to_be_visible()
    page.wait_for_function(f"() => {FIGURE}.cursor > 2")  # the policy allows no string that is run
    figure.get_by_role("button", name="Pause").click()
    stopped = page.evaluate(f"{FIGURE}.cursor")
    assert 2 < stopped <= page.evaluate(f"{FIGURE}.steps")
    figure.get_by_role("slider", name="Start of the paths").press("ArrowRight")
    slide(page, "Adam learning rate (lr)", 0.3)
    assert not np.array_equal(paths(page)["Adam"], given["Adam"])
    figure.get_by_role("button", name="Reset", exact=True).click()
    again = paths(page)
    assert list(again) == list(given)
    for label in given:
        assert np.array_equal(again[label], given[label])
    expect(cursor).to_have_value(str(page.evaluate(f"{FIGURE}.steps")))


def test_the_loss_curve_and_the_map_share_a_step(page: Page, figure: Locator) -> None:
    shown_step = figure.locator(".fo-scrub .fo-value")
    loss = figure.locator(".fo-loss .fo-plot")
    loss.scroll_into_view_if_needed()
    x, y = centre(loss)
    steps = page.evaluate(f"{FIGURE}.steps")
    page.mouse.move(x, y)
    expect(shown_step).to_have_text(f"{steps // 2} of {steps}")
    page.mouse.move(0, 0)
    expect(shown_step).to_have_text(f"{steps} of {steps}")
    px, py = page.evaluate(f"[{FIGURE}.map.projected[3].xs[20], {FIGURE}.map.projected[3].ys[20]]")
    box = figure.locator(".fo-map .fo-plot").bounding_box()
    page.mouse.move(box["x"] + px, box["y"] + py)
    expect(shown_step).not_to_have_text(f"{steps} of {steps}")


def test_divergence_is_shown_and_announced(page: Page, figure: Locator) -> None:
    show(figure, "SGD")
    slide(page, "SGD learning rate (lr)", 1)
    tab = figure.get_by_role("tab", name="SGD")
    expect(tab.locator(".fo-outcome")).to_contain_text("diverged at step")
    expect(figure.get_by_role("status")).to_contain_text("SGD: diverged at step")
    assert np.isfinite(paths(page)["SGD"]).all()


def test_a_slider_marks_its_default_and_returns_to_it(page: Page, figure: Locator) -> None:
    slide(page, "Adam decay rate of the second moment (beta2)", 0.1)
    value = f"{FIGURE}.model.get('optimizers')[3].hyperparameters.beta2"
    assert page.evaluate(value) != 0.999
    figure.get_by_role("button", name="Reset Adam decay rate of the second moment to its default").click()
    assert page.evaluate(value) == fo.Adam.rule.hyperparameters["beta2"]
    slider = page.get_by_role("slider", name="Adam decay rate of the second moment (beta2)")
    expect(slider).to_have_attribute("aria-valuetext", "0.999, the default")
    mark = slider.locator("xpath=..").locator("b").bounding_box()
    track = slider.bounding_box()
    thumb = float(slider.input_value())
    expected = track["x"] + 8 + thumb * (track["width"] - 16)
    assert mark["x"] + mark["width"] / 2 == pytest.approx(expected, abs=2)


def test_a_value_stands_at_the_end_of_its_track_whether_or_not_it_can_be_reset(page: Page, figure: Locator) -> None:
    apart = figure.locator(".fo-slider").evaluate_all(
        """sliders => sliders.filter(slider => slider.offsetWidth)
            .map(slider => slider.querySelector(".fo-track").getBoundingClientRect().right
            - slider.querySelector(".fo-value").getBoundingClientRect().right)"""
    )
    assert len(apart) > 4
    assert max(map(abs, apart)) < 1


def test_rules_can_be_added_copied_and_removed(page: Page, figure: Locator) -> None:
    figure.get_by_role("button", name="+ Add or remove").click()
    figure.get_by_role("button", name="AdamW", exact=True).click()
    assert list(paths(page))[-1] == "AdamW"
    page.keyboard.press("Escape")
    figure.get_by_role("button", name="Add a copy to compare with: AdamW").click()
    assert list(paths(page))[-2:] == ["AdamW", "AdamW 2"]
    colours = page.evaluate(f"{FIGURE}.runs.map(run => run.style.light)")
    assert len(set(colours)) == len(colours)
    figure.get_by_role("button", name="+ Add or remove").click()
    figure.get_by_role("button", name="AdamW", exact=True).click()
    assert list(paths(page)) == ["SGD", "Momentum", "RMSProp", "Adam"]


def test_every_landscape_can_be_chosen(page: Page, figure: Locator) -> None:
    for key in fo.LANDSCAPES:
        figure.get_by_label("Landscape").select_option(key)
        settled(page)
        expect(figure.get_by_role("status")).to_contain_text(page.evaluate(f"{FIGURE}.landscape.label"))
        assert all(len(points) > 1 for points in paths(page).values())


@pytest.mark.parametrize(("width", "theme"), WINDOWS)
def test_nothing_overflows_and_axe_finds_nothing(page: Page, site: str, theme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    figure = shown(page, site)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    settled(page)
    assert page.evaluate(f"{FIGURE}.theme.name") == theme
    figure.get_by_role("button", name="+ Add or remove").click()
    expect(figure.get_by_role("button", name="Lion", exact=True)).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    beyond = figure.evaluate(
        """node => [...node.querySelectorAll("*")]
            .filter(part => part.getBoundingClientRect().right > node.getBoundingClientRect().right)
            .map(part => part.className || part.tagName)"""
    )
    assert beyond == []
    assert not complaints(page, ".fo-playground")


@pytest.mark.parametrize("width", [360, 1280])
def test_the_height_of_the_figure_is_reserved(browser: Browser, site: str, width: int) -> None:
    """What follows the figure hardly moves when it appears."""
    reserved, drawn = heights(browser, f"{site}/chapters/adam.html", ".firstorder-widget", width)
    assert reserved == pytest.approx(drawn, rel=0.05)


# ---------------------------------------------------------------- cause and effect


SEEN = """input => {
    const plot = document.querySelector(".fo-playground .fo-map .fo-plot");
    input.scrollIntoView({block: "center"});
    const {left, top, width, height} = plot.getBoundingClientRect();
    const at = (x, y) => document.elementFromPoint(x, y);
    const rows = Array.from({length: 20}, (_, k) => top + height * (k + 0.5) / 20);
    const box = input.getBoundingClientRect();
    const free = input.contains(at(box.left + box.width / 2, box.top + box.height / 2));
    return [rows.filter(y => plot.contains(at(left + width / 2, y))).length / 20, free];
}"""


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 740), (320, 740)])
def test_the_whole_map_is_in_sight_with_any_control_in_hand(width: int, height: int, page: Page, site: str) -> None:
    page.set_viewport_size({"width": width, "height": height})
    figure = shown(page, site)
    seen = {
        control.get_attribute("aria-label") or "landscape": control.evaluate(SEEN)
        for control in figure.locator("input, select").all()
        if control.is_visible()
    }
    assert len(seen) > 10
    assert {name: found for name, found in seen.items() if found != [1, True]} == {}


def swept(page: Page) -> dict[str, list[list[float]]]:
    """The rates and the losses of each curve, when all are up to date."""
    settled(page)
    page.wait_for_function(f"() => {FIGURE}.rates.wanted.every(({{key}}, k) => {FIGURE}.rates.rows[k]?.key === key)")
    return page.evaluate(
        f"Object.fromEntries({FIGURE}.runs.map(({{label}}, k) => [label, "
        f"[[...{FIGURE}.rates.rows[k].rates], [...{FIGURE}.rates.rows[k].values]]]))"
    )


def test_the_sweep_is_what_python_measures_and_tune_puts_each_at_its_best(page: Page, figure: Locator) -> None:
    state = page.evaluate(f"{FIGURE}.given")
    curves = swept(page)
    assert list(curves) == ["SGD", "Momentum", "RMSProp", "Adam"]
    for optimizer, (rates, losses) in zip(state["optimizers"], curves.values(), strict=True):
        assert len(rates) == 60
        for k in (10, 30, 40):
            other = {**optimizer, "hyperparameters": {**optimizer["hyperparameters"], "lr": rates[k]}}
            (path,) = Playground([other], state["landscape"], steps=state["steps"]).trajectories.values()
            assert losses[k] == pytest.approx(np.inf if path.diverged else path.values[-1], rel=1e-6)
    figure.get_by_role("button", name="Tune").click()
    settled(page)
    tuned = page.evaluate(f"{FIGURE}.optimizers.map(({{hyperparameters}}) => hyperparameters.lr)")
    finite = [np.array(losses, dtype=float) for _, losses in curves.values()]
    assert tuned == [rates[int(np.nanargmin(v))] for (rates, _), v in zip(curves.values(), finite, strict=True)]
    expect(figure.locator(".fo-tuned")).to_contain_text("Best rates: SGD")


def test_tune_says_where_the_best_rate_is_an_end_of_its_slider(page: Page, figure: Locator) -> None:
    figure.get_by_role("slider", name="Start of the paths").press("ArrowRight")
    page.evaluate(f"{FIGURE}.set({{steps: 1}})")
    page.evaluate(f"{FIGURE}.set({{landscape: 'saddle', landscape_parameters: {{}}, start: [0.5, 0.5]}})")
    figure.get_by_role("button", name="Tune").click()
    expect(figure.locator(".fo-tuned")).to_contain_text("an end of its slider")


def test_a_sign_is_dragged_along_its_curve_and_is_the_slider(page: Page, figure: Locator) -> None:
    swept(page)
    plot = figure.locator(".fo-sweep .fo-plot")
    plot.scroll_into_view_if_needed()
    box = plot.bounding_box()
    x, y = page.evaluate(f"{FIGURE}.sweep.sign({FIGURE}.runs[0])")
    page.mouse.move(box["x"] + x, box["y"] + y)
    page.mouse.down()
    page.mouse.move(box["x"] + x - 40, box["y"] + y, steps=4)
    during = page.evaluate(f"{FIGURE}.optimizers.map(({{hyperparameters}}) => hyperparameters.lr)")
    page.mouse.up()
    settled(page)
    given = page.evaluate(f"{FIGURE}.given.optimizers.map(({{hyperparameters}}) => hyperparameters.lr)")
    decades = 5 * 40 / box["width"]
    assert during[0] == pytest.approx(given[0] / 10**decades, rel=0.2)
    assert during[1:] == given[1:]
    assert page.evaluate(f"{FIGURE}.optimizers[0].hyperparameters.lr") == during[0]
    slider = figure.get_by_role("slider", name="SGD learning rate (lr)")  # its tab has been opened
    assert float(slider.get_attribute("aria-valuetext")) == during[0]


def test_the_sweep_follows_while_a_slider_is_dragged(page: Page, figure: Locator) -> None:
    before = swept(page)["Adam"][1]
    slide(page, "Adam decay rate of the first moment (beta1)", 0.1)
    after = swept(page)
    assert after["Adam"][1] != before
    figure.get_by_role("slider", name="Start of the paths").press("ArrowRight")
    assert swept(page)["Adam"][1] != after["Adam"][1]


# ---------------------------------------------------------------- all optimizers


def test_every_rule_that_runs_here_is_found_and_comes_as_a_file_when_it_is_wanted(page: Page, figure: Locator) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    button = figure.get_by_role("button", name="+ Add or remove")
    button.click()
    chips = figure.locator(".fo-chips button")
    elementwise = [rule.name for rule in (o.rule for o in fo.OPTIMIZERS.values()) if rule.elementwise]
    expect(chips).to_have_count(len(elementwise))
    assert len(asked) == 1
    assert set(chips.all_inner_texts()) == set(elementwise)
    figure.get_by_role("searchbox").fill("schedule free")
    expect(figure.locator(".fo-chips button:visible")).to_have_text(["ScheduleFreeSGD", "ScheduleFreeAdamW"])
    figure.get_by_role("searchbox").fill("nobody")
    expect(figure.get_by_text("No optimizer of this name runs here.")).to_be_visible()
    figure.get_by_role("searchbox").fill("lion")
    figure.get_by_role("button", name="Lion", exact=True).click()
    assert list(paths(page))[-1] == "Lion"
    state = page.evaluate(f"{FIGURE}.state")
    assert state["optimizers"][-1]["hyperparameters"]["lr"] == fo.LANDSCAPES[state["landscape"]].rates["lion"]
    widget = Playground(state["optimizers"], state["landscape"], steps=state["steps"])
    assert paths(page)["Lion"] == pytest.approx(widget.trajectories["Lion"].points, rel=1e-9)
    page.keyboard.press("Escape")
    expect(button).to_be_focused()


def test_a_link_may_speak_of_a_rule_that_is_still_to_come(page: Page, site: str) -> None:
    yogi = Playground(["yogi"]).optimizers[0]
    said = json.dumps([yogi], separators=(",", ":"))
    page.goto(f"{site}/chapters/adam.html#playground-1?optimizers={quote(said)}")
    page.locator(".fo-playground").wait_for()
    expect(page.get_by_role("tab", name="Yogi")).to_be_visible()
    assert list(paths(page)) == ["Yogi"]


def test_the_address_follows_the_state_and_says_when_it_could_not_be_read(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/adam.html#playground-1?steps=null&noise=0.05")
    figure = page.locator(".fo-playground")
    note = page.locator(".firstorder-note")
    expect(note).to_contain_text("could not be read")
    assert page.evaluate(f"[{FIGURE}.steps, {FIGURE}.noise]") == [100, 0.05]
    slide(page, "Number of steps (steps)", 0.5)
    page.wait_for_url(re.compile(r"adam\.html#playground-1\?steps=\d+&noise=0\.05$"))
    wanted = page.evaluate(f"{FIGURE}.state")
    page.reload()
    figure.wait_for()
    settled(page)
    assert page.evaluate(f"{FIGURE}.state") == wanted
    expect(note).to_have_count(0)
    figure.get_by_role("button", name="Reset", exact=True).click()
    page.wait_for_url(re.compile(r"adam\.html#playground-1$"))
    begun = page.evaluate("performance.now()")
    page.evaluate("location.hash = 'playground-1?a=' + '\"\\\\'.repeat(40000)")
    expect(note).to_be_visible()
    assert page.evaluate("performance.now()") - begun < 5000
    page.evaluate("location.hash = 'playground-1?__proto__={landscape:beale}'")
    settled(page)
    assert page.evaluate(f"{FIGURE}.state") == page.evaluate(f"{FIGURE}.given")


def test_tabs_are_chosen_by_keys(page: Page, figure: Locator) -> None:
    tab = figure.get_by_role("tab", selected=True)
    expect(tab).to_contain_text("Adam")
    tab.press("ArrowUp")
    expect(figure.get_by_role("tab", selected=True)).to_contain_text("RMSProp")
    expect(figure.get_by_role("tab", selected=True)).to_be_focused()
    expect(figure.get_by_role("tabpanel")).to_have_count(1)
    expect(figure.get_by_role("slider", name="RMSProp learning rate (lr)")).to_be_visible()


def test_an_address_hides_what_a_teacher_does_not_want(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/adam.html#playground-1?hide=[sweep,optimizers,hint]&noise=0.05")
    figure = page.locator(".fo-playground")
    figure.wait_for()
    settled(page)
    for hidden in (".fo-sweep", ".fo-tabs", ".fo-add", ".fo-foot > .fo-hint"):
        expect(figure.locator(hidden)).to_be_hidden()
    expect(figure.locator(".fo-loss")).to_be_visible()
    expect(figure.get_by_role("slider", name="Gradient noise (noise)")).to_have_attribute("aria-valuetext", "0.05")
    state = page.evaluate(f"{FIGURE}.state")
    widget = Playground(state["optimizers"], state["landscape"], steps=state["steps"], noise=0.05)
    for label, trajectory in widget.trajectories.items():
        assert paths(page)[label] == pytest.approx(trajectory.points, rel=1e-9)
    page.keyboard.press("Tab")  # such an address brings the keyboard along
    assert figure.evaluate("node => node.contains(document.activeElement)")


def test_the_scale_of_colours_says_that_it_is_logarithmic_and_what_its_middle_is(page: Page, figure: Locator) -> None:
    scale = figure.locator(".fo-scale")
    expect(scale).to_contain_text("log")
    low, middle, high = (float(scale.locator("span").nth(k).inner_text()) for k in (1, 3, 4))
    assert low < middle < (low + high) / 4


# ---------------------------------------------------------------- JavaScript = NumPy


def test_the_paths_drawn_are_those_of_the_widget_in_python(page: Page, figure: Locator) -> None:
    state = page.evaluate(f"{FIGURE}.given")
    widget = Playground(state["optimizers"], state["landscape"], start=state["start"], steps=state["steps"])
    drawn = paths(page)
    assert list(drawn) == widget.labels
    for label, trajectory in widget.trajectories.items():
        assert drawn[label] == pytest.approx(trajectory.points, rel=1e-9)


@fo.optimizer(initial={"power": 1.0})
def debiased(p, g, m, power: fo.Scalar, *, lr=0.1, beta=0.9):
    """A reader's own rule, with a number beside its array: the running product that Adam writes as β**t."""
    power = beta * power
    m = beta * m + (1 - beta) * g
    p = p - lr * m / (1 - power)
    return p, m, power


def test_a_rule_of_the_readers_own_runs_in_the_figure(page: Page) -> None:
    """Rendered the way anywidget does it: a model, an element, and the front end's `render`."""
    page.add_style_tag(path=BUNDLE / "figures.css")
    for name in ("figures.js", "kinds/playground.js"):
        page.add_script_tag(path=BUNDLE / name)
    widget = Playground([debiased], "quadratic", steps=60)
    state = {name: getattr(widget, name) for name in [*widget.shown(), "front"]}
    drawn = page.evaluate(
        f"""async (state) => {{
            const {{default: front}} = firstorder;
            const model = {{get: name => state[name], set() {{}}, on() {{}}, off() {{}}, save_changes() {{}}}};
            const el = document.createElement("div");
            document.body.replaceChildren(el);
            const forget = await front.render({{model, el}});
            await new Promise(done => addEventListener("firstorder:paths", done, {{once: true}}));
            const points = [...{FIGURE}.trajectories().Debiased.points];
            forget();
            return points;
        }}""",
        state,
    )
    assert np.reshape(drawn, (-1, 2)) == pytest.approx(widget.trajectories["Debiased"].points, rel=1e-9)


def test_a_notebook_that_listens_for_keys_leaves_the_figure_its_own(page: Page, figure: Locator) -> None:
    """JupyterLab moves between cells by the arrow keys, and takes them from whatever has the focus."""
    page.evaluate("document.addEventListener('keydown', event => event.preventDefault())")
    slider = figure.get_by_role("slider", name="Adam learning rate (lr)")
    before = float(slider.input_value())
    slider.press("ArrowRight")
    assert float(slider.input_value()) > before


def test_a_theme_that_changes_while_the_figure_is_hidden_for_less_than_a_frame(page: Page, figure: Locator) -> None:
    """JupyterLab hides the notebook while it changes its theme, too briefly for any observer of sizes."""
    page.evaluate(
        """async () => {
            const figure = document.querySelector(".fo-playground");
            figure.parentElement.style.display = "none";
            document.documentElement.dataset.theme = "dark";
            await null; // the figure has heard of it, and asked for a frame
            requestAnimationFrame(() => { figure.parentElement.style.display = ""; });
        }"""
    )
    settled(page)
    assert page.evaluate(f"{FIGURE}.map.contours.painted.name") == "dark"
