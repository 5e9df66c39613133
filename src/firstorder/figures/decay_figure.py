"""Weight decay against an L2 penalty: how fast a weight shrinks, by the size of its gradients."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from ..reading.parse import symbol
from ..rules import RULES
from .panel import Number, Panel, drive, slider

STEPS = 400
SCALES = (0.01, 0.1, 1.0, 10.0)


def pull() -> sp.Expr:
    """The gradient of the penalty λθ² / 2."""
    p, decay = symbol("p"), symbol("weight_decay")
    return sp.diff(decay * p**2 / 2, p)


class DecayFigure(Panel):
    """Four weights that start at 1, under gradients of four sizes whose mean is 0: only the decay moves them.

    Adam with an L2 penalty, AdamW, and SGD with an L2 penalty; weight_decay: λ of all; lr: η of all.
    """

    module = "decay_figure"
    heading = "Weight decay against an L2 penalty"
    about = "how fast weights shrink under Adam with an L2 penalty, AdamW and SGD with an L2 penalty."
    run_by = ("adam", "adamw", "sgd")
    pixels = (1148, 449)

    weight_decay = Number(0.1, 1e-3, 1.0, "decay, or weight of the penalty", "λ", "log")
    lr = slider("lr", 0.01, 1e-3, 0.1)

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        return {"pull": pull()}

    def given(self) -> dict[str, Any]:
        # Pairs of +1 and −1 in an order drawn by lot: the gradients of any two steps in a row cancel.
        first = np.random.default_rng(5).integers(0, 2, STEPS // 2) * 2 - 1
        return {"signs": np.stack([first, -first], axis=1).ravel().tolist(), "scales": list(SCALES)}

    def curves(self) -> dict[str, Any]:
        """For each rule the weights after steps 0, 1, …, in one row: (steps + 1, scales)."""
        signs, scales = self.data["signs"], np.array(SCALES)
        found = {}
        for key in self.run_by:
            rule = RULES[key]
            decoupled = "weight_decay" in rule.hyperparameters
            values = {"lr": self.lr} | ({"weight_decay": self.weight_decay} if decoupled else {})
            penalty = 0.0 if decoupled else self.weight_decay

            def gradient(p: np.ndarray, t: int, penalty: float = penalty) -> np.ndarray:
                return scales * signs[t - 1] + penalty * p

            found[key] = drive(rule, np.ones(len(scales)), gradient, STEPS, values)["p"].ravel()
        return found
