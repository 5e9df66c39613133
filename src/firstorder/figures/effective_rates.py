"""The effective rates of AdaGrad and RMSProp along gradients whose scale changes."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy as sp

from ..reading.parse import symbol
from ..rules import RULES
from .panel import Number, Panel, drive, noise, slider

STEPS = 300
STATES = {"adagrad": "G", "rmsprop": "v"}


@functools.cache
def effective_rate(rule: str) -> sp.Expr:
    """What the rule's last line multiplies the gradient by, in its state after the step, here `v`."""
    *_, last = RULES[rule].program.lines
    p, g = map(symbol, RULES[rule].program.arrays[:2])
    return sp.simplify((p - last.expr) / g).xreplace({symbol(STATES[rule]): symbol("v")})


class EffectiveRates(Panel):
    """The effective rate η / (√v + ε) of AdaGrad and of RMSProp, by which the gradient is multiplied.

    change: the step from which on the gradients are `factor` times as large; alpha: RMSProp's decay; lr: η of both.
    """

    module = "effective_rates"
    heading = "Effective learning rates"
    about = "the effective learning rates of AdaGrad and RMSProp along gradients whose scale changes at one step."
    run_by = tuple(STATES)
    pixels = (914, 736)

    change = Number(150, 1, STEPS, "step of the change", "t", "whole")
    factor = Number(0.1, 0.01, 100.0, "change of scale", "×", "log")
    alpha = slider("alpha", 0.95, 0.0, 0.999, rule="rmsprop")
    lr = slider("lr", 0.01, 1e-4, 1.0)

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        return {rule: effective_rate(rule) for rule in STATES}

    def given(self) -> dict[str, Any]:
        return {"noise": noise(STEPS, 8).tolist()}

    def curves(self) -> dict[str, Any]:
        """`gradients`, and the effective rate of each rule after steps 1, 2, …"""
        scale = np.where(np.arange(1, STEPS + 1) < self.change, 1.0, self.factor)
        gradients = np.array(self.data["noise"]) * scale
        found = {"gradients": gradients}
        for key, state in STATES.items():
            rule = RULES[key]
            values = {"lr": self.lr} | ({"alpha": self.alpha} if key == "rmsprop" else {})
            v = drive(rule, [0.0], lambda p, t: gradients[t - 1 : t], STEPS, values)[state][1:, 0]
            found[key] = self.lr / (np.sqrt(v) + rule.hyperparameters["eps"])
        return found
