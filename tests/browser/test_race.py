"""The race on the page that ships: it trains as Python does, in a worker or without, and reads what a reader draws."""

import base64
import json
import re
import zlib
from typing import Any

import numpy as np
import pytest
from accessibility import complaints
from fallback import heights
from firefox import Firefox
from playwright.sync_api import Browser, Locator, Page, expect

import firstorder as fo
from firstorder import figures
from firstorder.page import beginnings, describe_rule
from firstorder.rules import RULES

ALONE = "figures/training/race-1.html"
#: A race that is soon over, and whose numbers can be compared.
SHORT = "optimizers=[{rule:adam,lr:0.01},{rule:lion,lr:0.001}]&steps=20&hidden=8&precision=float64"
FIGURE = "document.querySelector('.fo-figure')?.figure"
DONE = f"{FIGURE}?.heat?.done"


def opened(page: Page, base: str, said: str = SHORT) -> Locator:
    page.goto(f"{base}/{ALONE}#race-1?{said}")
    figure = page.locator(".fo-figure")
    figure.wait_for()
    page.wait_for_function(f"() => {FIGURE}.state.optimizers.length === 2")
    return figure


def press(figure: Locator, name: str) -> None:
    figure.get_by_role("button", name=name, exact=True).click()


def of(figure: Locator, expression: str) -> Any:
    return figure.evaluate(f"node => node.figure.{expression}")


def agree(state: dict[str, Any], lanes: list[dict[str, Any]]) -> None:
    expected = figures.Race(**state).lanes()
    for lane, known in zip(lanes, expected.values(), strict=True):
        assert lane["losses"] == pytest.approx(known.losses, rel=1e-9)
        assert lane["accuracies"] == pytest.approx(known.accuracies)


def test_the_page_trains_as_python_does_from_a_server_in_a_worker_and_from_a_folder_without(
    page: Page, base: str
) -> None:
    figure = opened(page, base)
    expect(figure.locator(".fo-readout")).to_have_text("Adam and Lion, each at its own rate.")
    guess = figure.get_by_role("combobox", name="My guess")
    guess.select_option("lion")
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    assert of(figure, "runner.worker !== undefined") is base.startswith("http")
    agree(of(figure, "state"), of(figure, "heat.lanes"))
    lanes = of(figure, "heat.lanes")
    least, most = (
        sorted(zip((sign * lane[values][-1] for lane in lanes), ("Adam", "Lion"), strict=True))[0][1]
        for values, sign in (("losses", 1), ("accuracies", -1))
    )
    told = figure.locator(".fo-readout")
    expect(told).to_contain_text(re.compile(rf"^{least} ends with the lowest training loss, [\d.]+, "))
    expect(told).to_contain_text(f"{'and' if most == least else most} the best test accuracy, ")
    expect(told).to_contain_text("Your guess was Lion")
    expect(guess).to_have_value("")
    expect(figure.get_by_role("status")).to_contain_text("ends with the lowest training loss")
    press(figure, "Race again")
    page.wait_for_function(f"() => {DONE} && {FIGURE}.id === 2")
    expect(told).to_contain_text("ends with")
    expect(told).not_to_contain_text("Your guess")  # it was for the race before


def test_it_trains_in_firefox_too(firefox: Firefox, site: str) -> None:
    firefox.refused()
    firefox.goto(f"{site}/{ALONE}#race-1?{SHORT}")
    firefox.wait_for(f"{FIGURE}?.state.optimizers.length === 2")
    firefox.evaluate("document.querySelector('.fo-start .fo-primary').click()")
    firefox.wait_for(DONE)
    assert firefox.evaluate(f"{FIGURE}.runner.worker !== undefined")
    state, lanes = firefox.evaluate(f"(({{state, heat}}) => [state, heat.lanes])({FIGURE})")
    agree(state, lanes)
    assert not firefox.refused()


def test_nothing_comes_before_it_is_asked_for(page: Page, site: str) -> None:
    """Neither rules nor images nor the worker; what comes then is small."""
    sizes: dict[str, int] = {}
    page.on("response", lambda answer: sizes.__setitem__(answer.url.partition("/figures/")[2], len(answer.body())))
    figure = opened(page, site)
    later = page.evaluate("Object.values(JSON.parse(document.querySelector('[data-later]').dataset.later))")
    asked = {f"data/{name}.js" for name in later}
    assert len(asked) == 2
    assert not asked & sizes.keys()
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    assert any(re.match(r"workers/race\.js\?v=", name) for name in sizes)


