"""The method map: every optimizer in the lane of its family, at the year of its paper."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import cache
from html import escape
from itertools import pairwise
from math import sqrt
from typing import TYPE_CHECKING, Any

import traitlets
from latex2mathml.converter import convert

from ..card import below, state_words
from ..catalogue import source
from ..compare import behaviour, bytes_per_parameter, year
from ..rules import RULES, Rule
from .figure import Figure

if TYPE_CHECKING:
    from .still.sheet import Sheet

#: What the file of a rule is called on the map, which has a lane for each family: files with one name share it.
LANES = {
    "descent": "Momentum",
    "momentum": "Momentum",
    "sign": "Signs",
    "adagrad": "AdaGrad",
    "rmsprop": "RMSProp",
    "adam": "Adam",
    "first_moment": "Other numerators",
    "second_moment": "Other denominators",
    "schedule_free": "Schedule-Free",
    "layerwise": "Norms of tensors",
    "factored": "Rows and columns",
    "matrix": "Matrices",
    "parameter_free": "No learning rate",
}
#: The widths of a map, in pixels, for which names have been given places: a map takes the widest that it holds.
WIDTHS = (264, 400, 640)
#: Pixels around the axis, of a row of names, of a lane's title above its names, and of the years above and below all.
MARGIN, ROW, TOUCH, TITLE, YEARS = 12, 24, 32, 24, 22
#: As wide as a letter gets, in pixels, in most fonts at 12 pixels.
LETTER = 7.4
#: A gap between years is not drawn longer than this many years.
LONGEST = 2

Places = dict[str, tuple[int, str]]


class MethodMap(Figure):
    """All optimizers on a timeline, by family; a press on one shows its card, and lines to what it builds on.

    selected: the one whose card is open at first; chapters: where the book's chapters lie, as seen from the page
    ("chapters/" on the cover), for the links of the list that stands below the map for readers without JavaScript.
    """

    module = "method_map"
    summary = "A timeline of all optimizers by family, and what they are built on; below it stands the same as a list."

    methods: Any = traitlets.List().tag(sync=True)
    places: Any = traitlets.List().tag(sync=True)
    axis: Any = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, selected: str = "", *, chapters: str = ""):
        if selected and selected not in RULES:
            raise ValueError(f"selected must be a key of firstorder.OPTIMIZERS or empty, got {selected!r}")
        self._chapters = chapters
        super().__init__(
            methods=[describe(rule) for rule in RULES.values()],
            places=[{"width": width, "at": place(width)} for width in WIDTHS],
            axis=list(axis().items()),
            selected=selected,
        )

    def to_html(self) -> str:
        return f"{super().to_html()}<details><summary>The map as a list</summary>{nested(self._chapters)}</details>"

    def heights(self) -> tuple[int, int]:
        closed = len(lanes()) * (TITLE + 18) + 2 * YEARS
        rows = sum(1 + max(place(WIDTHS[1])[rule.key][0] for rule in rules) for rules in lanes().values())
        return closed + 270, rows * ROW + 6 * len(lanes()) + 2 * YEARS + 160

    def draw(self, sheet: Sheet) -> None:
        from .still.lineage import lineage

        lineage(sheet, self.selected)


@cache
def formula(key: str) -> str:
    """A rule's formula as MathML, which browsers draw with neither a library nor fonts of ours."""
    found = convert(RULES[key].tex().replace("{aligned}", "{align*}"), display="block")
    return re.sub(r"<mrow>(<(m\w+)>[^<]*</\2>)</mrow>", r"\1", found)


def describe(rule: Rule) -> dict[str, Any]:
    """What a card says of an optimizer."""
    return {
        "id": rule.key,
        "label": rule.name,
        "year": year(rule),
        "lane": lane(rule),
        "source": source(rule),
        "idea": rule.doc.partition("\n")[0],
        "formula": formula(rule.key),
        "code": rule.source,
        "state": state_words(rule),
        "bytes": bytes_per_parameter(rule),
        "hyperparameters": [
            [name, rule.meanings[name].symbol, "must be given" if default is None else short(default)]
            for name, default in rule.hyperparameters.items()
        ],
        "above": list(rule.builds_on),
        "below": [other.key for other in below(rule)],
        "chapter": rule.chapter,
        "elementwise": rule.elementwise,
        "behaviour": asdict(behaviour(rule.key)),
    }


