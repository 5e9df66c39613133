"""Every claim of the book runs, and comes to the verdict that the book states.

`make` runs each experiment once for the package as it is, for book and tests; pytest by itself runs them all here.
"""

import hashlib
import json
import math
import re
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

from book.contents import documents
from firstorder import claims
from firstorder.claims import CLAIMS, CON, HOLDS, PARTLY, PRO, Claim, ClaimError, kept
from firstorder.claims.threshold import Expression, Sentence, numbers
from firstorder.rules import RULES

ROOT = Path(__file__).parents[1]
KEYS = set(re.findall(r"^@\w+\{([^,\s]+),", (ROOT / "references.bib").read_text(encoding="utf-8"), re.MULTILINE))
EVERY_CLAIM = pytest.mark.parametrize("made", CLAIMS.values(), ids=CLAIMS)


NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[-−+]?\d+)?")


def alike(stored: str, measured: str) -> bool:
    """The same words, and numbers within 5 % or two units of their last place: another processor rounds otherwise."""

    def near(one: str, other: str) -> bool:
        a, b = (float(number.replace(",", "").replace("−", "-")) for number in (one, other))
        mantissa, _, power = one.replace("−", "-").partition("e")
        unit = 10.0 ** (int(power or 0) - len(mantissa.partition(".")[2]))
        return abs(a - b) <= max(0.05 * abs(a), 2.01 * unit)

    written = NUMBER.findall(stored), NUMBER.findall(measured)
    same_words = NUMBER.sub("#", stored) == NUMBER.sub("#", measured)
    return same_words and all(near(one, other) for one, other in zip(*written, strict=True))


def test_numbers_are_alike_to_their_last_place_and_words_to_the_letter():
    assert alike("accuracy 97.3%, 1,200 steps, 7e-15", "accuracy 97.1%, 1,230 steps, 6e-15")
    for stale in ("accuracy 79.3%", "accuracy 0.973%", "loss 97.3%", "accuracy 97.3%, 1 of 2"):
        assert not alike("accuracy 97.3%", stale)
    assert not alike("7e-15", "7e-12")


@EVERY_CLAIM
def test_experiment_comes_to_the_stated_verdict(made: Claim):
    found = made.current
    stored = made.stored.measured
    assert alike(stored, found.measured), f"stored is {stored!r}: run `python -m firstorder.claims --store`"
    assert made.stored.verdict == made.verdict
    assert found.verdict == made.verdict
    assert re.search(r"\d", found.measured), "a finding is told in numbers"
    assert found.values
    told = [value for value in numbers(*found.values.values()) if not isinstance(value, str)]
    assert all(math.isfinite(value) or "diverge" in found.measured for value in told)


@EVERY_CLAIM
def test_claim_fits_a_row_of_a_table(made: Claim):
    for text in (made.statement, made.current.measured, made.conditions):
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


def test_what_was_measured_is_stored_of_every_claim_and_of_nothing_else():
    assert set(kept.stored()) == set(CLAIMS), "run `python -m firstorder.claims --store`"


#: Chapters whose findings are whole sentences.
WHOLE = (
    "adagrad",
    "adam",
    "adam_family",
    "around",
    "at_scale",
    "bias_correction",
    "catalogue",
    "convergence",
    "edge_of_stability",
    "gradient_descent",
    "language",
    "large_batches",
    "matrices",
    "memory",
    "momentum",
    "nesterov",
    "parameter_free",
    "precision",
    "rmsprop",
    "scale",
    "scale_invariance",
    "sign",
    "stochastic",
    "training",
    "weight_decay",
    "which_optimizer",
)


@pytest.mark.parametrize("made", [made for made in CLAIMS.values() if made.chapter in WHOLE], ids=lambda made: made.key)
def test_a_finding_is_told_in_whole_sentences(made: Claim):
    told = made.stored.measured
    assert told[0].isupper() or told[0].isdigit(), told
    assert told.endswith("."), told
    assert len(told.split()) >= 8, told


