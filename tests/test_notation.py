"""The page of notation keeps what it says: which letters mean what in which chapter."""

import re
from itertools import chain
from pathlib import Path

CHAPTERS = Path(__file__).parents[1] / "chapters"
TEX = {f"$\\{name}$": rf"\\{name}(?![a-z])" for name in ("alpha", "rho", "kappa", "delta", "gamma", "tau")}
TEX["$\\varphi$, $\\phi$"] = r"\\(var)?phi\b"
TEX |= {f"${letter}$": rf"\$[^$]*(?<![\w\\{{]){letter}(?!\w)[^$]*\$" for letter in "GDLSPK"}


def meanings() -> dict[str, list[list[str]]]:
    """Of each letter with several meanings the chapters of each."""
    table = (CHAPTERS / "notation.md").read_text(encoding="utf-8").partition("## Letters with several meanings")[2]
    found: dict[str, list[list[str]]] = {}
    letter = ""
    for first, chapters in re.findall(r"^\| (.*?) ?\| .* \| (\{doc\}.*) \|$", table, re.MULTILINE):
        letter = first or letter
        found.setdefault(letter, []).append(re.findall(r"`(\w+)`", chapters))
    return found


def test_every_letter_has_several_meanings_and_none_two_in_one_chapter():
    assert meanings().keys() == TEX.keys()
    for letter, chapters in meanings().items():
        assert len(chapters) > 1, letter
        named = [*chain(*chapters)]
        assert len(named) == len(set(named)), letter


def test_a_chapter_that_is_named_uses_the_letter():
    for letter, chapters in meanings().items():
        for name in chain(*chapters):
            assert re.search(TEX[letter], (CHAPTERS / f"{name}.md").read_text(encoding="utf-8")), (letter, name)


def test_expectation_has_one_sign():
    for path in CHAPTERS.glob("*.md"):
        assert not re.search(r"(?<![A-Za-z\\_])E\[", path.read_text(encoding="utf-8")), path.name
