"""A noisy signal and its exponential moving average, with the weights that the past has in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from .. import derive
from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Guide, Sketch, Stop
from .panel import Choice, Number, Panel, Switch, noise
from .scenario import Along, End, Over, Run, Scenario, array, lane, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

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
    pixels = (854, 799)

    decay = Number(0.9, 0.0, 0.99, "decay rate", "β", "complement")
    step = Number(120, 1, STEPS, "step whose weights are shown", "t", "whole")
    rule = Choice("adam", {"adam": "Adam’s m", "dampened_momentum": "dampened momentum’s b"}, "Average")
    bias_correction = Switch(False, "bias correction")

    leads = Guide(
        "What does a smooth line cost?",
        "Slide β towards 1 and watch how the line trembles, and when it crosses 0 after the fall at step 130.",
        Sketch(
            "β is 0.98 now. Drag the points to the average that you expect among these values.",
            0,
            "average",
            "b",
            {"rule": "dampened_momentum", "decay": 0.98},
            "A window of 50 steps hardly trembles, but the fall at step 130 is still not digested 70 steps later.",
            lambda now, _: round(now["window"]) == 50 and now["average"][-1] > 0,
        ),
        (
            Stop(
                {"rule": "dampened_momentum", "decay": 0.5},
                "β = 0.5, a window of two values: the line is hardly late, and follows every accident.",
                lambda now, _: round(now["window"]) == 2 and _late(now) == 3,
            ),
            Stop(
                {"rule": "dampened_momentum", "decay": 0.9},
                "β = 0.9, a window of ten: smoother, and later. It crosses 0 only 16 steps after the fall.",
                lambda now, _: round(now["window"]) == 10 and _late(now) == 16,
            ),
            Stop(
                {"rule": "dampened_momentum", "decay": 0.98},
                "β = 0.98, a window of 50: 70 steps after the fall the line is still above 0.",
                lambda now, _: round(now["window"]) == 50 and now["average"][-1] > 0,
            ),
            Stop(
                {"rule": "adam", "decay": 0.98, "step": 20},
                "Adam’s average starts at 0: at step 20 its weights sum to a third, and it is too low by two thirds. "
                "Switch the correction on.",
                lambda now, _: round(now["weights"].sum(), 2) == 0.33,
            ),
        ),
    )

    @classmethod
    def scenario(cls, rule: str, bias_correction: bool) -> Scenario:
        """`average` after each step; `weights` of the values up to `step`; their `window`, 1 / (1 − β)."""
        state, decays, biased = AVERAGES[rule]
        name = {symbol("beta1"): symbol("decay"), derive.t: t}
        total = derive.total_weight(RULES["adam"], "m").xreplace(name) if biased and bias_correction else 1
        values = dict.fromkeys(decays, symbol("decay"))
        step = symbol("step")
        # The average is linear: the weight of a value is what the rule makes of that value if it is 1, the others 0.
        impulse = sp.Piecewise((1, sp.Eq(lane, t - 1)), (0, True))
        return Scenario(
            runs={
                "signal": Run(rule, STEPS, array("signal")[t - 1], values),
                "impulses": Run(rule, step, impulse, values, lanes=step),
            },
            curves={
                "average": Along("signal", symbol(state) / total),
                "weights": End("impulses", symbol(state) / total),
                "window": Over(sp.simplify(1 + derive.mean_age(RULES["adam"], "m")).xreplace(name)),
            },
        )

    def given(self) -> dict[str, Any]:
        t = np.arange(STEPS)
        truth = np.where(t < 130, 1 + 0.5 * np.sin(2 * np.pi * t / 90), -0.4).round(3)
        return {
            "truth": truth.tolist(),
            "signal": (truth + 0.35 * noise(STEPS, 4)).round(3).tolist(),
            "averages": {key: [name, biased] for key, (name, _, biased) in AVERAGES.items()},
        }

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Bars, Curve, Dots, Mark, View
        from .still.numbers import extent, form
        from .still.sheet import looks_of

        muted, text = sheet.theme["muted"], sheet.theme["text"]
        (look,) = looks_of([self.rule])
        colour = sheet.colour(look)
        name, biased = self.data["averages"][self.rule]
        bands = [(max(0.5, self.step + 0.5 - curves["window"]), self.step + 0.5, colour)]
        marks = [Mark(x=self.step, colour=text, dash=())]
        signal = self.data["signal"]
        x = (0, len(signal) + 1)
        named = f"{name}\u0302" if biased and self.bias_correction else name
        return [
            View(
                "Signal and moving average",
                "step t",
                250,
                x,
                extent(signal, [0]),
                low=190,
                first=1,
                note=f"step {self.step}",
                bands=bands,
                marks=[*marks, Mark(y=0, dash=())],
                dots=[Dots(range(1, len(signal) + 1), signal, muted, 2)],
                curves=[
                    Curve(self.data["truth"], muted, "true mean", dash=(5, 4), thin=True),
                    Curve(curves["average"], colour, named, width=2.6),
                ],
            ),
            View(
                "Weight of each past value",
                "step",
                150,
                x,
                (0, 1.12 * max(curves["weights"])),
                low=110,
                first=1,
                note=f"window 1/(1 − β) = {form(curves['window'])} steps",
                bands=bands,
                marks=marks,
                bars=[Bars(curves["weights"], colour, 0.9)],
                curves=[Curve([], colour, "true mean")],  # the room that the names above take
            ),
        ]


def _late(curves: Any) -> int:
    """Steps from the fall of the mean, after step 130, to the first average below 0."""
    return int(np.argmax(curves["average"][129:] < 0))
