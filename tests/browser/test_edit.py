"""A rule edited on a page: Python reads it there, its path is drawn, and what is wrong is said."""

import numpy as np
import pytest
from accessibility import complaints
from built import HTML
from firefox import Firefox
from playwright.sync_api import Page, Route, expect

import firstorder as fo
from firstorder.figures import Playground, Race
from firstorder.page import beginnings, text_of

PAGE = "chapters/write_your_own.html"
ALONE = "figures/write_your_own/playground-1.html"
FIGURE = "document.querySelector('.fo-figure').figure"
EDITION = f"({FIGURE}.rules.get('edited')?.edition ?? 0)"
#: Milliseconds in which Python is there, on a machine that does other things too.
LOADED = 120_000
#: Of each rule that a page can run, and that a text may begin as: the page's own path and that of its text, unchanged,
#: read by Python in the page, with the same numbers; those that differ in a bit.
OTHERWISE = """async keys => {
    const {figure} = document.querySelector('.fo-figure')
    await figure.more()
    const begin = document.querySelector('.fo-bar select')
    const [parted, compared] = [[], []]
    for (const key of keys.filter(key => figure.rules.has(key))) {
        const before = figure.rules.get('edited').edition
        begin.value = key
        begin.dispatchEvent(new Event('change'))
        while (figure.rules.get('edited').edition === before) await new Promise(done => setTimeout(done, 5))
        const values = Object.fromEntries(figure.rules.get(key).hyperparameters.map(dial => [dial.name, dial.default]))
        const hyperparameters = {...values, ...("lr" in values && {lr: figure.landscape.rates[key] ?? values.lr})}
        const one = {rule: key, hyperparameters, bias_correction: true}
        figure.take({optimizers: [one, {...one, rule: 'edited'}]})
        figure.compute()
        const [own, edited] = figure.runs.map(({trajectory: {points, values}}) => `${points}; ${values}`)
        if (own !== edited) parted.push(key)
        compared.push(key)
    }
    return [parted, compared]
}"""


@fo.optimizer
def mine(p, g, m, *, lr=0.05, beta=0.8):
    m = beta * m + np.tanh(g)
    p = p - lr * m
    return p, m


TEXT = text_of(mine)
#: A rule's links, by what is wrong with them.
HOSTILE = {
    "no code": "{from:sgd,text:AAAA}",
    "no text": "{from:sgd}",
    "a number": "7",
    "nothing": "null",
}


def late(route: Route) -> None:
    """When the page has been brought to its figure, and the reader has gone on."""
    page = route.request.frame.page
    page.wait_for_function("() => document.querySelector('.fo-figure') && scrollY > 0")
    page.evaluate("scrollBy(0, document.querySelector('.fo-plot').getBoundingClientRect().top + 100)")
    route.continue_()


@pytest.fixture
def opened(page: Page, site: str) -> Page:
    page.goto(f"{site}/{PAGE}")
    page.locator(".fo-figure").first.wait_for()
    asked = "performance.getEntriesByType('resource').some(({name}) => /python|edit/.test(new URL(name).pathname))"
    assert not page.evaluate(asked)  # before a reader wants it
    page.locator(".firstorder-widget").first.get_by_role("button", name="Edit the rule", exact=True).click()
    page.wait_for_function(f"() => {EDITION} > 0", timeout=LOADED)
    return page


