"""The page of all claims: what is shown is chosen, rows open their experiments, and each claim has an address."""

import json
import re
from urllib.parse import quote

import pytest
from built import HTML
from playwright.sync_api import Browser, Page, expect

from firstorder import claims

PAGE = "chapters/claims.html"
CLAIM = claims.CLAIMS["momentum.faster"]
SHOWN = ".claims tbody tr:not(.experiment):visible"
CHOICES = [
    ({"verdict": "does not hold"}, lambda made: made.verdict == claims.FAILS),
    ({"method": "Momentum"}, lambda made: "Momentum" in made.subject.split(", ")),
    ({"method": "AdamW", "verdict": "holds"}, lambda made: "adamw" in made.about and made.verdict == claims.HOLDS),
]


@pytest.mark.parametrize(("chosen", "fits"), CHOICES, ids=[str(chosen) for chosen, _ in CHOICES])
def test_claims_can_be_chosen_and_the_address_keeps_the_choice(chosen, fits, page: Page, base: str) -> None:
    page.goto(f"{base}/{PAGE}")
    expect(page.locator(SHOWN)).to_have_count(len(claims.CLAIMS))
    for name, value in chosen.items():
        page.locator(f"select[name={name}]").select_option(value)
    wanted = sum(map(fits, claims.CLAIMS.values()))
    assert 0 < wanted < len(claims.CLAIMS)
    expect(page.locator(SHOWN)).to_have_count(wanted)
    expect(page.locator(".claims-filter output")).to_have_text(f"{wanted} of {len(claims.CLAIMS)} claims")
    again = page.context.new_page()
    again.goto(page.url)
    expect(again.locator(SHOWN)).to_have_count(wanted)
    again.get_by_role("button", name="Show all").click()
    expect(again.locator(SHOWN)).to_have_count(len(claims.CLAIMS))
    assert "#" not in again.url


def test_words_are_searched_and_nothing_found_is_said(page: Page, site: str) -> None:
    page.goto(f"{site}/{PAGE}")
    page.get_by_label("words").fill("ravine Momentum")
    shown = page.locator(SHOWN)
    expect(shown).not_to_have_count(len(claims.CLAIMS))
    assert all("ravine" in row.inner_text() and "Momentum" in row.inner_text() for row in shown.all())
    page.get_by_label("words").fill("no such words anywhere")
    expect(page.locator(".claims-filter output")).to_have_text(f"0 of {len(claims.CLAIMS)} claims")
    expect(page.locator("section section h2:visible")).to_have_count(0)


@pytest.mark.parametrize("nonsense", ["claims?verdict=perhaps", "claims?__proto__=1&words", "claims?" + "%" * 9999])
def test_an_address_that_says_nothing_shows_everything(nonsense: str, page: Page, site: str) -> None:
    page.goto(f"{site}/{PAGE}#{nonsense}")
    expect(page.locator(SHOWN)).to_have_count(len(claims.CLAIMS))


def test_the_address_of_a_claim_opens_its_experiment(page: Page, base: str) -> None:
    page.goto(f"{base}/{PAGE}#claim-{CLAIM.place}")
    opened = page.locator("tr.experiment")
    expect(opened).to_contain_text(CLAIM.setting[:60])
    assert CLAIM.code.split("\n")[1].strip() in re.sub(r"\s+", " ", opened.locator("pre").inner_text())
    expect(opened).to_be_in_viewport()
    button = page.locator("tr", has=page.locator(f"#claim-{CLAIM.place}")).get_by_role("button", name="Experiment")
    expect(button).to_have_attribute("aria-expanded", "true")
    button.press("Enter")
    expect(opened).to_have_count(0)


def test_every_claim_has_its_experiment_in_a_file() -> None:
    stored = {}
    for path in (HTML / "experiments").glob("*.js"):
        found = re.fullmatch(
            r"window\.bookExperiments = \{\.\.\.window\.bookExperiments, (\w+): (.*)\};\n", path.read_text()
        )
        assert found
        stored |= {f"{found[1]}.{name}": html for name, html in json.loads(found[2]).items()}
    assert stored.keys() == claims.CLAIMS.keys()
    assert all("<pre>" in html and "The claim" in html for html in stored.values())


def test_a_lost_experiment_says_where_it_stands_too(browser: Browser, site: str) -> None:
    with browser.new_context() as context:
        page = context.new_page()
        page.clock.install()
        page.route("**/experiments/*.js", lambda route: route.abort())
        page.goto(f"{site}/{PAGE}#claim-{CLAIM.place}")
        for _ in range(4):
            page.clock.run_for(9000)
        link = page.locator("tr.experiment").get_by_role("link", name="its chapter")
        expect(link).to_have_attribute("href", re.compile(rf"chapters/momentum\.html#experiment-{quote(CLAIM.place)}$"))


def test_without_javascript_a_link_leads_to_the_experiments(browser: Browser, site: str) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        page.goto(f"{site}/{PAGE}")
        links = page.locator("p.experiments a")
        assert links.count() == len({made.chapter for made in claims.CLAIMS.values()})
        for address in {link.get_attribute("href") for link in links.all()}:
            chapter, _, anchor = address.partition("#")
            assert f'id="{anchor}"' in (HTML / "chapters" / chapter).read_text(encoding="utf-8")


def test_a_claim_is_a_card_on_a_phone_with_its_verdict_first(page: Page, site: str) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/{PAGE}")
    for row in page.locator(SHOWN).all()[::40]:
        verdict, claim = row.locator("td").last.bounding_box(), row.locator("td").nth(1).bounding_box()
        assert verdict["y"] < claim["y"]
        assert verdict["x"] + verdict["width"] <= 360
