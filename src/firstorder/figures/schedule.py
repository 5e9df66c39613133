"""A learning-rate schedule, and what SGD makes of it: exactly, in a noisy bowl that is steepest at first."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from ..reading.symbolic import symbol
from .guide import Choose, Guide, Stop
from .panel import Choice, Number, Panel, slider
from .scenario import Along, Run, Scenario, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 300
SHAPES = {"constant": "constant", "linear": "linear", "cosine": "cosine", "wsd": "WSD", "inverse_sqrt": "1/√t"}
#: Curvature of the two directions, E[θ²] at the start, the gradient's variance, and steps in which what is steep at
#: first comes down by a factor of e.
STEEP, FLAT, STARTS, VARIANCE, FALL = sp.Integer(1), sp.Rational(1, 10), (1.0, 10.0), sp.Rational(9, 100), 20
#: The curves of loss by name: what is said of each, its colour among those of the theme, and its dash.
LOSSES = {
    "steep": ("steep direction", "accent", (7, 4)),
    "flat": ("flat direction", "accent", (2, 3)),
    "loss": ("both", "text", ()),
}


def rate(shape: str) -> sp.Expr:
    """η at step t: that of `fo.Warmup`, and of the package's schedule of that shape after it."""
    lr, warmup, decay = map(symbol, ("lr", "warmup", "decay"))
    after = t - 1 - warmup
    left = STEPS - warmup
    falls = {
        "constant": sp.Integer(1),
        "linear": 1 - after / left,
        "cosine": (1 + sp.cos(sp.pi * after / left)) / 2,
        "wsd": sp.Min(1, (STEPS - t + 1) / decay),
        "inverse_sqrt": sp.sqrt(sp.Max(warmup, 1) / t),
    }
    rise = t / sp.Max(warmup, 1) if shape == "inverse_sqrt" else t / (warmup + 1)
    return lr * sp.Piecewise((rise, t <= warmup), (falls[shape], True))


class ScheduleFigure(Panel):
    """The rate at each of 300 steps, and the expected loss of SGD in a bowl of two directions, with noisy gradients.

    shape: of the fall, a key of `SHAPES`; lr: the largest rate; warmup: steps in which it rises; decay: in which WSD
    falls; early: how many times as steep the steep direction is at the start.
    """

    module = "schedule"
    heading = "A schedule, and what comes of it"
    about = "a learning-rate schedule, and the loss of SGD under it in a noisy bowl that is steepest at first."
    run_by = ("sgd",)
    pixels = (778, 726)

    lr = slider("lr", 0.5, 0.01, 1.9)
    warmup = Number(20, 0, 150, "steps of warm-up", "w", "whole")
    decay = Number(60, 1, 150, "steps in which WSD falls", "d", "whole")
    early = Number(1.0, 1.0, 10.0, "times as steep at the start", "×", "log")
    shape = Choice("cosine", SHAPES, "Shape")

    leads = Guide(
        "Why should a rate rise at first, and fall in the end?",
        "Choose the constant shape, and compare where the loss ends.",
        Choose(
            "At the start the bowl is ten times as steep, and there is no warm-up. What becomes of the loss?",
            ("it falls faster", "nothing", "it explodes"),
            "it explodes",
            {"early": 10.0, "warmup": 0},
            "the rate 0.5 times the curvature 10 is far above 2, until the steepness has gone down.",
            lambda now, _: now["steep"].max() > 1e6,
        ),
        (
            Stop(
                {"shape": "constant"},
                "A constant rate soon has done what it can: the loss rests at 0.027.",
                lambda now, _: round(_loss(now)[-1], 3) == 0.027 == round(_loss(now)[200], 3),
            ),
            Stop(
                {},
                "Half a cosine ends at 0.0035, less than a seventh of that.",
                lambda now, _: round(_loss(now)[-1], 4) == 0.0035,
            ),
            Stop(
                {"shape": "wsd"},
                "WSD is as high as a constant rate until its fall begins, and ends at 0.0076.",
                lambda now, _: round(_loss(now)[-1], 4) == 0.0076,
            ),
            Stop(
                {"early": 10.0, "warmup": 100},
                "Ten times as steep, with 100 steps of warm-up: the loss never rises above its start.",
                lambda now, _: _loss(now).max() <= _loss(now)[0],
            ),
        ),
    )

    @classmethod
    def scenario(cls, shape: str) -> Scenario:
        """The `rate` at steps 1, 2, …; each direction's expected loss after steps 0, 1, …, also at a constant rate."""
        steep = STEEP * (1 + (symbol("early") - 1) * sp.exp(-t / sp.Integer(FALL)))

        def run(curvature: sp.Expr, start: float, lr: sp.Expr) -> Run:
            # SGD takes θ to θ − η(hθ + noise): in p stands E[θ²], and the rule itself stands still.
            after = (1 - lr * curvature) ** 2 * p + lr**2 * VARIANCE
            return Run("sgd", STEPS, 0.0, {"lr": lr}, start=start, after=after)

        lr = rate(shape)
        runs = {
            "steep": run(steep, STARTS[0], lr),
            "flat": run(FLAT, STARTS[1], lr),
            "steep_constant": run(steep, STARTS[0], symbol("lr")),
            "flat_constant": run(FLAT, STARTS[1], symbol("lr")),
        }
        curves: dict[str, Any] = {"rate": Along("steep", lr)}
        for name in runs:
            curves[name] = Along(name, (STEEP if name.startswith("steep") else FLAT) * p / 2, first=0)
        return Scenario(curves, runs)

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, View
        from .still.numbers import form

        x = (0, STEPS)
        losses = {**curves, "loss": curves["steep"] + curves["flat"]}
        still = curves["steep_constant"] + curves["flat_constant"]
        lines = [
            Curve(losses[name], sheet.theme[role], label, dash=dash) for name, (label, role, dash) in LOSSES.items()
        ]
        return [
            View(
                "Learning rate η",
                "step t",
                110,
                x,
                (0, 1.1 * self.lr),
                low=78,
                first=1,
                curves=[Curve(curves["rate"], sheet.theme["text"], width=2.4), Curve([], "", "steep direction")],
            ),
            View(
                "Expected loss",
                "step t",
                190,
                x,
                (1e-4, 10),
                log=True,
                low=140,
                note=f"{form(losses['loss'][-1], 2)}; constant {form(still[-1], 2)}",
                curves=[*lines, Curve(still, sheet.theme["muted"], "constant", dash=(4, 4), thin=True)],
            ),
        ]


def _loss(curves: Any) -> Any:
    """That of both directions."""
    return curves["steep"] + curves["flat"]
