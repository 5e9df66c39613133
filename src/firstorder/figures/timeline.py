"""Where each optimizer lies on the method map: in the lane of its family, at the year of its paper."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from math import sqrt

from ..card import below
from ..compare import year
from ..rules import RULES, Rule

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
#: As wide as a letter gets on average, in pixels, in most fonts at 12 pixels, and what is left between two names: a
#: name of broad letters takes some of it.
LETTER, GAP = 7.4, 12
#: A gap between years is not drawn longer than this many years.
LONGEST = 2

Places = dict[str, tuple[int, str]]


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
            if all(right + GAP <= a or b + GAP <= left for a, b in row):
                if number == len(rows):
                    rows.append(row)
                row.append((left, right))
                return number, side
    raise AssertionError("an empty row has room")
