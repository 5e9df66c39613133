"""Large batches in small memory: the mean of several gradients, and then a step."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from ..step import Pairs, Plan, Slot
from .setting import Setting
from .wrapper import Wrapper


class Accumulate(Wrapper):
    """One step for every `steps` calls, with the mean of their gradients: large batches in small memory.

    A call that only collects returns False; `collected` counts them, and `flush` takes the step of a window that is not
    full, such as an epoch's last. None counts as zero in the mean, but a parameter with None in every call
    of a step is skipped. Under on_nonfinite="skip" a bad micro-batch is left out and not counted, and so is one with
    which the sum would overflow. optax: `MultiSteps`, which also takes the mean, by default in float32
    (`accumulator_dtype`) whatever the gradients; PyTorch sums, since `backward` adds to `.grad`.
    """

    settings: ClassVar = {"steps": Setting(2, "calls for one step", 1, whole=True)}
    arrays = ("sum",)
    numbers = ("seen",)
    counters = ("collected",)
    transforms = True

    def initial(self, name: str, slot: Slot) -> Any:
        return 0.0

    def _sums(self) -> Iterator[tuple[int, Slot, Any]]:
        return ((i, slot, total) for i, (slot, total) in enumerate(self.each("sum")))

    @property
    def collected(self) -> int:
        return self.kept.counters["collected"] or self.inner.collected

    def plan(self, pairs: Pairs) -> Plan | None:
        collected = self.kept.counters["collected"] + (1 if pairs or not self._flushing else 0)
        if not self._flushing and collected < self.number("steps"):
            totals = {id(slot): total for _, slot, total in self._sums()}
            with np.errstate(all="ignore"):
                sums = [(slot, self.parameters.xp.asarray(totals[id(slot)] + g)) for slot, g in pairs]
            return Plan([], [], sums, taken=False) if self.passes(sums, what="the sum of the gradients") else None
        given = {id(slot): g for slot, g in pairs}
        means = []
        with np.errstate(all="ignore"):
            for i, slot, total in self._sums():
                if id(slot) in given or self.kept.numbers["seen"][i]:
                    mean = (total + given.get(id(slot), 0.0)) / max(collected, 1)
                    means.append((slot, self.parameters.xp.asarray(mean)))
        inner = self.inner.plan(means)
        return None if inner is None else Plan(inner.slots, inner.values, None, inner, inner.taken)

    def apply(self, plan: Plan) -> bool:
        seen, counters = self.kept.numbers["seen"], self.kept.counters
        if plan.inner is None:
            sums = {id(slot): total for slot, total in plan.work}
            for i, slot, total in self._sums():
                if id(slot) in sums:
                    total[...] = sums[id(slot)]
                    seen[i] += 1
            counters["collected"] += 1
            return False
        taken = self.inner.apply(plan.inner)
        for i, _, total in self._sums():
            total[...] = 0
            seen[i] = 0
        counters["collected"] = 0
        return taken
