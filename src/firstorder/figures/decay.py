"""Weight decay against an L2 penalty: how fast a weight shrinks, by the size of its gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import Number, Panel, slider
from .scenario import Along, Run, Scenario, array, lane, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 400
SCALES = (0.01, 0.1, 1.0, 10.0)
LOOKS = (1, 3, 7, 2)  # of the series, one for each


class DecayFigure(Panel):
    """Four weights that start at 1, under gradients of four sizes whose mean is 0: only the decay moves them.

    Adam with an L2 penalty, AdamW, and SGD with an L2 penalty; weight_decay: λ of all; lr: η of all.
    """

    module = "decay"
    heading = "Weight decay against an L2 penalty"
    about = "how fast weights shrink under Adam with an L2 penalty, AdamW and SGD with an L2 penalty."
    run_by = ("adam", "adamw", "sgd")
    pixels = (735, 486)
    layout = "trio"

    weight_decay = Number(0.1, 1e-3, 1.0, "decay, or weight of the penalty", "λ", "log")
    lr = slider("lr", 0.01, 1e-3, 0.1)

    leads = Guide(
        "Does the decay depend on the gradients?",
        "Find the chart in which the four lines part. Then move λ: do they part in another one?",
        Choose(
            "λ falls from 0.1 to 0.01. Under AdamW 0.67 of each weight was left; how much will be left now?",
            ("about 0.07", "about 0.67", "about 0.95"),
            "about 0.95",
            {"weight_decay": 0.01},
            "each of 400 steps multiplies by 1 − ηλ, which is 0.9999 now, whatever the gradients are.",
            lambda now, usual: (
                np.allclose(now["adamw"][-4:], 0.954, atol=0.001)
                and np.allclose(usual["adamw"][-4:], 0.666, atol=0.001)
            ),
        ),
        (
            Stop(
                {},
                "Adam with L2: of the weight with the smallest gradients 0.0008 is left, with the largest 0.95.",
                lambda now, _: np.allclose(now["adam"][[-4, -1]], (0.0008, 0.954), atol=1e-4),
            ),
            Stop(
                {"weight_decay": 1.0},
                "λ = 1: AdamW and SGD leave a fiftieth of all weights; Adam with L2 leaves 0.67 of the last.",
                lambda now, _: (
                    np.allclose([*now["adamw"][-4:], *now["sgd"][-4:]], 0.02, atol=0.003)
                    and round(now["adam"][-1], 2) == 0.67
                ),
            ),
            Stop(
                {"lr": 0.1},
                "Ten times the rate is ten times the decay, for AdamW’s shrinking is 1 − ηλ a step: 0.04 is left.",
                lambda now, _: np.allclose(now["adamw"][-4:], 0.037, atol=0.001),
            ),
        ),
    )

    @classmethod
    def scenario(cls) -> Scenario:
        """For each rule the weights after steps 0, 1, …, in one row: (steps + 1, scales)."""
        decay = symbol("weight_decay")
        along = array("scales")[lane] * array("signs")[t - 1]
        runs = {}
        for key in cls.run_by:
            own = "weight_decay" in RULES[key].hyperparameters
            penalty = 0 if own else sp.diff(decay * p**2 / 2, p)
            values = {"lr": symbol("lr"), **({"weight_decay": decay} if own else {})}
            runs[key] = Run(key, STEPS, along + penalty, values, start=1.0, lanes=len(SCALES))
        return Scenario({key: Along(key, p, first=0) for key in runs}, runs)

    def given(self) -> dict[str, Any]:
        # Pairs of +1 and −1 in an order drawn by lot: the gradients of any two steps in a row cancel.
        first = np.random.default_rng(5).integers(0, 2, STEPS // 2) * 2 - 1
        return {"signs": np.stack([first, -first], axis=1).ravel().tolist(), "scales": list(SCALES)}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Mark, View
        from .still.numbers import form
        from .still.sheet import SERIES

        def chart(key: str) -> View:
            path = curves[key].reshape(STEPS + 1, len(SCALES))
            ends = path[-1]
            own = "weight_decay" in RULES[key].hyperparameters
            lines = [
                # After every second step, when the two gradients have cancelled.
                Curve(
                    path[::2, k],
                    sheet.theme["text"],
                    f"gradients ±{form(scale)}",
                    range(0, STEPS + 1, 2),
                    SERIES[place].dash,
                    2,
                )
                for k, (scale, place) in enumerate(zip(SCALES, LOOKS, strict=True))
            ]
            return View(
                f"{RULES[key].name}{'' if own else ' + L2'}",
                "step t",
                210,
                (0, STEPS),
                (-0.2, 1.2),
                low=84,
                marks=[Mark(y=0, dash=())],
                curves=lines[::-1],
                note="all alike" if np.ptp(ends) < 0.01 else "",
            )

        return [chart(key) for key in self.run_by]