def test_what_is_unchanged_and_slow_is_taken_as_stored(monkeypatch):
    key, slow = "momentum.faster", kept.QUICK + 1
    measure = CLAIMS[key].measure
    there = kept.Stored(kept.code(measure), slow, {})
    drawn = next(each for each in CLAIMS if int(hashlib.sha256(each.encode()).hexdigest(), 16) % kept.SAMPLED == 0)
    for stored, due in (
        ({key: there}, False),
        ({key: there._replace(seconds=kept.QUICK)}, True),
        ({key: there._replace(code="of another time")}, True),
        ({}, True),
    ):
        monkeypatch.setattr(kept, "store", lambda stored=stored: stored)
        assert kept.due(key, measure) == due, stored
    other = kept.Stored(kept.code(CLAIMS[drawn].measure), slow, {})
    monkeypatch.setattr(kept, "store", lambda: {drawn: other})
    assert kept.due(drawn, CLAIMS[drawn].measure)


def test_there_are_sixty_claims_or_more_for_and_against():
    assert len(CLAIMS) >= 60
    assert {made.side for made in CLAIMS.values()} == {PRO, CON}


def test_every_module_of_claims_is_a_chapter_and_listed_in_the_order_of_the_book():
    shared = {"__init__", "__main__", "claim", "kept", "over_seeds", "threshold"}
    here = {path.stem for path in Path(claims.__file__).parent.glob("*.py")} - shared
    assert here == set(claims.CHAPTERS)
    order = [name.removeprefix("chapters/") for name in documents()]
    assert [name for name in order if name in here] == list(claims.CHAPTERS)


def test_every_optimizer_has_a_claim():
    assert set(RULES) <= {key for made in CLAIMS.values() for key in made.about}


def test_no_statement_is_made_twice():
    statements = [(made.statement, made.about) for made in CLAIMS.values()]
    assert len(set(statements)) == len(statements)


# What the machinery does


def half():
    return {"share": 0.5}


def claim_of(measure=half, holds: str = "share > 0.4") -> Claim:
    return Claim("It works", PRO, ("sgd",), (), HOLDS, "", measure, Expression(holds), None, Sentence("{share:.1f}"))


def test_a_measurement_with_another_verdict_is_an_error_that_names_the_claim():
    with pytest.raises(ClaimError, match=r"test_claims.half is said to be: 'holds'.*'0.5'"):
        _ = claim_of(holds="share > 0.6").finding


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
    given = {"side": PRO, "about": "sgd", "says": "{share}", "holds": "share > 0.4"} | arguments
    with pytest.raises(ValueError, match=complaint):
        claims.claim("It works", given.pop("side"), **given)(half)


def test_unknown_keys_are_named():
    with pytest.raises(ValueError, match="'momentun'"):
        claims.show("momentun")


def test_claims_are_shown_as_stored_and_run_on_request(monkeypatch):
    def counted():
        runs.append(1)
        return {"share": 0.5}

    made = claim_of(counted)
    monkeypatch.setitem(CLAIMS, made.key, made)
    monkeypatch.setattr(sys.modules[Claim.__module__], "stored", lambda: {made.key: {"share": 0.7}})
    runs: list[int] = []
    assert "| 0.7 |" in claims.show(made.key)._repr_markdown_()
    assert "0.7" in repr(claims.show(made.key))
    assert not runs
    again = claims.show(made.key, run=True)
    assert "| 0.5 |" in again._repr_markdown_()
    assert "0.5" in repr(again)
    assert len(runs) == 1


def test_a_claim_of_ones_own_is_not_stored_and_says_how_it_is_measured():
    with pytest.raises(ClaimError, match=r"test_claims.half: nothing is stored; `finding` measures it"):
        _ = claim_of().stored


# What is kept


def forgotten() -> None:
    """The source is read again."""
    for each in vars(kept).values():
        if callable(clear := getattr(each, "cache_clear", None)):
            clear()


def test_a_measurement_is_kept_for_its_code_where_the_environment_says(tmp_path, monkeypatch):
    monkeypatch.setenv("FIRSTORDER_FINDINGS", str(tmp_path / "kept"))
    runs = []

    def counted():
        runs.append(1)
        return {"share": np.float64(0.5), "all": np.arange(2), "name": "half"}

    counted.__module__ = CLAIMS["momentum.faster"].measure.__module__  # what is not of the package is not kept
    for digest, expected in (("a", 1), ("a", 1), ("b", 2)):
        monkeypatch.setattr(kept, "digest", lambda measure, digest=digest: digest)
        assert kept.once("key", counted) == {"share": 0.5, "all": [0, 1], "name": "half"}
        assert len(runs) == expected
    assert json.loads((tmp_path / "kept" / "key.json").read_text())["code"] == "b"


