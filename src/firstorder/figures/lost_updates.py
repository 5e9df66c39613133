"""A weight in 16 bits under steps of one size: rounded to the nearest, at random, or beside a copy that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from .guide import Guide, Sketch, Stop
from .panel import Choice, Number, Panel
from .scenario import Along, Formula, Run, Scenario, array, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 400
#: Bits of the fraction.
FORMATS = {"bfloat16": 7, "float16": 10}
#: The curves by name, in their order: what is said of each, and its colour among those of the theme, or Adam's.
WEIGHTS = {
    "exact": ("float32", "text", ()),
    "copy": ("float32 copy", "muted", (7, 4)),
    "random": ("at random", "accent", (2, 3)),
    "nearest": ("to nearest", "", ()),
}


def spacing(number: sp.Expr, bits: int) -> sp.Expr:
    """How far apart numbers of so many bits of fraction lie around a number that is not 0."""
    exponent = sp.floor(sp.log(sp.Abs(number)) / sp.log(2) + 1e-12)  # the logarithm of a power of two may fall short
    return 2 ** (exponent - bits)


def rounded(number: sp.Expr, bits: int, share: Formula = 0.5) -> sp.Expr:
    """A number on that grid; share: of a spacing, above which what is over is rounded up if it and this pass 1."""
    apart = spacing(number, bits)
    return sp.floor(number / apart + share) * apart


class LostUpdates(Panel):
    """One weight under Adam and a constant gradient, so that every step is η long; and half the spacing around it.

    number_format: "bfloat16" or "float16", of the weight; lr: η; start: the weight before the first step.
    """

    module = "lost_updates"
    heading = "Updates that are lost"
    about = "a weight in 16 bits that grows by η at each step, by how it is rounded, and which steps are lost."
    run_by = ("adam",)
    pixels = (788, 729)

    lr = Number(0.003, 1e-4, 0.02, "learning rate, the length of a step", "η", "log")
    start = Number(0.7, 0.1, 10.0, "the weight at the start", "θ₀", "log")
    number_format = Choice("bfloat16", {name: name for name in FORMATS}, "Format")

    leads = Guide(
        "Why does a weight in 16 bits stop growing?",
        "Lower the rate until the weight that is rounded to nearest does not move at all.",
        Sketch(
            "The weight starts at 0.4, and each step adds 0.003. Drag the points to what comes of it “to nearest”.",
            0,
            "nearest",
            "to nearest",
            {"start": 0.4},
            "Numbers of bfloat16 lie farther apart the larger they are: at 1 half a spacing is more than a step.",
            lambda now, _: now["nearest"][-1] == 1 < now["exact"][-1] and now["half"][-1] > 0.003 > now["half"][0],
        ),
        (
            Stop(
                {},
                "Rounded to nearest the weight stops at 1, where it should be at 1.9 in the end.",
                lambda now, _: now["nearest"][-1] == 1 and round(now["exact"][-1], 1) == 1.9,
            ),
            Stop(
                {"lr": 0.001},
                "η = 0.001: it does not move at all. Rounded at random it goes along, step by step by lot.",
                lambda now, _: np.ptp(now["nearest"]) == 0 and abs(now["random"][-1] - now["exact"][-1]) < 0.05,
            ),
            Stop(
                {"lr": 0.01},
                "η = 0.01: it comes to 4, where half a spacing is more than a hundredth.",
                lambda now, _: now["nearest"][-1] == 4 and now["half"][-1] > 0.01,
            ),
            Stop(
                {"number_format": "float16"},
                "float16 has eight times finer numbers: the weight is nearly where it should be.",
                lambda now, usual: (
                    now["half"][0] * 8 == usual["half"][0] and abs(now["nearest"][-1] - now["exact"][-1]) < 0.03
                ),
            ),
        ),
    )

    @classmethod
    def scenario(cls, number_format: str) -> Scenario:
        """The weight after steps 0, 1, … in float64 and rounded three ways; `half` the spacing around `nearest`."""
        bits = FORMATS[number_format]
        after = {
            "exact": None,
            "nearest": rounded(p, bits),
            "random": rounded(p, bits, array("draws")[t - 1]),
        }
        values = {"lr": symbol("lr")}
        start = rounded(symbol("start"), bits)
        runs = {name: Run("adam", STEPS, -1.0, values, start=start, after=of) for name, of in after.items()}
        curves = {name: Along(name, p, first=0) for name in runs}
        curves["copy"] = Along("exact", rounded(p, bits), first=0)
        curves["half"] = Along("nearest", spacing(p, bits) / 2, first=0)
        return Scenario(curves, runs)

    def given(self) -> dict[str, Any]:
        return {"draws": np.random.default_rng(3).random(STEPS).round(3).clip(0, 0.999).tolist()}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Mark, View
        from .still.numbers import extent, form
        from .still.sheet import looks_of

        x = (0, STEPS)
        colour = sheet.colour(*looks_of(self.run_by))
        lines = [
            Curve(curves[name], sheet.theme[role] if role else colour, label, dash=dash)
            for name, (label, role, dash) in WEIGHTS.items()
        ]
        return [
            View(
                "The weight, by how it is rounded",
                "step t",
                230,
                x,
                extent(*(curves[name] for name in WEIGHTS)),
                low=190,
                curves=lines,
            ),
            View(
                "Half a spacing around “to nearest”",
                "step t",
                130,
                x,
                (1e-5, 0.1),
                log=True,
                low=100,
                marks=[Mark(y=self.lr, label=f"η = {form(self.lr)}", colour=sheet.theme["text"], dash=(), left=True)],
                curves=[Curve(curves["half"], colour, "half a spacing", width=2.4)],
            ),
        ]
