"""The comparison and the method map on the page that ships: they show what was chosen, and what the package says."""

import re

import numpy as np
import pytest
from accessibility import complaints
from built import HTML, WINDOWS
from playwright.sync_api import Browser, Locator, Page, expect

import firstorder as fo
from firstorder import compare
from firstorder.figures import Comparison
from firstorder.figures.figure import BUNDLE
from firstorder.plots.basic import TOKENS

PAGE = "chapters/which_optimizer.html"


def settled(page: Page) -> None:
    page.evaluate("() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


def shown(page: Page, address: str, module: str, kind: str) -> Locator:
    page.goto(address)
    page.locator(f"[data-module={module}]").scroll_into_view_if_needed()
    figure = page.locator(f".fo-{kind}")
    figure.wait_for()
    settled(page)
    return figure


@pytest.fixture
def comparison(page: Page, site: str) -> Locator:
    return shown(page, f"{site}/{PAGE}", "comparison", "comparison")


@pytest.fixture
def methods(page: Page, site: str) -> Locator:
    return shown(page, f"{site}/{PAGE}", "method_map", "methods")


def choose(page: Page, comparison: Locator, *keys: str) -> None:
    for place, key in zip(("Third", "Second", "First"), reversed([*keys, *[""] * (3 - len(keys))]), strict=True):
        comparison.get_by_role("combobox", name=place, exact=True).select_option(key)
        settled(page)


# ---------------------------------------------------------------- the comparison


def test_offers_every_optimizer(comparison: Locator) -> None:
    for place in ("First", "Second", "Third"):
        options = comparison.get_by_role("combobox", name=place, exact=True).locator("option")
        values = options.evaluate_all("all => all.map(option => option.value)")
        assert set(values) - {""} == set(fo.OPTIMIZERS)


@pytest.mark.parametrize("keys", [("adam", "yogi"), ("adam", "adamw", "nadam"), ("sgd", "momentum", "muon")])
def test_shows_each_code_and_marks_in_each_line_what_the_first_has_not(
    page: Page, comparison: Locator, keys: tuple[str, ...]
) -> None:
    choose(page, comparison, *keys)
    first, *others = (fo.OPTIMIZERS[key].rule for key in keys)
    known = set(first.source.splitlines())
    for rule in others:
        code = comparison.get_by_role("group", name=f"Code of {rule.name}", exact=True)
        assert (code.text_content() or "").strip() == rule.source
        lines = code.locator(".fo-line").evaluate_all("all => all.map(l => [l.textContent, !!l.querySelector('ins')])")
        assert not [text for text, marked in lines if marked and text.rstrip("\n") in known]
        assert [text for text, marked in lines if marked]


def test_marks_what_differs_inside_a_line_and_breaks_no_number(page: Page, comparison: Locator) -> None:
    choose(page, comparison, "adam", "adamw", "lion")
    adamw = comparison.get_by_role("group", name="Code of AdamW", exact=True)
    assert adamw.locator("ins").all_text_contents() == [", weight_decay=1e-2", "(", "+ weight_decay * p)"]
    lion = adamw.locator("xpath=../../div[3]")
    expect(lion.locator("p.fo-source").last).to_have_text("Set otherwise: p, m. New: c. Gone: v, m_hat, sqrt_v_hat.")
    heights = comparison.locator(".fo-line > span").evaluate_all("all => all.map(s => s.getClientRects().length)")
    assert heights
    assert set(heights) == {1}


def test_a_method_has_its_own_colour_and_mark_here_too(page: Page, comparison: Locator) -> None:
    choose(page, comparison, "adam", "adamw", "lion")
    tokens = TOKENS["methods"]
    for key in ("adam", "adamw", "lion"):
        signs = comparison.locator(".fo-name, .fo-legend li").filter(
            has_text=re.compile(f"^{fo.OPTIMIZERS[key].rule.name}\\b")
        )
        assert signs.count() >= 2
        for sign in signs.locator(".fo-sign").all():
            colour = sign.evaluate("s => getComputedStyle(s.querySelector('path:last-child')).fill")
            wanted = TOKENS["colors"][tokens[key]["color"]]["light"]
            assert colour == f"rgb({', '.join(str(int(wanted[k : k + 2], 16)) for k in (1, 3, 5))})"
            mark = sign.locator("path").last.get_attribute("d")
            assert mark == TOKENS["marks"][tokens[key]["mark"]]["path"]


def test_draws_formulas_that_are_in_its_state(page: Page, comparison: Locator) -> None:
    choose(page, comparison, "adam", "muon")
    for name in ("Adam", "Muon"):
        formula = comparison.get_by_role("group", name=f"Formula of {name}", exact=True)
        expect(formula.locator("math mfrac, math mtd").first).to_be_visible()


def test_a_method_chosen_twice_changes_places(page: Page, comparison: Locator) -> None:
    choose(page, comparison, "adam", "yogi")
    comparison.get_by_role("combobox", name="First", exact=True).select_option("yogi")
    settled(page)
    assert page.evaluate("document.querySelector('.fo-comparison').figure.state.chosen") == ["yogi", "adam"]


def test_paths_are_those_of_python(page: Page, comparison: Locator) -> None:
    choose(page, comparison, "adam", "lion", "muon")
    comparison.get_by_role("combobox", name="Landscape").select_option("beale")
    settled(page)
    runs = page.evaluate(
        "document.querySelector('.fo-comparison').figure.runs.map(r => [r.method.id, r.rate, [...r.trajectory.points]])"
    )
    assert [key for key, _, _ in runs] == ["adam", "lion"]
    for key, rate, points in runs:
        path = fo.minimize(fo.LANDSCAPES["beale"], fo.OPTIMIZERS[key], steps=200, lr=rate)
        assert np.array(points).reshape(-1, 2) == pytest.approx(path.points, rel=1e-9, abs=1e-9)
    expect(comparison.locator(".fo-legend li").last).to_have_text("Muon needs whole tensors and does not run here.")


def test_a_link_leads_to_the_same_comparison(page: Page, site: str, comparison: Locator) -> None:
    choose(page, comparison, "sgd", "soap")
    comparison.get_by_role("button", name="Link").click()
    other = page.context.new_page()
    figure = shown(other, page.url, "comparison", "comparison")
    expect(figure.get_by_role("combobox", name="Second")).to_have_value("soap")


def test_links_lead_to_chapters_that_are_there(comparison: Locator) -> None:
    links = comparison.locator("a").evaluate_all("all => all.map(a => new URL(a.href).pathname)")
    assert links
    assert all((HTML / link.lstrip("/")).exists() for link in links)


def test_a_link_leads_to_where_each_rule_is_edited(page: Page, comparison: Locator) -> None:
    choose(page, comparison, "adam", "lion", "muon")
    links = comparison.get_by_role("link", name="Edit the rule of")
    hrefs = [link.get_attribute("href") for link in links.all()]
    assert [href.partition("figures/")[2] for href in hrefs] == [
        f"write_your_own/playground-1.html#playground-1?edit={key}" for key in ("adam", "lion")
    ]  # Muon has no path in a page


def test_in_a_notebook_it_has_formulas_and_promises_nothing_that_only_the_site_has(page: Page) -> None:
    page.add_style_tag(path=BUNDLE / "figures.css")
    for name in ("figures.js", "kinds/guide.js", "kinds/comparison.js"):
        page.add_script_tag(path=BUNDLE / name)
    comparison = Comparison(["adam", "muon"])
    page.evaluate(
        """async state => {
            const model = {get: name => state[name], set() {}, on() {}, off() {}, save_changes() {}}
            await firstorder.default.render({model, el: document.body})
            for (let k = 0; k < 3; k++) await new Promise(requestAnimationFrame)
        }""",
        {name: getattr(comparison, name) for name in [*comparison.shown(), "front"]},
    )
    figure = page.locator(".fo-comparison")
    for name in ("Adam", "Muon"):
        expect(figure.get_by_role("group", name=f"Formula of {name}", exact=True).locator("mtd").first).to_be_visible()
    assert figure.locator("a").count() == 0
    assert not re.search("A link|Chapter:", figure.inner_text())
    assert figure.get_by_role("button", name=re.compile("Link|Embed|Own page|Full screen")).count() == 0


# ---------------------------------------------------------------- the map


NAMES = ".fo-field-of-methods > button:not(.fo-lane)"


def test_the_map_has_a_button_for_every_optimizer_at_its_year_and_none_on_another(methods: Locator) -> None:
    boxes = methods.locator(NAMES).evaluate_all(
        "all => all.map(b => [b.getAttribute('aria-label'), ...['left', 'right', 'top', 'bottom']"
        ".map(side => b.getBoundingClientRect()[side])])"
    )
    assert {label for label, *_ in boxes} == {
        f"{made.rule.name}, {compare.year(made.rule)}" for made in fo.OPTIMIZERS.values()
    }
    for k, (one, left, right, top, bottom) in enumerate(boxes):
        for other, a, b, c, d in boxes[:k]:
            assert right <= a + 1 or b <= left + 1 or bottom <= c + 1 or d <= top + 1, (one, other)
    places = methods.evaluate("m => [...m.figure.marks].map(([id, {x}]) => [m.figure.methods.get(id).year, x])")
    for year, x in places:
        assert all((x < other) == (year < later) for later, other in places if later != year)


def test_a_press_shows_the_card_beside_the_map_and_escape_takes_it_away(page: Page, methods: Locator) -> None:
    methods.get_by_role("button", name="Yogi, 2018", exact=True).click()
    card = methods.locator(".fo-method")
    expect(card.locator("math").first).to_be_visible()
    expect(card).to_contain_text("Zaheer et al. (2018)")
    assert card.evaluate("c => c.getBoundingClientRect().left") >= methods.locator(".fo-field-of-methods").evaluate(
        "f => f.getBoundingClientRect().right"
    )
    expect(card.get_by_role("link", name="Edit the rule of Yogi")).to_be_visible()  # beside the fold
    sizes = [
        card.locator(part).evaluate("e => parseFloat(getComputedStyle(e).fontSize)") for part in ("strong", "summary")
    ]
    assert sizes[0] > sizes[1]
    card.get_by_role("button", name="Adam", exact=True).click()
    expect(card).to_contain_text("Kingma and Ba (2015)")
    page.keyboard.press("Escape")
    expect(card).not_to_contain_text("Kingma")


def test_lines_are_those_of_the_chosen_one(page: Page, methods: Locator) -> None:
    page.mouse.move(0, 0)
    assert methods.locator(".fo-lines path").count() == 0
    for key in ("soap", "adam"):
        methods.evaluate("(m, key) => { m.figure.choose(key) }", key)
        settled(page)
        up, edges = [key], set()
        while up:
            child = up.pop()
            edges |= {(parent, child) for parent in fo.OPTIMIZERS[child].rule.builds_on}
            up += fo.OPTIMIZERS[child].rule.builds_on
        heirs = [made for made in fo.OPTIMIZERS.values() if key in made.rule.builds_on]
        assert methods.locator(".fo-lines path").count() == len(edges) + len(heirs)


def test_a_search_and_a_family_leave_what_is_meant(page: Page, methods: Locator) -> None:
    find = methods.get_by_role("searchbox", name="Find")
    find.fill("kingma")
    settled(page)
    assert methods.locator(f"{NAMES}:visible").all_text_contents() == ["Adam", "AdaMax"]
    find.press("Enter")
    expect(methods.locator(".fo-method")).to_contain_text("Kingma and Ba (2015)")
    find.fill("")
    methods.get_by_role("combobox", name="Family").select_option("Matrices")
    settled(page)
    assert set(methods.locator(f"{NAMES}:visible").all_text_contents()) == {"Shampoo", "SOAP", "Muon", "MuonRMS"}


def test_arrow_keys_go_about_the_map(page: Page, methods: Locator) -> None:
    buttons = methods.locator(".fo-field-of-methods > button")
    assert buttons.evaluate_all("all => all.filter(b => b.tabIndex === 0).length") == 1
    methods.get_by_role("button", name="SGD, 1951").focus()
    focused = "document.activeElement.textContent"
    page.keyboard.press("ArrowRight")
    assert page.evaluate(focused) != "SGD"
    seen = set()
    for _ in range(60):
        page.keyboard.press("ArrowDown")
        seen.add(page.evaluate(focused))
    assert "Prodigy" in seen


def test_on_a_phone_lanes_open_and_the_card_is_a_sheet(browser: Browser, site: str) -> None:
    context = browser.new_context(viewport={"width": 360, "height": 740}, reduced_motion="reduce", has_touch=True)
    page = context.new_page()
    methods = shown(page, f"{site}/{PAGE}", "method_map", "methods")
    assert methods.locator(f"{NAMES}:visible").count() == 0
    assert methods.locator(".fo-field-of-methods").evaluate("f => f.offsetHeight") < 740
    assert methods.locator("[data-id]").count() == len(fo.OPTIMIZERS)
    methods.get_by_role("button", name="Adam", exact=True).click()
    settled(page)
    small = methods.locator(f"{NAMES}:visible").evaluate_all("all => all.filter(b => b.offsetHeight < 32).length")
    assert small == 0
    methods.get_by_role("button", name="AdamW, 2019", exact=True).click()
    settled(page)
    card = methods.locator(".fo-method")
    expect(card).to_be_in_viewport()
    assert card.evaluate("c => c.getBoundingClientRect().height") <= 0.5 * 740
    context.close()


# ---------------------------------------------------------------- for everyone


@pytest.mark.parametrize(("width", "theme"), WINDOWS)
def test_fits_and_can_be_read_by_everyone(browser: Browser, site: str, width: int, theme: str) -> None:
    context = browser.new_context(viewport={"width": width, "height": 800}, color_scheme=theme, reduced_motion="reduce")
    page = context.new_page()
    shown(page, f"{site}/{PAGE}", "comparison", "comparison").locator("summary").first.click()
    figure = page.locator("[data-module=method_map]")
    figure.scroll_into_view_if_needed()
    figure.locator(".fo-methods").evaluate("m => m.figure.choose('rmsprop')")
    settled(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert not complaints(page, ".firstorder-widget")
    context.close()
