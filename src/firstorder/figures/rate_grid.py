"""The best of a grid of learning rates, by which rates the grid has: from the stored sweep over the digits."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import sympy as sp

from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import NONE, Choice, Number, Panel, tried
from .scenario import Over, Scenario, array

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

#: Multiples of a rule's default rate that the sweep tries, as far as the best is not at the end of them.
FACTORS = [round(10 ** (k / 2 - 2), 6) for k in range(13)]
PROBLEMS = {"softmax": "softmax", "two_layer": "two layers", "convolutional": "convolution"}


class RateGrid(Panel):
    """The held-out loss of six optimizers by the learning rate, and the best of each in a window of rates.

    problem: a key of `PROBLEMS`; low, high: the ends of the window, as multiples of each optimizer's default rate.
    """

    module = "rate_grid"
    heading = "The best of a grid of rates"
    about = "held-out losses of six optimizers by learning rate, and the best of each within a window of rates."
    run_by = ("sgd", "momentum", "adagrad", "rmsprop", "adam", "lion")
    pixels = (672, 581)

    low = Number(0.1, 0.01, 1.0, "lowest rate, over the default", "×", "log")
    high = Number(10.0, 1.0, 1e4, "highest rate, over the default", "×", "log")
    problem = Choice("two_layer", PROBLEMS, "Model")

    leads = Guide(
        "Which optimizer is the best?",
        "Move the two ends of the window, and watch how the order changes.",
        Choose(
            "The window opens to all rates that were tried. Which of these three comes first?",
            ("Adam", "RMSProp", "Momentum"),
            "Momentum",
            {"low": 0.01, "high": 10_000.0},
            "its best rate lies far above its default, where the narrower window never looked.",
            lambda now, usual: _first(now) == "momentum" and _first(usual) == "adam",
        ),
        (
            Stop(
                {"low": 1.0, "high": 1.0},
                "Everyone at the default rate: RMSProp is first, and momentum is far behind.",
                lambda now, _: _first(now) == "rmsprop" and now["momentum"] > 10 * now["rmsprop"],
            ),
            Stop(
                {},
                "Within a factor of ten of the default Adam is first.",
                lambda now, _: _first(now) == "adam",
            ),
            Stop(
                {"low": 0.01, "high": 10_000.0},
                "With all rates momentum is first, and plain SGD beats RMSProp.",
                lambda now, _: _first(now) == "momentum" and now["sgd"] < now["rmsprop"],
            ),
            Stop(
                {"low": 0.01, "high": 10_000.0, "problem": "convolutional"},
                "Another model, another order: on the convolution Adam is before momentum.",
                lambda now, _: _first(now) == "adam" and now["momentum"] > now["adam"],
            ),
        ),
    )

    @classmethod
    def scenario(cls, problem: str) -> Scenario:
        """The lowest loss of each optimizer at the rates from `low` to `high`."""
        low, high = symbol("low"), symbol("high")
        curves = {}
        for key in cls.run_by:
            losses = array(f"{problem}_{key}")
            within = (
                sp.Piecewise((losses[k], sp.And(low <= factor, high >= factor)), (NONE, True))
                for k, factor in enumerate(FACTORS)
            )
            curves[key] = Over(sp.Min(*within))
        return Scenario(curves)

    def given(self) -> dict[str, Any]:
        from ..lab.results import stored

        found = {}
        for row in stored()["rows"]:
            if row["optimizer"] in self.run_by:
                told = {round(2 * math.log10(factor)): loss for factor, loss in row["tuning"]}
                losses = [told.get(k - 4) for k in range(len(FACTORS))]
                found[f"{row['problem']}_{row['optimizer']}"] = [NONE if loss is None else loss for loss in losses]
        return {"factors": FACTORS, "none": NONE, **found}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Dots, View
        from .still.sheet import looks_of

        lines, dots = [], []
        for key, look in zip(self.run_by, looks_of(self.run_by), strict=True):
            factors, losses = tried(FACTORS, self.data[f"{self.problem}_{key}"])
            colour = sheet.colour(look)
            lines.append(Curve(losses, colour, RULES[key].name, factors, look.dash))
            dots.append(Dots([factors[losses.index(curves[key])]], [curves[key]], colour, 5, 1, over=True))
        return [
            View(
                "Held-out loss",
                "learning rate over its default",
                300,
                (FACTORS[0], FACTORS[-1]),
                (0.05, 3),
                logx=True,
                log=True,
                low=240,
                bands=[(self.low, self.high, sheet.theme["accent"])],
                curves=lines,
                dots=dots,
            )
        ]


def _first(curves: Any) -> str:
    """The optimizer with the least loss."""
    return min(curves, key=lambda key: float(curves[key]))