def test_a_measurement_reaches_what_it_names_and_no_other_family_of_rules():
    reached = set(kept.reached(CLAIMS["momentum.overshoots"].measure))
    package = "firstorder"
    assert {
        f"{package}.claims.momentum:overshoots",
        f"{package}.lab.bowls:steps_needed",
        f"{package}.lab.walks:walk",
    } <= reached
    assert {f"{package}.optimizer", f"{package}.rules.momentum", f"{package}.rules.descent"} <= reached
    assert f"{package}.claims.momentum:faster" not in reached
    assert not any(
        name.startswith((f"{package}.rules.matrix", f"{package}.figures", f"{package}.plots")) for name in reached
    )


@pytest.mark.parametrize(
    ("file", "text", "again"),
    [
        ("rules/momentum.py", "\nANOTHER = 1\n", True),
        ("rules/momentum.py", "\n# another\n", False),
        ("rules/matrix.py", "\nANOTHER = 1\n", False),
        ("backends/numpy_backend.py", "\nANOTHER = 1\n", True),
        ("figures/another.css", "a { color: red }", False),
        ("figures/panel.py", "\nANOTHER = 1\n", False),
        ("lab/walks.py", "\nANOTHER = 1\n", False),
        ("claims/momentum.py", "\nANOTHER = 1\n", False),
    ],
)
def test_only_a_change_of_what_it_reaches_makes_a_measurement_run_again(tmp_path, monkeypatch, file, text, again):
    package = tmp_path / "firstorder"
    shutil.copytree(kept.ROOT, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept, "ROOT", package)
    measure = CLAIMS["momentum.overshoots"].measure
    digests = []
    for _ in range(2):
        forgotten()
        digests.append(kept.digest(measure))
        with (package / file).open("a", encoding="utf-8") as out:
            out.write(text)
    assert (digests[0] != digests[1]) == again


def test_a_copy_elsewhere_has_the_same_digests(tmp_path, monkeypatch):
    """Also of what reads data: a store is made on one machine, and read on others."""
    measure = CLAIMS["training.forgetting"].measure
    before = kept.reached(measure)
    shutil.copytree(kept.ROOT, tmp_path / "firstorder", ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept, "ROOT", tmp_path / "firstorder")
    forgotten()
    assert kept.reached(measure) == before
    assert any(name.endswith(".json") for name in before)


def test_words_and_thresholds_are_no_part_of_what_is_kept(tmp_path, monkeypatch):
    package = tmp_path / "firstorder"
    shutil.copytree(kept.ROOT, package, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(kept, "ROOT", package)
    forgotten()
    measure = CLAIMS["momentum.overshoots"].measure
    before = kept.reached(measure)
    module = package / "claims" / "momentum.py"
    text = module.read_text(encoding="utf-8")
    module.write_text(text.replace("momentum > 2 * sgd", "momentum > 3 * sgd"), encoding="utf-8")
    forgotten()
    assert kept.reached(measure) == before
    module.write_text(text.replace('steps_needed("momentum", 2,', 'steps_needed("momentum", 3,'), encoding="utf-8")
    forgotten()
    assert kept.reached(measure) != before


@pytest.fixture(autouse=True)
def _afresh():
    yield
    forgotten()


def test_a_table_shows_statement_numbers_verdict_and_code():
    text = claims.show("gradient_descent.simple")._repr_markdown_()
    assert '| <a id="claim-gradient_descent-simple"></a>+ | *Batch gradient descent:* It is simple' in text
    assert "**holds**" in text
    assert "def simple()" in text
    assert '"""' not in text  # the setting is told in words


@pytest.mark.parametrize(("chapter", "explained"), [("momentum", 1), ("edge_of_stability", 0)])
def test_would_have_shown_is_explained_below_a_table_that_says_it(chapter, explained):
    text = claims.show(chapter)._repr_markdown_()
    assert text.count('<div class="explained">') == explained == ("would have shown" in text)


def test_the_summary_counts_every_claim_once():
    last = claims.summary().splitlines()[-1]
    assert last.endswith(f"**{len(CLAIMS)}** |")