def test_a_change_begins_the_race_anew_and_a_fair_race_gives_each_its_best_rate(page: Page, site: str) -> None:
    figure = opened(page, site)
    press(figure, "Fair race")
    page.wait_for_function(f"() => {FIGURE}.tuned?.done && {DONE}")
    rates, losses = of(figure, "tuned.rates"), np.array(of(figure, "tuned.losses"), dtype=float)
    best = [rates[k] for k in np.nan_to_num(losses, nan=np.inf).argmin(axis=1)]
    assert [one["lr"] for one in of(figure, "state.optimizers")] == best
    expect(figure.locator(".fo-readout")).to_contain_text("Each had 10 rates to choose from")
    before = of(figure, "heat.lanes")
    figure.get_by_role("slider", name=re.compile("^Adam rate")).press("ArrowLeft")
    page.wait_for_function(f"() => {DONE} && {FIGURE}.id === 3")
    after = of(figure, "heat.lanes")
    assert after[0]["losses"] != before[0]["losses"]
    assert after[1]["losses"] == before[1]["losses"]
    agree(of(figure, "state"), after)
    page.evaluate(f"{FIGURE}.set({{ task: 'circles' }})")
    page.wait_for_function(f"() => {DONE} && {FIGURE}.id === 4")
    expect(figure.locator(".fo-readout")).to_contain_text("These rates were best elsewhere")
    press(figure, "Same rate for all")
    page.wait_for_function(f"() => {DONE} && {FIGURE}.id === 5")
    expect(figure.locator(".fo-readout")).to_contain_text("ends with")
    expect(figure.locator(".fo-readout")).not_to_contain_text("elsewhere")


def test_who_races_is_chosen_and_no_more_than_six(page: Page, site: str) -> None:
    figure = opened(page, site)
    figure.get_by_text("Add or remove optimizers").click()
    for name in ("SGD", "Momentum", "RMSProp", "NAdam", "Yogi"):
        figure.locator(".fo-who").get_by_role("button", name=name, exact=True).click()
    assert [one["rule"] for one in of(figure, "state.optimizers")] == [
        *("adam", "lion", "sgd", "momentum", "rmsprop", "nadam")
    ]
    expect(figure.get_by_role("status")).to_contain_text("No more than 6")
    search = figure.get_by_role("searchbox")
    search.fill("radam")
    figure.get_by_role("button", name="Remove Lion").click()
    search.press("Enter")
    expect(figure.locator(".fo-who").get_by_role("button", name="RAdam", exact=True)).to_have_attribute(
        "aria-pressed", "true"
    )
    search.press("Enter")  # it is there
    assert of(figure, "state.optimizers").pop() == {"rule": "radam", "lr": 0.01}
    figure.get_by_role("button", name="Remove Adam").click()
    assert len(of(figure, "state.optimizers")) == 5
    assert figure.locator(".fo-entrant").count() == 5


def test_what_is_drawn_by_mouse_or_by_keys_is_read_by_every_network(page: Page, site: str) -> None:
    figure = opened(page, site)
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    pad = figure.locator(".fo-pad")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    page.mouse.move(box["x"] + 70, box["y"] + 20)
    page.mouse.down()
    page.mouse.move(box["x"] + 70, box["y"] + 120, steps=6)
    page.mouse.up()
    reads = figure.get_by_role("img", name=re.compile(r"^reads a \d, [\d.]+ %$"))
    expect(reads).to_have_count(2)
    drawn = of(figure, "pad.pixels")
    assert sum(drawn[3::8]) + sum(drawn[4::8]) == sum(drawn) > 2, "a stroke stands in the middle"
    expect(figure.get_by_text("Each network reads it:")).to_be_visible()
    press(figure, "Clear")
    expect(figure.get_by_text("Draw a digit here:")).to_be_visible()
    expect(figure.locator(".fo-seen")).to_be_hidden()
    assert sum(of(figure, "pad.pixels")) == 0
    pad.focus()
    for key in (" ", *["ArrowDown"] * 9, *["ArrowRight"] * 5, " ", "ArrowLeft"):
        page.keyboard.press(key)
    assert of(figure, "pad.strokes.length") == 1
    assert of(figure, "pad.strokes[0].length") == 15
    press(figure, "From the test set")
    expect(figure.locator(".fo-drawing .fo-hint")).to_contain_text(re.compile(r"Of the test set: a \d\."))


