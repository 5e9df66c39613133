"""A noisy signal and its exponential moving average, with the weights that the past has in it."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from .. import derive
from ..reading.parse import symbol
from ..rules import RULES
from .panel import Choice, Number, Panel, Switch, drive, noise

STEPS = 200
#: The state that is the average, the hyperparameters that are its decay rate, and whether it starts at 0.
AVERAGES = {"adam": ("m", ["beta1"], True), "dampened_momentum": ("b", ["momentum", "dampening"], False)}


class Smoothing(Panel):
    """The moving average of a noisy signal: its lag, its noise, its bias at the start, and the weights of the past.

    rule: "adam", whose m starts at 0, or "dampened_momentum", whose b starts at the first gradient; decay: β, up to
    0.99; bias_correction: whether m is divided by the sum of its weights; step: where the weights are shown.
    """

    module = "smoothing"
    heading = "Exponential smoothing"
    about = "a noisy signal and its exponential moving average, with the weight of every past value, for any β."
    run_by = tuple(AVERAGES)
    pixels = (923, 749)

    decay = Number(0.9, 0.0, 0.99, "decay rate", "β", "complement")
    step = Number(120, 1, STEPS, "step whose weights are shown", "t", "whole")
    rule = Choice("adam", {"adam": "Adam’s m", "dampened_momentum": "dampened momentum’s b"}, "Average")
    bias_correction = Switch(False, "bias correction")

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        decay = {symbol("beta1"): symbol("decay"), derive.t: symbol("t")}
        window = sp.simplify(1 + derive.mean_age(RULES["adam"], "m"))
        return {
            "window": window.xreplace(decay),
            "total": derive.total_weight(RULES["adam"], "m").xreplace(decay),
        }

    def given(self) -> dict[str, Any]:
        t = np.arange(STEPS)
        truth = np.where(t < 130, 1 + 0.5 * np.sin(2 * np.pi * t / 90), -0.4).round(3)
        return {
            "truth": truth.tolist(),
            "signal": (truth + 0.35 * noise(STEPS, 4)).round(3).tolist(),
            "averages": {key: list(value) for key, value in AVERAGES.items()},
        }

    def curves(self) -> dict[str, Any]:
        """`average` after each step; `weights` of the values up to `step`; their `window`, 1 / (1 − β)."""
        name, decays, biased = AVERAGES[self.rule]
        values = dict.fromkeys(decays, self.decay)
        signal, rule = self.data["signal"], RULES[self.rule]
        average = drive(rule, [0.0], lambda p, t: [signal[t - 1]], STEPS, values)[name][1:, 0]
        impulses = np.eye(self.step)
        weights = drive(rule, np.zeros(self.step), lambda p, t: impulses[t - 1], self.step, values)[name][-1]
        if biased and self.bias_correction:
            average = average / (1 - self.decay ** np.arange(1, STEPS + 1))
            weights = weights / (1 - self.decay**self.step)
        return {"average": average, "weights": weights, "window": 1 / (1 - self.decay)}
