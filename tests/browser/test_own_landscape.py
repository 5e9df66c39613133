"""A landscape that is typed on a page: Python differentiates it there, and every optimizer goes down it."""

import numpy as np
import pytest
from accessibility import complaints
from built import HTML
from firefox import Firefox
from playwright.sync_api import Page, expect

import firstorder as fo
from firstorder.figures import Playground
from firstorder.problems.landscape import landscape

ALONE = "figures/write_your_own/playground-1.html"
FIGURE = "document.querySelector('.fo-figure').figure"
EDITION = f"{FIGURE}.edition"
#: Milliseconds in which Python is there, on a machine that does other things too.
LOADED = 120_000
#: What is kept of a page: nothing before the reader wants it.
ASKED = "performance.getEntriesByType('resource').some(({name}) => /python|edit/.test(new URL(name).pathname))"
TEXT = "(1.5 - x + x*y)**2 + 2.5 * (y - x**2)**2 + 0.3 * sin(3.0 * x)"
#: The points of each rule's path, all with the rates of the rule itself.
PATHS = """async keys => {
    const {figure} = document.querySelector('.fo-figure')
    await figure.more()
    const paths = {}
    for (const key of keys.filter(key => figure.rules.has(key))) {
        figure.take({optimizers: [figure.fresh(key)]})
        figure.compute()
        const [{optimizer, trajectory}] = figure.runs
        paths[key] = [optimizer.hyperparameters, [...trajectory.points], trajectory.diverged]
    }
    return paths
}"""


@landscape(domain=(-2.0, 2.0, -1.5, 1.5), start=(-1.4, 0.9), minima=lambda: [])
def mine(x, y):
    return (1.5 - x + x * y) ** 2 + 2.5 * (y - x**2) ** 2 + 0.3 * np.sin(3.0 * x)


HOSTILE = {
    "no code": "{text:AAAA,domain:[0,1,0,1]}",
    "no text": "{domain:[0,1,0,1]}",
    "no map": "{text:qwAA}",
    "a map of nothing": "{text:qwAA,domain:[1,1,0,1]}",
    "a map beyond all": "{text:qwAA,domain:[0,1e9,0,1]}",
    "a number": "7",
    "nothing": "null",
}


def written(page: Page, text: str) -> None:
    """Types it, and waits until it is drawn."""
    before = page.evaluate(EDITION)
    page.locator(".fo-own .cm-content").fill(text)
    page.wait_for_function(f"before => {EDITION} !== before", arg=before, timeout=LOADED)