def test_in_the_plane_each_network_shows_where_it_draws_its_line(page: Page, site: str) -> None:
    figure = opened(page, site, f"{SHORT}&task=spirals&seed=1")
    expect(figure.locator(".fo-pad")).to_be_hidden()
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    agree(of(figure, "state"), of(figure, "heat.lanes"))
    maps = figure.get_by_role("img", name=re.compile("^The plane, coloured"))
    expect(maps).to_have_count(2)
    drawn = [one.evaluate("canvas => canvas.toDataURL()") for one in maps.all()]
    assert drawn[0] != drawn[1]
    assert len(of(figure, "points.labels")) == 400
    figure.get_by_role("radio", name="digits").check()
    page.wait_for_function(f"() => {DONE} && {FIGURE}.id === 2")
    expect(figure.locator(".fo-pad")).to_be_visible()
    expect(maps).to_have_count(0)


def test_a_rule_that_was_edited_races_where_it_was_kept(page: Page, site: str) -> None:
    """And what is no rule, whoever kept it there, is not offered."""
    rule = RULES["momentum"]
    own = {"label": "Momentum", "state": describe_rule(rule, {})["state"], "source": rule.javascript()}
    own["values"] = dict(rule.hyperparameters)
    for kept in ("{", '{"source": "alert(1)"}', json.dumps({**own, "values": {}}), json.dumps(own)):
        opened(page, site)
        page.evaluate("kept => localStorage.setItem('firstorder.rule', kept)", kept)
        page.reload()
        figure = opened(page, site)
        figure.get_by_text("Add or remove optimizers").click()
        mine = figure.locator(".fo-who").get_by_role("button", name=re.compile("^Yours"))
        expect(mine).to_have_count(int(kept == json.dumps(own)))
    mine.click()
    figure.locator(".fo-who").get_by_role("button", name="Momentum", exact=True).click()
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    *_, yours, books = of(figure, "heat.lanes")
    assert yours["losses"] == books["losses"]
    assert figure.locator(".fo-entrant").filter(has_text="Yours: Momentum").count() == 1


def packed(text: str) -> str:
    deflate = zlib.compressobj(wbits=-zlib.MAX_WBITS)
    return base64.urlsafe_b64encode(deflate.compress(text.encode()) + deflate.flush()).decode().rstrip("=")


def test_a_link_carries_a_rule_of_ones_own_which_races_elsewhere_once_it_is_accepted(
    page: Page, browser: Browser, site: str
) -> None:
    rule = RULES["momentum"]
    own = {"label": "Momentum", "state": describe_rule(rule, {})["state"], "source": rule.javascript()}
    own |= {"values": {**rule.hyperparameters, "momentum": 0.5}, "text": packed(beginnings()["momentum"]["text"])}
    opened(page, site)
    page.evaluate("kept => localStorage.setItem('firstorder.rule', kept)", json.dumps(own))
    page.reload()
    said = SHORT.replace("rule:adam", "rule:yours").replace("rule:lion", "rule:momentum")
    figure = opened(page, site, said)
    press(figure, "Link")
    link = page.evaluate("location.href")
    assert "own=" in link
    page.goto("about:blank")
    page.goto(link)  # to oneself: nothing is asked
    page.wait_for_function(f"() => {FIGURE}?.state.optimizers[0].rule === 'yours'")
    expect(page.locator(".fo-says")).to_have_count(0)
    with browser.new_context() as context:
        other = context.new_page()
        other.goto(link)
        figure = other.locator(".fo-figure")
        expect(figure.locator(".fo-says")).to_contain_text("someone else’s rule")
        expect(figure.locator(".fo-says")).to_be_in_viewport()
        expect(figure.locator(".cm-content")).to_contain_text("def momentum(")
        expect(other.locator(".firstorder-note")).to_have_count(0)
        assert [one["rule"] for one in of(figure, "state.optimizers")] == ["momentum"]
        assert not other.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('python'))")
        press(figure, "Let it race")
        other.wait_for_function(f"() => {FIGURE}.state.optimizers.length === 2 && {DONE}", timeout=120_000)
        expect(figure.locator(".fo-start .fo-primary")).to_be_in_viewport()
        expect(figure.locator(".fo-entrant").first).to_contain_text("Theirs: Momentum")
        theirs, books = of(figure, "heat.lanes")
        setting = of(figure, "state")
        racing = figures.Race(**{name: setting[name] for name in ("task", "hidden", "noise", "precision", "seed")})
        for lane, (lr, momentum) in zip((theirs, books), ((0.01, 0.5), (0.001, 0.9)), strict=True):
            course = {"steps": setting["steps"], "batch_size": setting["batch"], "seed": setting["seed"]}
            path = fo.minimize(racing.problem(), "momentum", **course, record_every=1, lr=lr, momentum=momentum)
            assert lane["losses"] == pytest.approx(path.values, rel=1e-9)
        press(figure, "Link")
        assert other.evaluate("location.href") == link
        assert not complaints(other, ".fo-figure")


