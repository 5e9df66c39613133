"""The book's tables say what the registry and the golden trajectories say."""

import re

import numpy as np
import pytest
from parity import measure
from test_registry import GOLDEN_REASONS

import firstorder as fo
from firstorder import catalogue

#: The page's claim. That each run is as close as its arithmetic allows is for the tests of the goldens.
LIMIT = 1e-10


@pytest.fixture(scope="module")
def measured() -> dict:
    return measure(GOLDEN_REASONS)


def test_the_data_of_the_page_are_those_of_the_goldens(measured):
    stored = catalogue.parity()
    for what in ("versions", "steps", "departs", "reasons"):
        assert stored[what] == measured[what], "run `python tests/parity.py`"
    assert {key: set(row) for key, row in stored["rules"].items()} == {
        key: set(row) for key, row in measured["rules"].items()
    }, "run `python tests/parity.py`"


def test_the_differences_are_those_that_were_stored(measured):
    """On another processor to a factor: they are roundings, of an order that the machine chooses."""
    for key, row in catalogue.parity()["rules"].items():
        for library, gap in row.items():
            assert gap < LIMIT
            now, rounding = measured["rules"][key][library], np.finfo(float).eps
            assert now <= 30 * max(gap, rounding), (key, library)
            assert gap <= 30 * max(now, rounding), (key, library)


def test_every_optimizer_was_run_beside_a_library_or_has_a_reason():
    stored = catalogue.parity()
    assert set(stored["rules"]) | set(stored["reasons"]) == set(fo.OPTIMIZERS)
    assert stored["steps"] >= 20


def rows(table: str) -> dict[str, list[str]]:
    """The cells of a Markdown table by the name in the first column."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    assert len({len(line) for line in lines}) == 1
    return {re.sub(r"\[(.*)\]\(.*\)", r"\1", line[0]): line[1:] for line in lines[2:]}


def test_the_tables_have_a_row_for_every_optimizer():
    names = [optimizer.rule.name for optimizer in fo.OPTIMIZERS.values()]
    assert list(rows(catalogue.readings())) == list(rows(catalogue.comparison())) == names


@pytest.mark.parametrize("table", [catalogue.readings, catalogue.comparison])
def test_names_lead_to_their_chapters(table):
    links = re.findall(r"^\| \[(.*?)\]\((\w+)\.md\)", table(), re.MULTILINE)
    assert links == [(made.rule.name, made.rule.chapter) for made in fo.OPTIMIZERS.values()]


def test_the_first_table_says_where_a_rule_runs():
    for optimizer in fo.OPTIMIZERS.values():
        source, state, *runs = rows(catalogue.readings())[optimizer.rule.name]
        assert re.search(r"\(\d{4}\)$", source)
        assert state == (", ".join(f"`{s}`" for s in optimizer(np.ones((2, 2))).state) or "none")
        marks = ["✓", "✓" if optimizer.rule.elementwise else "–"]
        assert runs == [*marks, *marks]


def test_the_second_table_says_how_close_the_libraries_are():
    table = rows(catalogue.comparison())
    assert re.fullmatch(r"0|\de−\d+", table["Adam"][0])
    assert table["Adan"][1] == "differs"
    assert table["NAdam"][0].endswith(" †")
    assert table["Lion"][0] == "–"
    assert "pytorch_optimizer" in table["AggMo"][2]


def test_those_without_a_library_are_listed_with_the_reason():
    for key, why in GOLDEN_REASONS.items():
        assert f"- **{fo.OPTIMIZERS[key].rule.name}**: {why}" in catalogue.alone()
