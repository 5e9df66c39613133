"""Adam's moments and its steps, with and without the correction of their start at zero."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from .. import derive
from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Guide, Sketch, Stop
from .panel import Choice, Panel, noise, slider
from .scenario import Along, Run, Scenario, array, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 200
SHOWN = 100  # of them, in the charts
STREAMS = {"constant": "constant", "noisy": "constant + noise", "rare": "rare"}


class BiasCorrection(Panel):
    """Adam's m, v and step by step along a stream of gradients, with and without bias correction.

    stream: "constant", "noisy" (a constant and noise) or "rare" (a gradient in one step of ten); beta1, beta2.
    """

    module = "bias_correction"
    heading = "Adam with and without bias correction"
    about = "Adam's moments and the size of its steps, with and without bias correction, for any β₁ and β₂."
    run_by = ("adam",)
    pixels = (866, 735)
    layout = "pair-first"

    beta1 = slider("beta1", 0.9, 0.0, 0.999)
    beta2 = slider("beta2", 0.999, 0.0, 0.9999)
    stream = Choice("constant", STREAMS, "Gradients")

    leads = Guide(
        "How long are Adam’s first steps if nobody corrects them?",
        "Move β₂ towards 1 and look at step 1, and then at the longest of the uncorrected steps.",
        Sketch(
            "β₂ is as small as β₁ now. Drag the points to the length that you expect of the uncorrected steps.",
            0,
            "step_uncorrected",
            "uncorrected",
            {"beta2": 0.9},
            "Both averages start equally low, but of v the root is taken: step 1 is too short, 0.32, not too long.",
            lambda now, _: round(now["step_uncorrected"][0], 2) == 0.32 and now["step_uncorrected"].max() < 1,
        ),
        (
            Stop(
                {},
                "As Adam comes: without correction the first step is 3.2 times too long, and the twelfth 6.6 times.",
                lambda now, _: np.allclose(now["step_uncorrected"][[0, 11]], (3.2, 6.6), atol=0.05),
            ),
            Stop(
                {"beta2": 0.9999},
                "β₂ = 0.9999: the first step is 10 times too long, the twelfth 21 times, the hundredth 10 times still.",
                lambda now, _: np.allclose(now["step_uncorrected"][[0, 11, 99]], (10, 21, 10), atol=0.5),
            ),
            Stop(
                {"beta1": 0.0},
                "β₁ = 0: without the slow start of m the very first step is 32 times too long.",
                lambda now, _: round(now["step_uncorrected"][0]) == 32 == round(now["step_uncorrected"].max()),
            ),
            Stop(
                {"beta1": 0.99},
                "β₁ = 0.99: now m starts lower than the root of v, and the first step is too short, 0.32.",
                lambda now, _: round(now["step_uncorrected"][0], 2) == 0.32,
            ),
        ),
    )

    @classmethod
    def scenario(cls, stream: str) -> Scenario:
        """`m`, `v` and their corrected forms; `step` and `step_uncorrected`, |Δθ| / η; each after steps 1, 2, …"""
        adam = RULES["adam"]
        decays = {"lr": 1.0, "beta1": symbol("beta1"), "beta2": symbol("beta2")}
        run = Run("adam", STEPS, array(stream)[t - 1], decays, anew=True)
        m, v = symbol("m"), symbol("v")
        total = {name: derive.total_weight(adam, name).xreplace({derive.t: t}) for name in "mv"}
        return Scenario(
            runs={"corrected": run, "uncorrected": replace(run, corrected=False)},
            curves={
                "m": Along("corrected", m),
                "v": Along("corrected", v),
                "m_hat": Along("corrected", m / total["m"]),
                "v_hat": Along("corrected", v / total["v"]),
                "step": Along("corrected", abs(p)),
                "step_uncorrected": Along("uncorrected", abs(p)),
            },
        )

    def given(self) -> dict[str, Any]:
        rare = np.where(np.arange(STEPS) % 10 == 4, 1.0, 0.0)
        return {
            "constant": [1.0] * STEPS,
            "noisy": (1 + 0.5 * noise(STEPS, 6)).round(3).tolist(),
            "rare": rare.tolist(),
        }

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Dots, Mark, View
        from .still.numbers import extent
        from .still.sheet import looks_of

        (look,) = looks_of(self.run_by)
        colour, plain = sheet.colour(look), sheet.theme["text"]
        g = np.array(self.data[self.stream][:SHOWN])
        short = {name: values[:SHOWN] for name, values in curves.items()}

        def both(corrected: str, plainly: str, names: tuple[str, str]) -> list[Curve]:
            return [
                Curve(short[plainly], plain, names[1], dash=(6, 4)),
                Curve(short[corrected], colour, names[0], width=2.6),
            ]

        def moment(title: str, name: str, seen: np.ndarray) -> View:
            return View(
                title,
                "step t",
                170,
                (0, SHOWN + 1),
                extent([0], short[name], short[f"{name}_hat"], seen),
                low=72,
                first=1,
                dots=[Dots(range(1, SHOWN + 1), seen, sheet.theme["muted"], 1.5)],
                marks=[Mark(y=float(seen.mean()), dash=(2, 3))],
                curves=both(f"{name}_hat", name, (f"{name}\u0302", name)),
            )

        most = max(1, *short["step"], *short["step_uncorrected"])
        return [
            View(
                "Size of a step in units of η",
                "step t",
                200,
                (0, SHOWN + 1),
                (0, 1.08 * most),
                low=112,
                first=1,
                marks=[Mark(y=1, dash=(2, 3))],
                curves=both("step", "step_uncorrected", ("corrected", "uncorrected")),
            ),
            moment("First moment", "m", g),
            moment("Second moment", "v", g**2),
        ]