@pytest.mark.parametrize("own", ["7", "null", "{}", "{text:AAAA}", "{text:{}}"])
def test_a_race_link_that_holds_no_rule_is_said_to(own: str, page: Page, site: str) -> None:
    page.goto(f"{site}/{ALONE}#race-1?{SHORT}&own={own}")
    figure = page.locator(".fo-figure")
    expect(figure.locator(".fo-says")).to_contain_text("cannot be read")
    assert [one["rule"] for one in of(figure, "state.optimizers")] == ["adam", "lion"]


def test_a_guide_leads_from_race_to_race(page: Page, site: str) -> None:
    page.goto(f"{site}/{ALONE}")
    figure = page.locator(".fo-figure")
    figure.get_by_role("button", name="Tour of 4").click()
    for _ in range(3):
        figure.get_by_role("button", name="Next stop of the tour").click()
    page.wait_for_function(f"() => {DONE} && {FIGURE}.heat.lanes.length === 6 && {FIGURE}.id === 4")
    assert of(figure, "state.task") == "spirals"
    right = [lane["accuracies"][-1] > 0.9 for lane in of(figure, "heat.lanes")]
    assert right == [False, False, False, True, True, True]


def test_a_link_carries_the_race_and_nonsense_in_it_is_passed_over(page: Page, site: str) -> None:
    figure = opened(page, site)
    assert [one["rule"] for one in of(figure, "state.optimizers")] == ["adam", "lion"]
    given = of(figure, "given")
    for said in (
        "optimizers=[]",
        "optimizers=[null]",
        "optimizers=[{rule:adam,lr:99}]",
        "optimizers=[{rule:nobody,lr:0.1}]",
        "optimizers=[{rule:adam,lr:0.1},{rule:adam,lr:0.2}]",
        "optimizers=[{rule:adam,lr:0.1,p:1}]",
        "hidden=7.5",
        "precision=float16",
        "task=toString",
        "steps=1e9",
    ):
        page.evaluate("hash => { location.hash = hash; }", f"race-1?{said}")
        page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
        assert of(figure, "state") == given, said


def test_without_a_worker_it_runs_and_without_examples_it_says_so(browser: Browser, site: str) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.route("**/workers/race.js*", lambda route: route.abort())
    figure = opened(page, site)
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    assert of(figure, "runner.worker === undefined")
    page.close()
    other = context.new_page()
    other.clock.install()
    figure = opened(other, site)
    other.route("**/data/*.js", lambda route: route.abort())
    press(figure, "Race")
    for _ in range(8):
        other.clock.run_for(3000)
        other.wait_for_timeout(50)
    expect(figure.locator(".fo-readout")).to_contain_text("The race could not start")
    context.close()


@pytest.mark.parametrize(("width", "theme"), [(1280, "light"), (360, "dark")])
def test_it_keeps_its_place_and_its_width_and_axe_finds_nothing(
    width: int, theme: str, browser: Browser, page: Page, site: str
) -> None:
    address = f"{site}/chapters/training.html"
    reserved, drawn = heights(browser, address, ".firstorder-widget[data-module=race]", width)
    assert reserved == pytest.approx(drawn, rel=0.06)
    page.set_viewport_size({"width": width, "height": 800})
    figure = opened(page, site)
    page.evaluate("theme => document.documentElement.dataset.theme = theme", theme)
    press(figure, "Race")
    page.wait_for_function(f"() => {DONE}")
    height = figure.bounding_box()["height"]
    press(figure, "From the test set")
    expect(figure.locator(".fo-drawing .fo-hint")).to_contain_text("Of the test set")
    assert figure.bounding_box()["height"] == height
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert not complaints(page, ".fo-figure")
