"""The mutation check: each mistake can be made and has its tests, and what is noticed is told from what is not."""

import shlex
from collections import Counter

import pytest

import checks.mutants.__main__ as check
from book.identity import ROOT

TABLE = check.table()


def test_every_mistake_can_be_made():
    """A text that a refactoring has changed is changed in the table as well."""
    lost = []
    for mutant in TABLE:
        try:
            mutant.place(ROOT)
        except ValueError as error:
            lost.append(str(error))
    assert not lost, "\n".join(lost)


def test_mistakes_are_many_in_every_room_and_none_is_made_twice():
    assert len(TABLE) >= 100
    assert min(Counter(mutant.room for mutant in TABLE).values()) >= 5
    assert len({(mutant.where, mutant.old, mutant.new) for mutant in TABLE}) == len(TABLE)
    assert len({(mutant.room, mutant.name) for mutant in TABLE}) == len(TABLE)
    assert all(mutant.old != mutant.new for mutant in TABLE)


def test_the_tests_that_should_notice_are_there():
    files = {part for mutant in TABLE for part in shlex.split(mutant.tests) if part.startswith("tests/")}
    assert not {file for file in files if not (ROOT / file).exists()}


@pytest.fixture
def workshop(tmp_path, monkeypatch):
    tests = "import half\ndef test_half():\n    assert half.half(4) == 2\ndef test_bad():\n    assert False\n"
    files = {"half.py": "def half(x):\n    return x / 2\n", "test_half.py": tests}
    source = tmp_path / "source"
    source.mkdir()
    for name, text in files.items():
        (source / name).write_text(text)
    monkeypatch.setattr(check, "ROOT", source)
    monkeypatch.setattr(check, "tracked", lambda: list(files))
    return check.Workshop(tmp_path / "copies", 1, 60)


@pytest.mark.parametrize(
    ("new", "tests", "fate"),
    [
        ("return x / 3", "test_half.py::test_half", "killed"),
        ("return x * 0.5", "test_half.py::test_half", "survived"),
        ("return x / 3", "test_half.py::test_bad", "unclear"),
    ],
)
def test_a_mistake_is_noticed_by_a_test_that_passes_without_it(workshop, new, tests, fate):
    mutant = check.Mutant("room", "name", "*.py", "return x / 2", new, tests)
    (outcome,) = workshop.checked([workshop.outcome(mutant)])
    assert outcome.fate == fate
    assert (workshop.folders.get() / "half.py").read_text() == "def half(x):\n    return x / 2\n"
