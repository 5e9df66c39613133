"""The method map: every optimizer below those that it is built on."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import cache
from html import escape
from itertools import combinations
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

WIDE, NARROW = 7, 3
SWEEPS = 24

Rows = list[list[str]]
Places = dict[str, tuple[int, int]]


class MethodMap(Figure):
    """All optimizers as a graph of what is built on what; a press on one shows its card, with its formula or code.

    selected: the one whose card is open at first; chapters: where the book's chapters lie, as seen from the page
    ("chapters/" on the cover), for the links of the list that stands below the map for readers without JavaScript.
    """

    module = "method_map"
    summary = "An interactive map of all optimizers and what they are built on; below it stands the same as a list."

    methods: Any = traitlets.List().tag(sync=True)
    places: Any = traitlets.List().tag(sync=True)
    selected = traitlets.Unicode().tag(sync=True)

    def __init__(self, selected: str = "", *, chapters: str = ""):
        if selected and selected not in RULES:
            raise ValueError(f"selected must be a key of firstorder.OPTIMIZERS or empty, got {selected!r}")
        self._chapters = chapters
        super().__init__(
            methods=[describe(rule) for rule in RULES.values()],
            places=[{"columns": columns, "at": place(columns)} for columns in (WIDE, NARROW)],
            selected=selected,
        )

    def to_html(self) -> str:
        return f"{super().to_html()}<details><summary>The map as a list</summary>{nested(self._chapters)}</details>"

    def heights(self) -> tuple[int, int]:
        narrow, wide = (1 + max(row for row, _ in place(columns).values()) for columns in (NARROW, WIDE))
        return 70 * narrow + 69, 70 * wide + 60

    def draw(self, sheet: Sheet) -> None:
        from .still.lineage import lineage

        columns = NARROW if sheet.narrow else WIDE
        lineage(sheet, place(columns), columns, self.selected)


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
        "source": source(rule),
        "idea": rule.doc.partition("\n")[0],
        "formula": formula(rule.key),
        "code": rule.source,
        "state": state_words(rule),
        "bytes": bytes_per_parameter(rule),
        "hyperparameters": [
            [name, rule.meanings[name].symbol, "must be given" if default is None else f"{default:g}"]
            for name, default in rule.hyperparameters.items()
        ],
        "above": list(rule.builds_on),
        "below": [other.key for other in below(rule)],
        "chapter": rule.chapter,
        "elementwise": rule.elementwise,
        "behaviour": asdict(behaviour(rule.key)),
    }


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


@cache
def generation(key: str) -> int:
    """How many steps of the lineage lie between an optimizer and one that builds on nothing."""
    return max((generation(parent) + 1 for parent in RULES[key].builds_on), default=0)


def levels(columns: int) -> Rows:
    """Rows of at most `columns` optimizers, each below all that it builds on, and as high as there is room."""
    rows: Rows = []
    row_of: dict[str, int] = {}
    for key in sorted(RULES, key=lambda key: (generation(key), year(RULES[key]))):
        row = max((row_of[parent] + 1 for parent in RULES[key].builds_on), default=0)
        while row < len(rows) and len(rows[row]) >= columns:
            row += 1
        rows += [[] for _ in range(row + 1 - len(rows))]
        rows[row].append(key)
        row_of[key] = row
    return rows


@cache
def place(columns: int) -> Places:
    """Row and column of each optimizer, near what it is connected with: barycentres, swept up and down."""
    rows = levels(columns)
    linked: dict[str, list[str]] = {k: [*RULES[k].builds_on, *(r.key for r in below(RULES[k]))] for k in RULES}
    at = dict.fromkeys(RULES, (columns - 1) / 2)
    best, least = dict(at), float("inf")
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else reversed(rows):
            wish = {key: sum(at[other] for other in linked[key]) / max(1, len(linked[key])) for key in row}
            order = sorted(row, key=wish.__getitem__)
            columns_of = min(
                combinations(range(columns), len(row)),
                key=lambda chosen: sum((c - wish[key]) ** 2 for c, key in zip(chosen, order, strict=True)),
            )
            at.update(zip(order, map(float, columns_of), strict=True))
        length = sum(abs(at[key] - at[parent]) for key in RULES for parent in RULES[key].builds_on)
        if length < least:
            best, least = dict(at), length
    return {key: (number, int(best[key])) for number, row in enumerate(rows) for key in row}
