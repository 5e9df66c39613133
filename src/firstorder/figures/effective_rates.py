"""The effective rates of AdaGrad and RMSProp along gradients whose scale changes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Guide, Sketch, Stop
from .panel import Number, Panel, noise, slider
from .scenario import Along, Run, Scenario, array, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 300


def effective_rate(rule: str) -> sp.Expr:
    """What the rule's last line multiplies the gradient by, in its state after the step."""
    *_, last = RULES[rule].program.lines
    theta, g = map(symbol, RULES[rule].program.arrays[:2])
    return sp.simplify((theta - last.expr) / g)


class EffectiveRates(Panel):
    """The effective rate η / (√v + ε) of AdaGrad and of RMSProp, by which the gradient is multiplied.

    change: the step from which on the gradients are `factor` times as large; alpha: RMSProp's decay; lr: η of both.
    """

    module = "effective_rates"
    heading = "Effective learning rates"
    about = "the effective learning rates of AdaGrad and RMSProp along gradients whose scale changes at one step."
    run_by = ("adagrad", "rmsprop")
    pixels = (854, 767)

    change = Number(150, 1, STEPS, "step of the change", "t", "whole")
    factor = Number(0.1, 0.01, 100.0, "change of scale", "×", "log")
    alpha = slider("alpha", 0.95, 0.0, 0.999, rule="rmsprop")
    lr = slider("lr", 0.01, 1e-4, 1.0)

    leads = Guide(
        "What do gradients of the past make of today’s rate?",
        "Drag the line to another step of the change; then move the factor.",
        Sketch(
            "The gradients grow tenfold at step 150. Drag the points to the rate that you expect of RMSProp.",
            1,
            "rmsprop",
            "RMSProp",
            {"factor": 10.0},
            "RMSProp’s rate falls to a tenth, within a few steps: large gradients enter an average at once.",
            lambda now, _: abs(now["rmsprop"][140:150].mean() / now["rmsprop"][-50:].mean() - 10) < 1,
        ),
        (
            Stop(
                {},
                "Gradients of a tenth: RMSProp’s rate climbs to about ten times what it was, AdaGrad’s stays.",
                lambda now, _: (
                    8 < now["rmsprop"][-1] / now["rmsprop"][148] < 12
                    and abs(now["adagrad"][-1] / now["adagrad"][148] - 1) < 0.05
                ),
            ),
            Stop(
                {"factor": 100.0},
                "A hundred times as large: both rates fall to hardly anything, and AdaGrad’s for good.",
                lambda now, _: all(now[key][-1] < 1e-2 * now[key][148] * 1.2 for key in ("adagrad", "rmsprop")),
            ),
            Stop(
                {"alpha": 0.999},
                "α = 0.999, a long memory: after 150 steps RMSProp’s rate has hardly begun to climb.",
                lambda now, _: 1 < now["rmsprop"][-1] / now["rmsprop"][148] < 1.1,
            ),
            Stop(
                {"alpha": 0.0},
                "α = 0, no memory: the rate is η over the last gradient, and jumps with it.",
                lambda now, _: np.isclose(now["rmsprop"] * np.abs(now["gradients"]), 0.01, rtol=1e-3).mean() > 0.99,
            ),
        ),
    )

    @classmethod
    def scenario(cls) -> Scenario:
        """`gradients`, and the effective rate of each rule after steps 1, 2, …"""
        scale = sp.Piecewise((1, t < symbol("change")), (symbol("factor"), True))
        gradient = array("noise")[t - 1] * scale
        runs, curves = {}, {"gradients": Along(cls.run_by[0], gradient)}
        for key in cls.run_by:
            usual = RULES[key].hyperparameters
            values = {name: symbol(name) for name in usual if name in cls.control_traits()}
            others = {symbol(name): sp.Float(usual[name]) for name in usual if name not in values}
            runs[key] = Run(key, STEPS, gradient, values)
            curves[key] = Along(key, effective_rate(key).xreplace(others))
        return Scenario(curves, runs)

    def given(self) -> dict[str, Any]:
        return {"noise": noise(STEPS, 8).tolist()}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Bars, Curve, Mark, View
        from .still.numbers import extent, form
        from .still.sheet import looks_of

        text = sheet.theme["text"]
        colours = [sheet.colour(look) for look in looks_of(self.run_by)]
        names = [RULES[key].name for key in self.run_by]
        x = (0, STEPS + 1)
        # The first steps divide by hardly anything: they leave the frame rather than flattening the rest.
        low, high = extent(*(np.log10(curves[key][10:]) for key in self.run_by))
        return [
            View(
                "Gradients",
                "step t",
                130,
                x,
                extent(curves["gradients"], [-1, 1]),
                low=100,
                first=1,
                bars=[Bars(curves["gradients"], sheet.theme["muted"], 0.8)],
                marks=[Mark(x=self.change, colour=text, dash=(), width=2, label=f"× {form(self.factor)}")],
                curves=[Curve([], colour, name) for name, colour in zip(names, colours, strict=True)],
            ),
            View(
                "Effective learning rate",
                "step t",
                230,
                x,
                (10 ** min(low, high - 1), 10**high),
                log=True,
                low=190,
                first=1,
                marks=[Mark(x=self.change, colour=text, dash=())],
                curves=[
                    Curve(curves[key], colour, name, width=2.4)
                    for key, colour, name in zip(self.run_by, colours, names, strict=True)
                ],
            ),
        ]
