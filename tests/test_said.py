"""What proves the numbers of the text runs with the chapter, and is not shown."""

import re

import pytest

from book import said
from book.contents import chapters
from book.identity import ROOT

TEXT = "# A\n\n```{code-cell}\nx = 1\n```\n\n% said: opening\n\nIt is 1.\n"


def test_a_part_runs_where_its_mark_stands_and_is_not_shown():
    found = said.put_in(TEXT, said.parts("# %% opening\nassert x == 1\n"))
    assert "x = 1\n```\n\n```{code-cell}\n:tags: [remove-cell, said]\n\nassert x == 1\n```\n\nIt is 1." in found


@pytest.mark.parametrize("told", ["", "# %% other\n1\n", "# %% opening\n1\n\n# %% other\n2\n"])
def test_each_part_has_a_mark_and_each_mark_a_part(told):
    with pytest.raises(ValueError, match="the text has the marks"):
        said.put_in(TEXT, said.parts(told))


def test_a_mark_that_stands_twice_is_refused():
    with pytest.raises(ValueError, match="the text has the marks"):
        said.put_in(TEXT + TEXT, said.parts("# %% opening\n1\n"))


def test_the_chapters_have_a_place_for_all_that_lies_beside_them():
    texts = {said.beside(ROOT / f"{name}.md"): (ROOT / f"{name}.md").read_text(encoding="utf-8") for name in chapters()}
    assert set((ROOT / "chapters" / "said").glob("*.py")) <= set(texts)
    for path, text in texts.items():
        told = said.parts(path.read_text(encoding="utf-8")) if path.exists() else {}
        whole = said.put_in(text, told)
        assert len(re.findall(r"^:tags: \[remove-cell, said\]$", whole, re.MULTILINE)) == len(told)
        assert all("assert" in code for code in told.values()), path
