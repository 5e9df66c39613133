"""Fast weights that explore, and slow ones that follow."""

from __future__ import annotations

from typing import ClassVar

from ..step import Pairs, Plan, Stepper
from .setting import Setting
from .wrapper import Wrapper


class Lookahead(Wrapper):
    """k steps forward, one step back: every k steps, slow weights go a share alpha of the way; the fast ones follow.

    Source: Zhang, Lucas, Hinton and Ba (2019), Algorithm 1. state["slow"] are the slow weights, which start where the
    parameters are now; between two synchronisations it is they that should be evaluated, and the parameters are they
    inside of `with opt.averaged():`. The optimizer's own state goes on; optax: `lookahead` (`reset_state=False`);
    PyTorch has none.
    """

    settings: ClassVar = {
        "k": Setting(5, "steps between two synchronisations", 1, whole=True, fixed=True),
        "alpha": Setting(0.5, "share of the way that the slow weights go", 0.0, 1.0),
    }
    arrays = ("slow",)
    counters = ("since",)
    writes = True
    swap, averaged = Stepper.swap, Stepper.averaged

    def answer(self) -> Pairs:
        return list(self.each("slow"))

    def after(self, plan: Plan) -> None:
        counters = self.kept.counters
        counters["since"] += 1
        if counters["since"] >= self.k:
            for slot, slow in self.each("slow"):
                slow += self.alpha * (slot.array - slow)
                slot.array[...] = slow
            counters["since"] = 0
