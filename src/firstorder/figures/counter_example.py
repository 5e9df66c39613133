"""The counter-example of Reddi et al.: linear losses on which Adam walks to the worst point."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from ..optimizer import Optimizer
from ..problems.counterexamples import Reddi
from ..reading.parse import symbol
from ..rules import RULES
from .panel import Number, Panel, Switch, slider

STEPS = 900
PERIOD = 3


class CounterExample(Panel):
    """Adam, AMSGrad and SGD on f_t(x) = C x in every third step and −x otherwise, with x in [−1, 1].

    C: the large slope; beta1, beta2, lr: of the rules that have them; decaying: whether the rate is η / √t.
    """

    module = "counter_example"
    heading = "The counter-example of Reddi et al."
    about = "Adam, AMSGrad and SGD on the linear losses of Reddi et al., on which Adam walks away from the minimum."
    run_by = ("sgd", "adam", "amsgrad")
    pixels = (959, 783)

    C = Number(3.0, 1.0, 10.0, "large slope", "C")
    beta2 = slider("beta2", 0.1, 0.0, 0.9999)
    beta1 = slider("beta1", 0.0, 0.0, 0.99)
    lr = slider("lr", 0.1, 0.01, 1.0)
    decaying = Switch(True, "rate η/√t")

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        """The losses of a step with a large slope and of another, and their derivatives."""
        x, C = symbol("x"), symbol("C")
        losses = {"large": C * x, "small": -x}
        return losses | {f"{name}_slope": sp.diff(loss, x) for name, loss in losses.items()}

    def given(self) -> dict[str, Any]:
        return {"large": (Reddi(period=PERIOD).slopes(STEPS) > 0).astype(int).tolist(), "period": PERIOD}

    def curves(self) -> dict[str, Any]:
        """For each rule the points x_0, x_1, … and the mean regret, against x = −1, after steps 1, 2, …"""
        problem = Reddi(self.C, PERIOD)
        slopes = problem.slopes(STEPS)
        values = {
            "lr": (lambda t: self.lr / np.sqrt(t)) if self.decaying else self.lr,
            "beta1": self.beta1,
            "beta2": self.beta2,
        }
        found: dict[str, Any] = {}
        for key in self.run_by:
            own = {name: value for name, value in values.items() if name in RULES[key].hyperparameters}
            x = problem.run(Optimizer.of(RULES[key]), STEPS, **own)
            found[key] = x
            found[f"{key}_regret"] = np.cumsum(slopes * (x[:-1] + 1)) / np.arange(1, STEPS + 1)
        return found
