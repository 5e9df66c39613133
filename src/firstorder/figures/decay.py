"""Weight decay against an L2 penalty: how fast a weight shrinks, by the size of its gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from ..rules import RULES
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
    pixels = (735, 480)
    layout = "trio"

    weight_decay = Number(0.1, 1e-3, 1.0, "decay, or weight of the penalty", "λ", "log")
    lr = slider("lr", 0.01, 1e-3, 0.1)

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
