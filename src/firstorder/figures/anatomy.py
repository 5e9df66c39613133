"""One coordinate under Adam: its gradients, the two averages of them, and their ratio, which is the step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from .. import derive
from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import Choice, Number, Panel, noise, slider
from .scenario import Along, Run, Scenario, array, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 200
STREAMS = {"steady": "steady", "turning": "turning", "sparse": "one step in twenty"}


class Anatomy(Panel):
    """What Adam makes of one coordinate's gradients: their average, their recent size, and the ratio of the two.

    stream: "steady", "turning" (the sign changes twice) or "sparse" (a gradient in one step of twenty); noise: standard
    deviation of the noise, in units of the gradient; scale: a factor of all gradients; beta1, beta2.
    """

    module = "anatomy"
    heading = "Anatomy of a step of Adam"
    about = "one coordinate’s gradients, the average and the recent size that Adam makes of them, and their ratio."
    run_by = ("adam",)
    pixels = (1020, 810)
    layout = "pair-first"

    noise = Number(0.3, 0.0, 5.0, "noise in units of the gradient", "σ")
    scale = Number(1.0, 0.01, 100.0, "size of the gradients", "c", "log")
    beta1 = slider("beta1", 0.9, 0.0, 0.999)
    beta2 = slider("beta2", 0.999, 0.0, 0.9999)
    stream = Choice("steady", STREAMS, "Gradients")

    leads = Guide(
        "What makes a step of Adam long?",
        "Move c over its four powers of ten and look at the step; then move the noise σ.",
        Choose(
            "All gradients become 100 times as large. What becomes of the step?",
            ("100 times as long", "10 times as long", "nothing"),
            "nothing",
            {"scale": 100.0},
            "both averages are 100 times as large, and the step is their ratio.",
            lambda now, usual: (
                np.allclose(now["step"], usual["step"], rtol=1e-6) and np.allclose(now["m_hat"], 100 * usual["m_hat"])
            ),
        ),
        (
            Stop(
                {"noise": 0.0},
                "No noise: all gradients agree, and every step has the full length η.",
                lambda now, _: np.allclose(now["step"], 1),
            ),
            Stop(
                {"noise": 3.0},
                "σ = 3: the gradients are larger and hardly agree, and the mean step falls to 0.4 η.",
                lambda now, _: round(now["step"][50:].mean(), 1) == 0.4,
            ),
            Stop(
                {"stream": "turning"},
                "The gradient turns at steps 71 and 141. It takes the step 5 steps to turn the first time, then 7.",
                lambda now, _: _turns(now) == ([71, 141], [76, 148]),
            ),
            Stop(
                {"stream": "sparse"},
                "One gradient in twenty: a mean step of 0.23 η, where SGD’s would be a twentieth of the gradient.",
                lambda now, _: round(now["step"][50:].mean(), 2) == 0.23,
            ),
        ),
    )

    @classmethod
    def scenario(cls, stream: str) -> Scenario:
        """`g`, `m_hat`, `root` (of the corrected v) and `step`, their ratio, after steps 1, 2, …"""
        adam = RULES["adam"]
        g = symbol("scale") * array(stream)[t - 1] * (1 + symbol("noise") * array("lots")[t - 1])
        decays = {"lr": 1.0, "beta1": symbol("beta1"), "beta2": symbol("beta2")}
        total = {name: derive.total_weight(adam, name).xreplace({derive.t: t}) for name in "mv"}
        return Scenario(
            runs={"run": Run("adam", STEPS, g, decays, anew=True)},
            curves={
                "g": Along("run", g),
                "m_hat": Along("run", symbol("m") / total["m"]),
                "root": Along("run", sp.sqrt(symbol("v") / total["v"])),
                "step": Along("run", -p),
            },
        )

    def given(self) -> dict[str, Any]:
        k = np.arange(STEPS)
        return {
            "steady": [1.0] * STEPS,
            "turning": np.where((k // 70) % 2, -1.0, 1.0).tolist(),
            "sparse": np.where(k % 20 == 4, 1.0, 0.0).tolist(),
            "lots": noise(STEPS, 11).tolist(),
        }

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Dots, Mark, View
        from .still.numbers import extent
        from .still.sheet import looks_of

        (look,) = looks_of(self.run_by)
        colour, muted = sheet.colour(look), sheet.theme["muted"]
        x, steps = (0, STEPS + 1), range(1, STEPS + 1)

        def average(title: str, seen: np.ndarray, curve: np.ndarray, name: str) -> View:
            return View(
                title,
                "step t",
                170,
                x,
                extent([0], seen, curve),
                low=84,
                first=1,
                marks=[Mark(y=0, dash=())],
                dots=[Dots(steps, seen, muted, 1.5)],
                curves=[Curve(curve, colour, name, width=2.6)],
            )

        return [
            View(
                "Step in units of η: m̂ / √v̂",
                "step t",
                210,
                x,
                extent([-1.1, 1.1], curves["step"]),
                low=120,
                first=1,
                marks=[Mark(y=1, dash=(2, 3)), Mark(y=0, dash=()), Mark(y=-1, dash=(2, 3))],
                curves=[Curve(curves["step"], colour, "m̂ / √v̂", width=2.6)],
            ),
            average("Gradient g, and its average m̂", curves["g"], curves["m_hat"], "m̂"),
            average("Its size |g|, and √v̂", np.abs(curves["g"]), curves["root"], "√v̂"),
        ]


def _turns(curves: Any) -> tuple[list[int], list[int]]:
    """The steps at which the gradients, and at which Adam's steps, have another sign than those before."""
    gradients, steps = ((np.flatnonzero(np.diff(np.sign(curves[name]))) + 2).tolist() for name in ("g", "step"))
    return gradients, steps
