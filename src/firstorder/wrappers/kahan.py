"""Sums in 16 bits that lose nothing to rounding."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..step import Plan, Slot, Stepper
from .wrapper import Wrapper


class Kahan(Wrapper):
    """16-bit parameters that do not lose small updates: what rounding took is kept and added the next time.

    state["compensation"] is an array k for each float16 or bfloat16 parameter, of its dtype. The step is taken in
    float32 from θ + k; then θ' = θ + k + Δ, rounded, and k' = θ + k + Δ − θ'. That is optimi's convention, u = k + Δ;
    θ' = θ + u; k' = u + (θ − θ'), with its sums in float32. Parameters of other dtypes are left alone. Put it outside
    everything that writes parameters (decay, Lookahead), which then does so in float32. Source: Kahan (1965).
    """

    arrays = ("compensation",)
    compensates = True

    def __init__(self, optimizer: Stepper):
        super().__init__(optimizer)
        if any(w.compensates for w in optimizer.chain()):
            raise TypeError("Kahan: the optimizer is compensated already")
        if all(k is None for _, k in self.each("compensation")):
            raise TypeError("Kahan: at least one parameter must be float16 or bfloat16; others lose nothing to keep")

    def initial(self, name: str, slot: Slot) -> Any:
        rounds = self.parameters.compute_dtype(slot) != slot.array.dtype
        return self.parameters.xp.zeros_like(slot.array) if rounds else None

    def apply(self, plan: Plan) -> bool:
        assert plan.inner is not None
        if not plan.taken:
            return self.inner.apply(plan.inner)
        rounded = [(slot, slot.array, k) for slot, k in self.each("compensation") if k is not None]
        try:
            for slot, p, k in rounded:
                slot.array = self.parameters.xp.asarray(p.astype(np.float32) + k.astype(np.float32))
            self.inner.apply(plan.inner)
            with np.errstate(all="ignore"):
                for slot, p, k in rounded:
                    p[...] = slot.array
                    k[...] = slot.array - p.astype(np.float32)
        finally:
            for slot, p, _ in rounded:
                slot.array = p
        return True