def test_a_rule_is_edited_on_its_page(opened: Page, site: str) -> None:
    page, host = opened, opened.locator(".firstorder-widget").first
    says, editor = host.locator(".fo-says"), host.locator(".cm-content")
    expect(editor).to_contain_text("def soft_sign(")
    # Every rule, unchanged, goes the way that the page's own goes, bit by bit.
    parted, compared = page.evaluate(OTHERWISE, list(beginnings()))
    elementwise = [key for key, one in fo.OPTIMIZERS.items() if one.rule.elementwise and key in beginnings()]
    assert parted == []
    assert set(compared) >= set(elementwise)
    # What is wrong is said with its line, and the last path stays.
    before = page.evaluate(EDITION)
    editor.fill("def mine(p, g, *, lr=0.1):\n    p = p - lr * q\n    return p\n")
    expect(says).to_contain_text("Line 2: mine: name 'q' is not declared")
    expect(host.locator(".cm-lintRange-error")).to_have_text("q")
    assert page.evaluate("getComputedStyle(document.querySelector('.fo-readings'), '::before').content.length") > 9
    editor.fill("x" * 1_000_000)
    expect(says).to_contain_text("1000000 characters")
    assert page.evaluate(EDITION) == before
    # An edited rule goes the way that the package goes with it.
    editor.fill(TEXT)
    page.wait_for_function(f"() => {EDITION} > {before}")
    expect(host.get_by_role("tab", name="Mine, edited f =")).to_be_visible()
    drawn = page.evaluate(f"[...{FIGURE}.trajectories()['Mine, edited'].points]")
    state = page.evaluate(f"{FIGURE}.state")
    numbers = state["optimizers"][-1]["hyperparameters"]
    widget = Playground(
        [{"rule": mine, **numbers}], state["landscape"], start=state["start"], steps=state["steps"]
    )
    assert np.reshape(drawn, (-1, 2)) == pytest.approx(widget.trajectories["Mine"].points, rel=1e-12, abs=1e-12)
    expect(host.locator(".fo-reading math")).to_be_visible()
    for title, word in {"NumPy": "np.tanh", "JavaScript": "Math.tanh", "CUDA": "tanh("}.items():
        host.get_by_role("tab", name=title, exact=True).click()
        expect(host.locator(".fo-reading pre")).to_contain_text(word)
    # Where nothing is kept, nothing races, and it is said; else it races on another page, by the text that Python made.
    page.evaluate("""() => {
        window.kept = Storage.prototype.setItem;
        Storage.prototype.setItem = () => { throw new DOMException("refused", "SecurityError") };
    }""")
    host.get_by_role("button", name="Race it", exact=True).click()
    expect(host.locator(".fo-says")).to_contain_text("cannot race there")
    page.evaluate("() => { Storage.prototype.setItem = window.kept }")
    with page.context.expect_page() as begun:
        host.get_by_role("button", name="Race it", exact=True).click()
    race = begun.value
    race.wait_for_function("() => document.querySelector('.fo-race')?.figure.entrants.length === 3")
    expect(race.locator(".fo-race .fo-readout")).to_contain_text("against SGD and AdamW, at the rate 0.01.")
    expect(race.locator("#race-1")).to_be_focused()
    race.locator(".fo-race").get_by_role("button", name="Race", exact=True).click()
    race.wait_for_function("() => document.querySelector('.fo-race').figure.heat?.done")
    losses = race.evaluate("document.querySelector('.fo-race').figure.heat.lanes[0].losses")
    path = fo.minimize(Race().problem(), mine, steps=300, batch_size=32, seed=0, record_every=5, lr=0.01)
    assert losses == pytest.approx(path.values, rel=1e-3)  # in 32 bits
    race.close()
    assert not complaints(page)
    # One that Python thinks about for too long is ended by the page, and the last path stays.
    page.evaluate(f"{FIGURE}.editing.python.patience = 0")
    host.locator(".fo-bar").get_by_role("button", name="Reset", exact=True).click()
    expect(says).to_contain_text("took too long")
    assert page.evaluate(f"{FIGURE}.runs.at(-1).label") == "Mine, edited"
    # The link is somebody else's rule, and is not read before the reader says so.
    page.wait_for_function("() => location.hash.includes('edited=')")
    link = page.evaluate("location.href")
    page.goto("about:blank")
    page.route("**/edit.js*", late)
    page.goto(link)
    expect(says).to_contain_text("someone else’s rule")
    expect(says).to_be_in_viewport()  # it comes above the figure, after a page has been brought to that
    expect(editor).to_contain_text("def mine(")
    assert page.evaluate(EDITION) == 0
    assert not page.evaluate("performance.getEntriesByType('resource').some(({name}) => name.includes('worker'))")
    # A reader stops Python while it comes, and it comes again.
    host.get_by_role("button", name="Run it", exact=True).click()
    host.get_by_role("button", name="Stop", exact=True).click()
    expect(says).to_contain_text("Python was stopped")
    host.get_by_role("button", name="Run it", exact=True).click()
    page.wait_for_function(f"() => {EDITION} > 0", timeout=LOADED)
    expect(host.get_by_role("tab", name="Mine, edited f =")).to_be_visible()
    host.get_by_role("button", name="Close", exact=True).click()
    expect(editor).to_be_hidden()
    expect(host.get_by_role("button", name="Edit the rule", exact=True)).to_be_focused()


@pytest.mark.parametrize("link", HOSTILE.values(), ids=HOSTILE)
def test_a_link_that_holds_no_rule_is_said_to(link: str, page: Page, site: str) -> None:
    page.goto(f"{site}/{ALONE}#playground-1?edited={link}")
    expect(page.locator(".fo-says")).to_contain_text("cannot be read")
    assert page.evaluate(EDITION) == 0


