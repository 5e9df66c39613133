"""The checklist for a new rule names what lacks, and nothing that is there."""

import subprocess
import sys
from dataclasses import replace

import pytest

import firstorder as fo
from firstorder import add


@fo.optimizer(builds_on=("prodigy",))
def unlisted(p, g, m, *, lr=1e-3, beta=0.965):
    m = beta * m + (1 - beta) * g
    p = p - lr * m
    return p, m


def test_a_rule_that_is_only_written_lacks_everything_else():
    lacks = add.lacking(unlisted)
    there = {"name", "builds on", "notebook", "measured"}  # no chapter has no notebook, no claim no measurement
    assert set(lacks) == set(add.CHECKS) - there
    assert "references.bib" in lacks["paper"]
    assert "'beta'" in lacks["meanings"]
    assert "tests/oracles.py" in lacks["oracle"]
    assert "tests/sweep.py unlisted" in lacks["rates"]


@pytest.mark.parametrize(
    ("changed", "what", "told"),
    [
        ({"name": "Adamant"}, "name", "'adam'"),
        ({"paper": "nobody2026nothing"}, "paper", "nobody2026nothing"),
        ({"builds_on": ("adamw",)}, "builds on", "after 'adamw'"),
        ({"builds_on": ()}, "builds on", "the rules it extends"),
        ({"chapter": "nowhere"}, "chapter", "'nowhere'"),
        ({"chapter": "parameter_free", "name": "A d a m"}, "chapter", "in chapters/parameter_free.md"),
        ({"meanings": unlisted.meanings}, "meanings", "'beta'"),
        ({"rates": {"beale": 0.1}}, "rates", "tests/sweep.py adam"),
        ({"function": unlisted.function}, "docstring", "Source: Author"),
        ({"program": unlisted.program}, "oracle", "unlisted"),
        ({"program": replace(fo.Adam.rule.program, keywords={"lr": 0.1, "t": None})}, "oracle", "beta1"),
    ],
)
def test_what_lacks_is_named(changed, what, told):
    assert told in add.lacking(replace(fo.Adam.rule, **changed))[what]


def test_the_command_prints_the_list_and_fails_where_something_lacks(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(add, "STUB", tmp_path / "optimizers.pyi")
    monkeypatch.setitem(add.RULES, "unlisted", unlisted)
    assert add.main(["adam"]) == 0
    assert "Adam: lacks nothing" in capsys.readouterr().out
    assert add.main(["unlisted", "adam"]) == 1
    said = capsys.readouterr().out
    assert "Unlisted: lacks 11 of 16" in said
    assert "  [ ] oracle" in said
    assert "  [x] name" in said
    assert "class Unlisted(Optimizer)" in add.STUB.read_text()


def test_a_name_without_a_rule_is_told_the_nearest_and_where_to_write_one(capsys, monkeypatch, tmp_path):
    monkeypatch.setattr(add, "STUB", tmp_path / "optimizers.pyi")
    assert add.main(["adamm"]) == 2
    said = capsys.readouterr().out
    assert "did you mean 'adam'" in said
    assert "a function adamm in a file of" in said


def test_editors_and_type_checkers_are_told_every_optimizer():
    assert add.STUB.read_text(encoding="utf-8") == add.stub(), "run `python -m firstorder.add`"


def test_it_runs_as_a_module():
    done = subprocess.run([sys.executable, "-m", "firstorder.add", "adamm"], capture_output=True, text=True)
    assert done.returncode == 2, done.stderr