def short(number: float) -> str:
    """A number as figures write it: 1e−8."""
    return re.sub(r"e-0*", "e−", f"{number:g}")


def nested(chapters: str) -> str:
    """The lineage as a nested list in HTML: each optimizer below the first of those that it builds on."""

    def entry(rule: Rule) -> str:
        others = [RULES[key].name for key in rule.builds_on[1:]]
        also = f", also on {' and '.join(others)}" if others else ""
        name, chapter = escape(rule.name), rule.chapter
        named = f'<a href="{escape(chapters)}{chapter}.html">{name}</a>' if chapter else name
        heirs = [other for other in RULES.values() if other.builds_on[:1] == (rule.key,)]
        inner = f"<ul>{''.join(map(entry, heirs))}</ul>" if heirs else ""
        return f"<li>{named} ({year(rule)}{escape(also)}){inner}</li>"

    return f"<ul>{''.join(entry(rule) for rule in RULES.values() if not rule.builds_on)}</ul>"


# ---------------------------------------------------------------- layout


def lane(rule: Rule) -> str:
    """The family of a rule: the subject of the file that it stands in."""
    return LANES.get(rule.function.__module__.rpartition(".")[2], "Others")


@cache
def lanes() -> dict[str, list[Rule]]:
    """The rules of each family, the oldest first, and of one year those first on which most others build."""
    found: dict[str, list[Rule]] = {}
    for rule in RULES.values():
        found.setdefault(lane(rule), []).append(rule)
    return {name: sorted(rules, key=lambda rule: (year(rule), -len(below(rule)))) for name, rules in found.items()}


@cache
def axis() -> dict[int, float]:
    """How far along the axis each year lies that has an optimizer, from 0 to 1; years that have none are passed over
    when there are more than two in a row."""
    years = sorted({year(rule) for rule in RULES.values()})
    along = {years[0]: 0}
    for before, after in pairwise(years):
        along[after] = along[before] + min(after - before, LONGEST)
    return {one: far / along[years[-1]] for one, far in along.items()}


def radius(rule: Rule) -> float:
    """Of its mark, in pixels: the area grows with the number of those that build on it."""
    return 4 + 1.8 * sqrt(len(below(rule)))


def across(rule: Rule, width: float) -> float:
    """How far from the left its mark stands on a map."""
    return MARGIN + axis()[year(rule)] * (width - 2 * MARGIN)


@cache
def place(width: int) -> Places:
    """The row of each in its lane, and whether its name stands to the "right" or to the "left" of its mark, such that
    no two names meet on a map of this width or of a greater one. On the narrowest, lanes have their titles above them,
    on others within the first row."""
    at: Places = {}
    for name, rules in lanes().items():
        rows: list[list[tuple[float, float]]] = []
        if width > WIDTHS[0]:
            rows.append([(0, LETTER * len(name) + 30)])
        for rule in rules:
            x, r, long = across(rule, width), radius(rule), LETTER * len(rule.name) + 6
            sides = {"right": (x - r, x + r + long), "left": (x - r - long, x + r)}
            fitting = {side: span for side, span in sides.items() if span[0] >= 0 and span[1] <= width}
            at[rule.key] = _first(rows, fitting or sides)
    return at


def _first(rows: list[list[tuple[float, float]]], sides: dict[str, tuple[float, float]]) -> tuple[int, str]:
    """Takes the first room that there is for one of the spans, in the first row that has it."""
    for number, row in enumerate([*rows, []]):
        for side, (left, right) in sides.items():
            if all(right + 8 <= a or b + 8 <= left for a, b in row):
                if number == len(rows):
                    rows.append(row)
                row.append((left, right))
                return number, side
    raise AssertionError("an empty row has room")