@pytest.mark.parametrize(
    ("without", "said"),
    [
        ("delete globalThis.WebAssembly", "no WebAssembly"),
        ("globalThis.Worker = class { constructor() { throw new Error('not here') } }", "starts no worker: not here"),
    ],
)
def test_a_browser_that_runs_no_python_is_told_so_and_the_figure_goes_on(without, said, page: Page, site: str) -> None:
    page.add_init_script(without)
    page.goto(f"{site}/{ALONE}#playground-1?edit=adam")
    expect(page.locator(".fo-says")).to_contain_text(said)
    expect(page.get_by_role("tab", name="Adam f =")).to_be_visible()


def test_a_browser_that_refuses_memory_says_so_and_the_figure_goes_on(page: Page, site: str) -> None:
    poor = "WebAssembly.Memory = class { constructor() { throw new RangeError('could not allocate memory') } };"
    script = poor + (HTML / "python" / "worker.js").read_text(encoding="utf-8")
    page.route("**/python/worker.js*", lambda route: route.fulfill(body=script, content_type="text/javascript"))
    page.goto(f"{site}/{ALONE}#playground-1?edit=adam")
    expect(page.locator(".fo-says")).to_contain_text("Python did not start", timeout=LOADED)
    expect(page.locator(".fo-says")).to_contain_text("memory")
    expect(page.get_by_role("tab", name="Adam f =")).to_be_visible()


def test_two_tabs_have_each_its_own_rule_and_each_races_its_own(page: Page, site: str) -> None:
    races = []
    tabs = {page: "lion", page.context.new_page(): "adam"}
    for tab, key in tabs.items():
        tab.goto(f"{site}/{ALONE}#playground-1?edit={key}")
    for tab in tabs:
        tab.wait_for_function(f"() => {EDITION} > 0", timeout=LOADED)
    for tab, key in tabs.items():
        assert tab.evaluate(f"{FIGURE}.runs.at(-1).label") == f"{fo.OPTIMIZERS[key].rule.name}, edited"
        with tab.context.expect_page() as begun:
            tab.get_by_role("button", name="Race it", exact=True).click()
        races.append(begun.value)
        begun.value.wait_for_function("() => document.querySelector('.fo-race')?.figure.entrants.length === 4")
        assert begun.value.locator("body.firstorder-alone").count() == 1  # as the page that it came from
    for race, key in zip(races, tabs.values(), strict=True):
        name = fo.OPTIMIZERS[key].rule.name
        expect(race.locator(".fo-entrant").first).to_contain_text(f"Yours: {name}")
        expect(race.locator(".fo-readout")).to_contain_text(f"Yours: {name} against {name}, SGD and AdamW")


def test_a_page_from_a_folder_says_why_it_cannot(page: Page) -> None:
    page.goto(f"{HTML.as_uri()}/{ALONE}#playground-1?edit=adam")
    expect(page.locator(".fo-says")).to_contain_text("opened from a folder")


def test_a_rule_is_edited_in_firefox(firefox: Firefox, site: str) -> None:
    firefox.refused()
    firefox.goto(f"{site}/{ALONE}#playground-1?edit=lion")
    firefox.wait_for("document.querySelector('.fo-figure')?.figure.rules.get('edited')", seconds=LOADED / 1000)
    firefox.wait_for("document.querySelector('.fo-figure').figure.runs.length === 2")
    drawn = "document.querySelector('.fo-figure').figure.runs.map(run => [...run.trajectory.points].join())"
    own, edited = firefox.evaluate(drawn)
    assert own == edited
    assert firefox.refused() == []


def test_every_rule_of_a_chapter_opens_an_editor_below_it(page: Page, site: str) -> None:
    page.goto(f"{site}/chapters/sign.html")
    for box in page.locator(".rule").all():
        expect(box.get_by_role("button", name="Edit the rule")).to_have_text("Edit the rule")
    page.get_by_role("button", name="Edit the rule signsgd").click()
    frame = page.frame_locator("iframe.rule-frame")
    expect(frame.get_by_role("tab", name="SignSGD f =")).to_be_visible()
    expect(frame.locator(".fo-says")).to_contain_text("Python")  # is on its way
    height = frame.locator("body").evaluate("node => node.offsetHeight")
    assert page.locator("iframe.rule-frame").bounding_box()["height"] == pytest.approx(height, abs=30)
    page.get_by_role("button", name="Edit the rule signsgd").click()
    expect(page.locator("iframe.rule-frame")).to_be_hidden()
