"""Adam's moments and its steps, with and without the correction of their start at zero."""

from __future__ import annotations

from typing import Any

import numpy as np
import sympy as sp

from .. import derive
from ..reading.parse import symbol
from ..rules import RULES
from .panel import Choice, Panel, drive, noise, slider

STEPS = 200
STREAMS = {"constant": "constant", "noisy": "constant + noise", "rare": "rare"}


class BiasCorrection(Panel):
    """Adam's m, v and step by step along a stream of gradients, with and without bias correction.

    stream: "constant", "noisy" (a constant and noise) or "rare" (a gradient in one step of ten); beta1, beta2.
    """

    module = "bias_correction"
    heading = "Adam with and without bias correction"
    about = "Adam's moments and the size of its steps, with and without bias correction, for any β₁ and β₂."
    run_by = ("adam",)
    pixels = (1127, 735)

    beta1 = slider("beta1", 0.9, 0.0, 0.999)
    beta2 = slider("beta2", 0.999, 0.0, 0.9999)
    stream = Choice("constant", STREAMS, "Gradients")

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        """The sums of the weights in m and v, by which Adam divides."""
        return {name: derive.total_weight(RULES["adam"], name).xreplace({derive.t: symbol("t")}) for name in "mv"}

    def given(self) -> dict[str, Any]:
        rare = np.where(np.arange(STEPS) % 10 == 4, 1.0, 0.0)
        return {
            "streams": {
                "constant": [1.0] * STEPS,
                "noisy": (1 + 0.5 * noise(STEPS, 6)).round(3).tolist(),
                "rare": rare.tolist(),
            }
        }

    def curves(self) -> dict[str, Any]:
        """`m`, `v` and their corrected forms; `step` and `step_uncorrected`, |Δθ| / η; each after steps 1, 2, …"""
        g = self.data["streams"][self.stream]
        values = {"lr": 1.0, "beta1": self.beta1, "beta2": self.beta2}
        adam = RULES["adam"]
        with_, without = (
            drive(rule, [0.0], lambda p, t: [g[t - 1]], STEPS, values, anew=True)
            for rule in (adam, adam.uncorrected)
            if rule is not None
        )
        t = np.arange(1, STEPS + 1)
        m, v = with_["m"][1:, 0], with_["v"][1:, 0]
        return {
            "m": m,
            "v": v,
            "m_hat": m / (1 - self.beta1**t),
            "v_hat": v / (1 - self.beta2**t),
            "step": np.abs(with_["p"][1:, 0]),
            "step_uncorrected": np.abs(without["p"][1:, 0]),
        }
