"""The method map: every optimizer in the lane of its family, at the year of its paper."""

from __future__ import annotations

import re
from dataclasses import asdict
from functools import cache
from html import escape
from typing import TYPE_CHECKING, Any

import traitlets
from latex2mathml.converter import convert

from ..card import below, state_words, written
from ..catalogue import source
from ..compare import behaviour, bytes_per_parameter, year
from ..rules import RULES, Rule
from .figure import Figure
from .guide import Choose, Guide, Stop
from .timeline import ROW, TITLE, WIDTHS, YEARS, axis, lane, lanes, place

if TYPE_CHECKING:
    from .still.sheet import Sheet


class MethodMap(Figure):
    """All optimizers on a timeline, by family; a press on one shows its card, and lines to what it builds on.

    selected: the one whose card is open at first; chapters: where the book's chapters lie, as seen from the page
    ("chapters/" on the cover), for the links of the list that stands below the map for readers without JavaScript.
    """

    module = "method_map"

    leads = Guide(
        "Where does a method come from, and what came of it?",
        "Choose one: lines lead to those that it builds on, and to those that build on it.",
        Choose(
            "On which of these do most others build directly?",
            ("SGD", "Momentum", "Adam"),
            "Adam",
            {"selected": "adam"},
            "most of its heirs change one thing of it. The larger a mark on the map, the more build on it.",
            lambda now, _: len(below(now)) == max(len(below(rule)) for rule in RULES.values()),
        ),
        (
            Stop(
                {"selected": "momentum"},
                "Polyak, 1964: a memory of the gradients. Half a century later a family lives of it.",
                lambda now, _: year(now) == 1964,
            ),
            Stop(
                {"selected": "rmsprop"},
                "2012: a rate for each weight, from an average of its squared gradients.",
                lambda now, _: year(now) == 2012,
            ),
            Stop(
                {"selected": "adam"},
                "2015: both together, and a correction of what starts at 0.",
                lambda now, _: year(now) == 2015 and set(now.builds_on) >= {"momentum", "rmsprop"},
            ),
            Stop(
                {"selected": "muon"},
                "Muon builds on Nesterov’s momentum again, and looks at a whole matrix at once.",
                lambda now, _: "nesterov" in now.builds_on and not now.elementwise,
            ),
        ),
    )
    summary = "An interactive timeline of all optimizers by family, and what they build on; a list below says the same."
    fewer = 44  # lines of text, and of its guide, that have no second one there

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
        return closed + 296, rows * ROW + 6 * len(lanes()) + 2 * YEARS + 166

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
            [name, rule.meanings[name].symbol, "must be given" if default is None else written(f"{default:g}")]
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
