"""What Newton–Schulz steps do to singular values: the same polynomial, again and again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from ..reading.symbolic import symbol
from ..rules.matrix import NEWTON_SCHULZ
from .guide import Choose, Guide, Stop
from .panel import Choice, Number, Panel
from .scenario import Along, Run, Scenario, lane, p

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

MOST, VALUES, SIZES = 10, 12, 481
#: Factors of s, s³ and s⁵.
POLYNOMIALS: dict[str, tuple[Any, ...]] = {
    "muon": NEWTON_SCHULZ,
    "cubic": (sp.Rational(3, 2), sp.Rational(-1, 2), 0),
    "quintic": (sp.Rational(15, 8), sp.Rational(-5, 4), sp.Rational(3, 8)),
}


class NewtonSchulz(Panel):
    """Singular values after Newton–Schulz steps: of all sizes from 1e-4 to 1, and of a matrix that has twelve of them.

    polynomial: "muon", whose factors are tuned for speed; "cubic" or "quintic", which converge to 1; steps: how many,
    up to 10; least: the smallest of the twelve, whose largest is 1.
    """

    module = "newton_schulz"
    heading = "Singular values under Newton–Schulz"
    about = "what singular values become in some Newton–Schulz steps, for three polynomials."
    run_by = ("sgd",)
    pixels = (836, 780)

    steps = Number(5, 0, MOST, "Newton–Schulz steps", "k", "whole")
    least = Number(0.01, 1e-4, 0.5, "smallest singular value", "s", "log")
    polynomial = Choice("muon", {"muon": "Muon’s", "cubic": "cubic", "quintic": "quintic"}, "Polynomial")

    leads = Guide(
        "How do singular values become 1 without being computed?",
        "Count the steps up from 0 to 5, and watch the smallest value.",
        Choose(
            "Five steps of Muon’s polynomial bring the values to 0.70 to 1.13. To what do ten?",
            ("0.99 to 1.01", "0.69 to 1.13", "0.50 to 1.50"),
            "0.69 to 1.13",
            {"steps": 10},
            "its factors are tuned for a quick rise of small values. They do not come to rest at 1.",
            lambda now, _: _ends(now, 5) == (0.70, 1.13) and _ends(now, 10) == (0.69, 1.13),
        ),
        (
            Stop(
                {"steps": 1},
                "One step: what was 0.01 is more than three times as large.",
                lambda now, _: _ends(now, 1)[0] == 0.03,
            ),
            Stop(
                {"polynomial": "cubic"},
                "Five cubic steps: the largest is 1 and stays, the smallest has come to 0.08 only.",
                lambda now, _: _ends(now, 5) == (0.08, 1),
            ),
            Stop(
                {"polynomial": "quintic"},
                "Five quintic ones do better, 0.23, and still leave small values behind.",
                lambda now, _: _ends(now, 5) == (0.23, 1),
            ),
            Stop(
                {"least": 1e-4},
                "Muon’s, from a value of 0.0001: after five steps it is 0.05, and needs some more.",
                lambda now, _: _ends(now, 5)[0] == 0.05,
            ),
        ),
    )

    @classmethod
    def scenario(cls, polynomial: str) -> Scenario:
        """`sizes` and `values` after 0, 1, … steps, in one row each."""
        a, b, c = POLYNOMIALS[polynomial]
        after = a * p + b * p**3 + c * p**5
        starts = {
            "sizes": (10 ** (4 * lane / sp.Integer(SIZES - 1) - 4), SIZES),
            "values": (symbol("least") ** (1 - lane / sp.Integer(VALUES - 1)), VALUES),
        }
        # A rule whose gradient is 0 stands still: what moves is what becomes of p after each step.
        runs = {
            name: Run("sgd", MOST, 0.0, {}, start=start, lanes=lanes, after=after)
            for name, (start, lanes) in starts.items()
        }
        return Scenario({name: Along(name, p, first=0) for name in runs}, runs)

    def given(self) -> dict[str, Any]:
        return {"most": MOST, "count": VALUES}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Dots, Mark, View

        after, values = curves["sizes"].reshape(MOST + 1, -1), curves["values"].reshape(MOST + 1, -1)
        muted, text, colour = (sheet.theme[role] for role in ("muted", "text", "accent"))
        one = Mark(y=1, dash=())
        return [
            View(
                "Size after k steps, by the size before",
                "singular value before",
                230,
                (1e-4, 1),
                (0, 1.3),
                logx=True,
                low=190,
                marks=[one, Mark(x=self.least, colour=text, dash=())],
                curves=[
                    *(Curve(after[k], muted, xs=after[0], thin=True) for k in range(self.steps)),
                    Curve(after[self.steps], colour, f"{self.steps} steps", after[0], width=2.6),
                ],
                dots=[Dots(values[0], values[self.steps], text, 3, 1, over=True)],
            ),
            View(
                "Twelve singular values, step by step",
                "step k",
                150,
                (0, MOST),
                (0, 1.3),
                low=130,
                marks=[one, Mark(x=self.steps, colour=text, dash=())],
                curves=[
                    *(Curve(row, colour, width=1.4) for row in values.T),
                    Curve([], colour, f"{self.steps} steps"),  # the room that the name above takes
                ],
            ),
        ]


def _ends(curves: Any, steps: int) -> tuple[float, float]:
    """The smallest and the largest of the values after some steps."""
    values = curves["values"].reshape(MOST + 1, -1)[steps]
    return round(float(values.min()), 2), round(float(values.max()), 2)
