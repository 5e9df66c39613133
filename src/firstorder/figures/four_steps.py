"""From plain descent to Adam in three steps, on the smallest thing that learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..lab.two_dots import FAINTER, METHODS, NAMES, SHOWN, STEPS, pictures
from ..reading.symbolic import symbol
from .guide import Choose, Guide, Stop
from .panel import Choice, Number, Panel
from .scenario import Along, Run, Scenario, array, point, t, value

if TYPE_CHECKING:
    from .still.chart import Plot, View
    from .still.sheet import Sheet

DOMAIN = (-0.2, 1.9, -0.25, 2.1)
LOWEST = 1e-7


class FourSteps(Panel):
    """The paths of two weights, and the loss on them, under plain descent and what is added to it step by step.

    stage: "sgd", "momentum", "rmsprop" or "adam", the last that is shown; fainter: how much paler the first of the two
    dots is; pace: what the learning rate of each is multiplied by; steps: how many are shown.
    """

    module = "four_steps"
    heading = "From plain descent to Adam"
    about = "two weights on their way to the right values, by plain descent, with memory, with own sizes, and by Adam."
    run_by = tuple(METHODS)
    pixels = (918, 640)
    layout = "beside"

    steps = Number(STEPS, 1, STEPS, "steps taken", "", "whole")
    pace = Number(1.0, 0.1, 10.0, "learning rates, of those found best", "×", "log")
    fainter = Number(FAINTER, 1.0, 30.0, "how much fainter the faint dot is", "×", "log")
    stage = Choice("sgd", {"sgd": "plain", "momentum": "memory", "rmsprop": "own sizes", "adam": "both"}, "Show up to")

    leads = Guide(
        "What does each of the ideas add to plain descent?",
        "Go from plain to both, and read the loss in the lower chart at the end.",
        Choose(
            "After 150 steps, which has come lower: memory alone, or own sizes alone?",
            ("memory", "own sizes"),
            "own sizes",
            {"stage": "rmsprop"},
            "one weight’s slope is a hundredth of the other’s. Own sizes end with less than a sixth of the loss.",
            lambda now, _: now["rmsprop_loss"][-1] < now["momentum_loss"][-1] / 6,
        ),
        (
            Stop(
                {},
                "Plain descent: quick for the bright dot’s weight, and slow for the faint one’s.",
                lambda now, _: now["sgd_loss"][-1] > 2e-4,
            ),
            Stop(
                {"stage": "momentum"},
                "With memory the path swings, and the loss in the end is 0.0001 instead of 0.0003.",
                lambda now, _: round(now["momentum_loss"][-1], 4) == 1e-4 and round(now["sgd_loss"][-1], 4) == 3e-4,
            ),
            Stop(
                {"stage": "rmsprop"},
                "With own sizes both weights are equally quick, and the path goes almost straight.",
                lambda now, _: now["rmsprop_loss"][-1] < now["momentum_loss"][-1] / 6,
            ),
            Stop(
                {"stage": "adam"},
                "Both ideas together are Adam, which ends lowest of the four.",
                lambda now, _: now["adam_loss"][-1] == min(now[f"{key}_loss"][-1] for key in METHODS),
            ),
        ),
    )

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        s = 1 / symbol("fainter")
        return {"loss": (s**2 * (point[0] - 1) ** 2 + (point[1] - 1) ** 2) / 2}

    @classmethod
    def scenario(cls, stage: str) -> Scenario:
        """Of each method up to `stage` its path, (steps + 1, 2) in one row, and the loss there."""
        s = 1 / symbol("fainter")
        x, y = point[0] - 1, point[1] - 1
        uu, uv, vv, ue, ve = (array(name)[t - 1] for name in ("uu", "uv", "vv", "ue", "ve"))
        slopes = [s * (s * uu * x + uv * y - ue), s * uv * x + vv * y - ve]
        shown = list(METHODS)[: list(METHODS).index(stage) + 1]
        runs = {
            key: Run(key, STEPS, slopes, {"lr": METHODS[key] * symbol("pace")}, start=sp.Integer(0), lanes=2)
            for key in shown
        }
        paths = {key: Along(key, symbol("p"), first=0) for key in shown}
        return Scenario(
            runs=runs,
            curves=paths | {f"{key}_loss": Along(key, cls.expressions()["loss"], first=0) for key in shown},
        )

    def given(self) -> dict[str, Any]:
        return {name: seen[:, 0].round(3).tolist() for name, seen in pictures(1, seed=SHOWN).items()} | {"names": NAMES}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still import ground
        from .still.chart import Curve, View
        from .still.sheet import DISC, STAR, looks_of

        theme = sheet.theme
        shown = [key for key in METHODS if key in curves]
        looks = dict(zip(shown, looks_of(shown), strict=True))
        x0, x1, y0, y1 = DOMAIN

        def contours(plot: Plot) -> None:
            place = np.array(np.meshgrid(np.linspace(x0, x1, 81), np.linspace(y0, y1, 81)))
            heights = value(self.expressions()["loss"], {"point": place, "fainter": self.fainter})
            ground.contours(plot, ground.lifted(np.asarray(heights)))

        def walks(plot: Plot) -> None:
            for key in shown:
                xs, ys = curves[key].reshape(-1, 2)[: self.steps + 1].T
                look = looks[key]
                plot.line(xs, ys, theme["surface"], width=4, alpha=0.6)
                plot.line(xs, ys, sheet.colour(look), width=1.8, dash=look.dash)
                end = float(plot.x(xs[-1])), float(plot.y(ys[-1]))
                if plot.inside(*end):
                    sheet.stamp(DISC, *end, sheet.colour(look))
            sheet.stamp(STAR, float(plot.x(1)), float(plot.y(1)), theme["text"])
            left, top = float(plot.x(0)), float(plot.y(0))
            sheet.stamp(DISC, left, top, theme["text"], scale=0.6)
            sheet.text("start", left, top + 12, bold=True, align="center", halo=True)

        return [
            View(
                "The two weights",
                "weight of the faint dot",
                300,
                (x0, x1),
                (y0, y1),
                ylabel="weight of the dark dot",
                low=210,
                under=contours,
                over=walks,
            ),
            View(
                "Loss, but for chance",
                "step",
                300,
                (0, STEPS),
                (LOWEST, 2),
                low=150,
                log=True,
                curves=[
                    Curve(
                        curves[f"{key}_loss"][: self.steps + 1],
                        sheet.colour(looks[key]),
                        NAMES[key],
                        dash=looks[key].dash,
                    )
                    for key in shown
                ],
            ),
        ]
