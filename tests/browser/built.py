"""The built book as tests see it: its folder and its pages."""

import os
from collections.abc import Iterable, Sequence
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeVar

from bs4 import BeautifulSoup

from book import serve

#: Another copy of the site may be given, such as one unzipped from a release.
HTML = Path(os.environ.get("FIRSTORDER_SITE") or Path(__file__).parents[2] / "_build" / "html").resolve()
#: `make release-test` asks every page what takes a browser a second or more; `make test` asks one page of each kind.
EVERY = bool(os.environ.get("FIRSTORDER_EVERY_PAGE"))
KINDS = {"index", "search", "api", "glossary", "adam", "bias_correction", "which_optimizer", "training", "claims"}
#: Width and theme of a window. Each of both is asked in `make test`, each pair of them in `make release-test`.
WINDOWS = [(360, "dark"), (1280, "light")] + [(360, "light"), (1280, "dark")] * EVERY
Thing, Way = TypeVar("Thing"), TypeVar("Way")


def pages() -> list[str]:
    """Paths of the built pages, for parametrization: `index.html`, `chapters/adam.html`, ..."""
    return serve.pages(HTML)


def some(paths: list[str]) -> list[str]:
    """The pages among `paths` that `make test` asks: with all kinds of figures, formulas, tables and code."""
    return [path for path in paths if EVERY or Path(path).stem in KINDS]


def in_turn(things: Iterable[Thing], ways: Sequence[Way]) -> list[tuple[Thing, Way]]:
    """Each thing with the next of the ways, so that each way meets every second or third; for a release, all pairs."""
    things = list(things)
    if EVERY:
        return list(product(things, ways))
    return [(thing, ways[k % len(ways)]) for k, thing in enumerate(things)]


@cache
def parsed(path: str) -> BeautifulSoup:
    """A page of the site, for reading only: many tests read all of them."""
    return BeautifulSoup((HTML / path).read_text(encoding="utf-8"), "lxml")
