"""Every claim of the book runs, and comes to the verdict that the book states.

`make` runs each experiment once for the package as it is, for book and tests; pytest by itself runs them all here.
"""

import math
import re
from pathlib import Path

import pytest

from book import pair
from firstorder import claims
from firstorder.claims import CLAIMS, CON, HOLDS, PARTLY, PRO, Claim, ClaimError, Finding
from firstorder.claims.claim import digest
from firstorder.rules import RULES

ROOT = Path(__file__).parents[1]
KEYS = set(re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "references.bib").read_text(encoding="utf-8"), re.MULTILINE))
EVERY_CLAIM = pytest.mark.parametrize("made", CLAIMS.values(), ids=CLAIMS)


@EVERY_CLAIM
def test_experiment_comes_to_the_stated_verdict(made: Claim):
    found = made.finding
    assert found.verdict == made.verdict
    assert re.search(r"\d", found.measured), "a finding is told in numbers"
    assert found.values
    assert all(math.isfinite(float(value)) or "diverge" in found.measured for value in found.values.values())


@EVERY_CLAIM
def test_claim_fits_a_row_of_a_table(made: Claim):
    for text in (made.statement, made.finding.measured, made.conditions):
        assert "|" not in text
        assert "\n" not in text


@EVERY_CLAIM
def test_claim_says_its_setting_and_who_makes_it(made: Claim):
    assert len(made.setting) > 20
    assert set(made.source) <= KEYS


@EVERY_CLAIM
def test_claim_stands_in_its_chapter_and_on_the_page_of_claims(made: Claim):
    for page in (made.chapter, "claims"):
        text = (ROOT / "chapters" / f"{page}.md").read_text(encoding="utf-8")
        assert f'claims.show("{made.chapter}")' in text or f'"{made.key}"' in text


def test_there_are_sixty_claims_or_more_for_and_against():
    assert len(CLAIMS) >= 60
    assert {made.side for made in CLAIMS.values()} == {PRO, CON}


def test_every_module_of_claims_is_a_chapter_and_listed_in_the_order_of_the_book():
    shared = {"__init__", "__main__", "claim", "digit_runs"}
    here = {path.stem for path in Path(claims.__file__).parent.glob("*.py")} - shared
    assert here == set(claims.CHAPTERS)
    order = [name.removeprefix("chapters/") for name in pair.documents()]
    assert [name for name in order if name in here] == list(claims.CHAPTERS)


def test_every_optimizer_has_a_claim():
    assert set(RULES) <= {key for made in CLAIMS.values() for key in made.about}


def test_no_statement_is_made_twice():
    statements = [(made.statement, made.about) for made in CLAIMS.values()]
    assert len(set(statements)) == len(statements)


# What the machinery does


def finding_of(verdict: str) -> Finding:
    return Finding(verdict, "1 of 2", {"share": 0.5})


def test_an_experiment_with_another_verdict_is_an_error_that_names_the_claim():
    made = Claim("It works", PRO, ("sgd",), (), HOLDS, "", lambda: finding_of(PARTLY))
    with pytest.raises(ClaimError, match=r"test_claims.*said to be: 'holds'.*1 of 2"):
        _ = made.finding


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        ({"side": "good"}, r"side must be one of .*got 'good'"),
        ({"verdict": "maybe"}, r"verdict must be one of .*got 'maybe'"),
        ({"about": "adamm"}, r"about: 'adamm' is no optimizer, wrapper or method"),
        ({"verdict": PARTLY}, "conditions must be given just where"),
        ({"conditions": "on Sundays"}, "conditions must be given just where"),
    ],
)
def test_a_claim_that_is_not_well_formed_is_refused(arguments: dict, complaint: str):
    given = {"side": PRO, "about": "sgd"} | arguments
    with pytest.raises(ValueError, match=complaint):
        claims.claim("It works", given.pop("side"), **given)(lambda: finding_of(HOLDS))


def test_unknown_keys_are_named():
    with pytest.raises(ValueError, match="'momentun'"):
        claims.show("momentun")


def test_a_finding_is_kept_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTORDER_FINDINGS", str(tmp_path / "kept"))
    made = [Claim("It works", PRO, ("sgd",), (), HOLDS, "", lambda: finding_of(HOLDS)) for _ in range(2)]
    first = made[0].finding
    made[1].experiment.__code__ = (lambda: 1 / 0).__code__
    assert made[1].finding == first


def test_a_changed_package_has_another_digest(tmp_path):
    module = tmp_path / "module.py"
    module.write_text("a = 1")
    before = digest(tmp_path)
    digest.cache_clear()
    assert digest(tmp_path) == before
    module.write_text("a = 2")
    digest.cache_clear()
    assert digest(tmp_path) != before


def test_a_table_shows_statement_numbers_verdict_and_code():
    text = claims.show("gradient_descent.simple")._repr_markdown_()
    assert '| <a id="claim-gradient_descent-simple"></a>+ | *Batch gradient descent:* It is simple' in text
    assert "**holds**" in text
    assert "def simple()" in text
    assert '"""' not in text  # the setting is told in words


def test_the_summary_counts_every_claim_once():
    last = claims.summary().splitlines()[-1]
    assert last.endswith(f"**{len(CLAIMS)}** |")