def test_a_landscape_is_typed_and_every_optimizer_goes_down_it(page: Page, site: str) -> None:
    page.goto(f"{site}/{ALONE}")
    page.locator(".fo-figure").wait_for()
    assert not page.evaluate(ASKED)
    rates = f"{FIGURE}.optimizers.map(({{hyperparameters}}) => hyperparameters.lr)"
    before = page.evaluate(rates)
    page.locator(".fo-scene select").select_option("own")
    says = page.locator(".fo-own .fo-says")
    page.wait_for_function(f"() => {EDITION} === 'own 1'", timeout=LOADED)
    assert page.evaluate(rates) == before  # it knows of none that are better
    expect(page.locator(".fo-own .fo-formula math")).to_have_count(3)
    written(page, TEXT)
    # Down it all rules go as the package does.
    state = page.evaluate(f"{FIGURE}.state")
    assert (state["landscape"], state["start"]) == ("own", [-1.4, 0.9])
    paths = page.evaluate(PATHS, list(fo.OPTIMIZERS))
    assert set(paths) >= {key for key, one in fo.OPTIMIZERS.items() if one.rule.elementwise}
    for key, (hyperparameters, points, diverged) in paths.items():
        widget = Playground([{"rule": key, **hyperparameters}], mine, start=state["start"], steps=state["steps"])
        (path,) = widget.trajectories.values()
        ours = np.reshape(points, (-1, 2))
        assert diverged == path.diverged, key
        assert ours == pytest.approx(path.points[: len(ours)], rel=1e-6, abs=1e-6), key
    # What is wrong is said with its place, and the last landscape stays.
    before = page.evaluate(EDITION)
    page.locator(".fo-own .cm-content").fill("x**2 + z")
    expect(says).to_contain_text("Line 1: there is no 'z' here")
    expect(page.locator(".fo-own .cm-lintRange-error")).to_have_text("z")
    page.locator(".fo-own .cm-content").fill("np.sin(x)")
    expect(says).to_contain_text("write sin")
    page.locator(".fo-own .cm-content").fill("x" * 100_000)
    expect(says).to_contain_text("100000 characters, and may have 500")
    page.get_by_label("x to", exact=True).fill("-7")
    page.get_by_label("x to", exact=True).press("Enter")
    expect(says).to_contain_text("from a number to a larger one")
    assert page.evaluate(EDITION) == before
    page.get_by_label("x to", exact=True).fill("2")
    # Poles, and places without a value, are shown; a start there is said to be one.
    written(page, "sqrt(x) + 1/y")
    expect(page.get_by_text("hatched: no value")).to_be_visible()
    expect(page.locator(".fo-tabs, .fo-choice-of").first).to_contain_text("no value at the start")
    fits = "box => box.scrollWidth <= box.clientWidth"
    page.set_viewport_size({"width": 700, "height": 800})
    assert page.locator(".fo-tabs button").first.evaluate(fits)
    page.set_viewport_size({"width": 1280, "height": 800})
    for text in ("1/x - 1/y**2", "log(-1 - x**2)", "3", "abs(x)**y", "exp(100*x)*exp(100*y)"):
        written(page, text)
        assert page.evaluate(f"Number.isFinite({FIGURE}.map.contours.field.low)")
        if text == "3":
            assert page.locator(".fo-map .fo-scale").inner_text().split() == ["f", "3"]
    written(page, TEXT)
    expect(page.get_by_text("hatched: no value")).to_be_hidden()
    assert not complaints(page)
    # Its link is somebody else's landscape, and nothing of it is read before the reader says so.
    adam = {"rule": "adam", "hyperparameters": {"lr": 0.07}, "bias_correction": True}
    page.evaluate("one => document.querySelector('.fo-figure').figure.only(one.rule)", adam)
    page.wait_for_function("() => location.hash.includes('ground=')")
    page.evaluate(f"{FIGURE}.set({{start: [0.5, -1], steps: 77}})")
    page.wait_for_function("() => location.hash.includes('steps=77') && location.hash.includes('rule:adam')")
    link, path = page.evaluate(f"[location.href, {FIGURE}.runs[0].trajectory.points.join()]")
    page.goto("about:blank")
    page.goto(link)
    expect(says).to_contain_text("someone else’s landscape")
    expect(page.locator(".fo-own .cm-content")).to_contain_text("sin(3.0 * x)")
    expect(page.locator(".firstorder-note")).to_have_count(0)
    assert page.evaluate(f"{FIGURE}.landscape.id") != "own"
    assert not page.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('worker'))")
    page.get_by_role("button", name="Draw it", exact=True).click()
    page.wait_for_function(f"() => {EDITION} === 'own 1'", timeout=LOADED)
    page.wait_for_function(f"path => {FIGURE}.runs[0].trajectory.points.join() === path", arg=path)
    # Another landscape, and back.
    page.locator(".fo-scene select").select_option("beale")
    page.wait_for_function("() => location.hash.includes('landscape=beale')")
    assert "ground=" not in page.evaluate("location.hash")
    page.locator(".fo-scene select").select_option("own")
    page.wait_for_function("() => location.hash.includes('ground=')")


@pytest.mark.parametrize("link", HOSTILE.values(), ids=HOSTILE)
def test_a_link_that_holds_no_landscape_is_said_to(link: str, page: Page, site: str) -> None:
    page.goto(f"{site}/{ALONE}#playground-1?ground={link}")
    expect(page.locator(".fo-own .fo-says")).to_contain_text("cannot be read")
    assert "own" not in page.evaluate(EDITION)


def test_a_page_from_a_folder_says_why_it_cannot(page: Page) -> None:
    page.goto(f"{HTML.as_uri()}/{ALONE}")
    page.locator(".fo-scene select").select_option("own")
    expect(page.locator(".fo-own .fo-says")).to_contain_text("opened from a folder")


def test_a_landscape_is_typed_in_firefox(firefox: Firefox, site: str) -> None:
    firefox.refused()
    firefox.goto(f"{site}/{ALONE}")
    firefox.wait_for("document.querySelector('.fo-figure')?.figure.scenery")
    firefox.evaluate("document.querySelector('.fo-figure').figure.choose('own') ?? null")
    firefox.wait_for("document.querySelector('.fo-figure').figure.edition === 'own 1'", seconds=LOADED / 1000)
    firefox.wait_for("document.querySelectorAll('.fo-own .fo-formula math').length === 3")
    assert firefox.refused() == []
