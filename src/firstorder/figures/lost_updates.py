"""A weight in 16 bits under steps of one size: rounded to the nearest, at random, or beside a copy that is not."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
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
