"""The edge of stability in two weights: a swing x and a sharpness S, and gradient descent on half S·x² less c·S."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from .guide import Guide, Sketch, Stop
from .panel import Number, Panel, noise, slider
from .scenario import Along, Run, Scenario, array, lane, p, point, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

#: Steps, half of them at the first rate; the slope c along the floor; x and S at the start, and the least S.
STEPS, DRIFT, START, FLOOR = 800, sp.Rational(1, 50), (0.1, 2.5), 0.05


class Edge(Panel):
    """SGD on f = S·x²/2 − c·S, a valley that falls towards where its walls are steeper; S is not let below 0.05.

    lr: η in the first half of the steps; later: times as large at the end; ramp: steps in which it changes; noise:
    standard deviation of what is added to the slope of x.
    """

    module = "edge"
    heading = "Sharpness finds the border"
    about = "the sharpness of a valley that gets steeper on the way down, and the border 2/η, while the rate changes."
    run_by = ("sgd",)
    pixels = (777, 729)

    lr = slider("lr", 0.4, 0.1, 0.8)
    later = Number(2.0, 0.25, 4.0, "times the rate in the second half", "×", "log")
    ramp = Number(200, 1, 400, "steps in which it changes", "", "whole")
    noise = Number(0.01, 0.001, 1.0, "noise of the gradient", "σ", "log")

    leads = Guide(
        "What becomes of the sharpness when the rate changes?",
        "Let the rate change at once: set the steps in which it changes to 1.",
        Sketch(
            "At step 400 the rate doubles at once, and the border falls to 2.5. Drag the points to S.",
            0,
            "sharpness",
            "S",
            {"ramp": 1},
            "S stood at twice its new border: the swing explodes and throws it far below, and the climb begins anew.",
            lambda now, _: (
                now["sharpness"][399] > 4.5
                and now["border"][-1] == 2.5
                and now["sharpness"][400:].min() < 0.1
                and now["sharpness"][-100:].mean() > 2
            ),
        ),
        (
            Stop(
                {"later": 1.0},
                "A constant rate: the sharpness climbs to the border, 5, and stays about there.",
                lambda now, _: now["border"][-1] == 5 and abs(now["sharpness"][-100:].mean() - 5) < 0.2,
            ),
            Stop(
                {},
                "The rate doubles in 200 steps: the border comes down slowly, and takes the sharpness along to 2.5.",
                lambda now, _: abs(now["sharpness"][-100:].mean() - 2.5) < 0.1,
            ),
            Stop(
                {"later": 0.5},
                "The rate halves: the border is at 10, and the sharpness goes on climbing below it, without a swing.",
                lambda now, _: now["border"][-1] == 10 and 6 < now["sharpness"][-1] < 10,
            ),
            Stop(
                {"later": 1.0, "noise": 1.0},
                "Much noise feeds the swing, and holds the sharpness far below the border.",
                lambda now, _: now["sharpness"][-100:].mean() < 0.1,
            ),
        ),
    )

    @classmethod
    def scenario(cls) -> Scenario:
        """After 0, 1, … steps the `sharpness` and the `swing`, the size of x; at steps 1, 2, … the `border` 2/η."""
        share = sp.Min(1, sp.Max(0, (t - STEPS // 2) / symbol("ramp")))
        rate = symbol("lr") * (1 + (symbol("later") - 1) * share)
        x, sharpness = point[0], point[1]
        run = Run(
            "sgd",
            STEPS,
            [sharpness * x + symbol("noise") * array("shocks")[t - 1], x**2 / 2 - DRIFT],
            {"lr": rate},
            start=array("start")[lane],
            lanes=2,
            after=sp.Piecewise((p, lane < 1), (sp.Max(p, FLOOR), True)),
        )
        return Scenario(
            {
                "sharpness": Along("run", sharpness, first=0),
                "swing": Along("run", sp.Abs(x), first=0),
                "border": Along("run", 2 / rate),
            },
            {"run": run},
        )

    def given(self) -> dict[str, Any]:
        return {"start": list(START), "shocks": noise(STEPS, 0, 2).tolist()}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Mark, View

        text, muted, colour = (sheet.theme[role] for role in ("text", "muted", "accent"))
        changes = Mark(x=STEPS // 2, label="η changes" if self.later != 1 else "", colour=muted)
        return [
            View(
                "Sharpness S, and the border",
                "step t",
                220,
                (0, STEPS),
                (0, top(curves)),
                low=170,
                marks=[changes],
                curves=[
                    Curve(curves["border"], text, "2/η", np.arange(1, STEPS + 1), (7, 4), 1.6),
                    Curve(curves["sharpness"], colour, "S"),
                ],
            ),
            View(
                "Swing |x|",
                "step t",
                130,
                (0, STEPS),
                (1e-4, 100),
                log=True,
                low=90,
                marks=[Mark(x=STEPS // 2, colour=muted)],
                curves=[Curve(curves["swing"], colour, width=1.2), Curve([], text, "2/η")],
            ),
        ]


def top(curves: dict[str, Any]) -> float:
    """The upper end of the axis: above what S comes to, and above the lower of the two borders."""
    border = curves["border"]
    return 1.2 * float(max(curves["sharpness"].max(), min(border[0], border[-1])))
