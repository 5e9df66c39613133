"""Rules that estimate how far they have to go: one weight that has to go a distance, and their estimates of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import Number, Panel, noise, slider
from .scenario import Along, Run, Scenario, array, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 100


class GrowingD(Panel):
    """The estimates d of three rules without a learning rate, and where they go, on f = |θ − D| from θ = 0.

    distance: D; d0: the first estimate; noise: standard deviation of what is added to the gradient, whose size is 1.
    """

    module = "growing_d"
    heading = "An estimate of the distance grows"
    about = "the distances that three rules estimate, step by step, while one weight goes to its minimum."
    run_by = ("dadapt_sgd", "dadapt_adam", "prodigy")
    pixels = (791, 686)

    distance = Number(1.0, 1e-3, 1e3, "distance to the minimum", "D", "log")
    d0 = slider("d0", 1e-6, 1e-8, 1e-2, rule="prodigy")
    noise = Number(0.0, 0.0, 3.0, "noise of the gradient", "σ")

    leads = Guide(
        "How does a rule without a learning rate find one?",
        "Make d₀ a hundred times smaller, and count the steps that it costs.",
        Choose(
            "Prodigy’s estimate passes a fifth of D after 15 steps. After how many if the minimum is 100 times as far?",
            ("about 20", "about 150", "about 1,500"),
            "about 20",
            {"distance": 100.0},
            "the estimate grows by a factor a step, so that a hundred times the distance costs only a few steps.",
            lambda now, usual: (_passes(usual, "prodigy", 0.2), _passes(now, "prodigy", 20)) == (15, 20),
        ),
        (
            Stop(
                {},
                "From a millionth of the distance: Prodigy’s estimate ends below D, the others end at five times D.",
                lambda now, _: now["prodigy"][-1] < 1 and min(now["dadapt_sgd"][-1], now["dadapt_adam"][-1]) > 4.8,
            ),
            Stop(
                {"d0": 1e-8},
                "A hundred times smaller at the start: Prodigy needs 5 steps more.",
                lambda now, _: _passes(now, "prodigy", 0.2) == 20,
            ),
            Stop(
                {"noise": 1.0},
                "With noise as large as the gradient all three estimates grow later.",
                lambda now, usual: all(
                    _passes(now, key, 0.2) > _passes(usual, key, 0.2) for key in usual if not key.endswith("way")
                ),
            ),
        ),
    )

    @classmethod
    def scenario(cls) -> Scenario:
        """Of each rule its estimate after 0, 1, … steps, and θ over D."""
        D = symbol("distance")
        slope = sp.sign(p - D) + symbol("noise") * array("shocks")[t - 1]
        curves: dict[str, Any] = {}
        for key in cls.run_by:
            curves[key] = Along(key, symbol("d"), first=0)
            curves[f"{key}_way"] = Along(key, p / D, first=0)
        return Scenario(curves, {key: Run(key, STEPS, slope, {"d0": symbol("d0")}) for key in cls.run_by})

    def given(self) -> dict[str, Any]:
        return {"steps": STEPS, "shocks": noise(STEPS, 4).tolist()}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Mark, View
        from .still.sheet import looks_of

        looks = dict(zip(self.run_by, looks_of(self.run_by), strict=True))

        def lines(of: str) -> list[Curve]:
            return [
                Curve(curves[f"{key}{of}"], sheet.colour(look), RULES[key].name, dash=look.dash)
                for key, look in looks.items()
            ]

        return [
            View(
                "Estimate d",
                "step t",
                210,
                (0, STEPS),
                (1e-8, 1e4),
                log=True,
                low=160,
                marks=[Mark(y=self.distance, label="D", colour=sheet.theme["text"], left=True)],
                curves=lines(""),
            ),
            View(
                "θ over D: the minimum is at 1",
                "step t",
                140,
                (0, STEPS),
                (-3, 8),
                low=100,
                marks=[Mark(y=1, colour=sheet.theme["text"])],
                curves=lines("_way"),
            ),
        ]


def _passes(curves: Any, name: str, bound: float) -> int:
    """The step at which an estimate is above a bound for the first time."""
    return int(np.argmax(curves[name] > bound))
