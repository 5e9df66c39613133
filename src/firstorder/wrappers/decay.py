"""Weight decay: as the gradient of a penalty, and decoupled from the gradients."""

from __future__ import annotations

import math
from typing import ClassVar

import numpy as np

from ..step import Pairs, Plan, Stepper
from .selection import Only
from .setting import Given, Setting
from .wrapper import Wrapper


class L2(Wrapper):
    """The gradient of an L2 penalty, weight_decay · θ, added to each gradient: for Adam, not the same as decay.

    PyTorch: the argument `weight_decay` of `Adam`, `SGD` and others; optax: `add_decayed_weights` before the optimizer.
    """

    settings: ClassVar = {"weight_decay": Setting(1e-2, "weight of the penalty ½λ‖θ‖²")}
    selective = True
    transforms = True

    def gradients(self, pairs: Pairs) -> Pairs:
        ours, xp, penalized = self.parameters, self.parameters.xp, []
        for slot, g in pairs:
            chosen, dtype = self.named(slot, slot.array), ours.compute_dtype(slot)
            if len(chosen) == len(slot.parts(slot.array)):
                g = xp.asarray(g + xp.multiply(slot.array, self.weight_decay, dtype=dtype))
            elif chosen:
                g = g.astype(np.result_type(g.dtype, dtype))
                for name, part in self.named(slot, g).items():
                    part += xp.multiply(chosen[name], self.weight_decay, dtype=dtype)
            penalized.append((slot, g))
        return penalized


class DecoupledDecay(Wrapper):
    """Decoupled weight decay for any optimizer: θ shrinks by the factor 1 − lr · weight_decay before each step.

    Source: Loshchilov and Hutter (2019). Around Adam this is PyTorch's `AdamW`, and ours. The gradients do not know
    of it. Parameters whose gradient is None keep their size; biases and gains are spared by `only`:
    `only=lambda name, p: p.ndim > 1`.
    """

    settings: ClassVar[dict[str, Setting]] = {"weight_decay": Setting(1e-2, "decay, in units of lr")}
    selective = True
    writes = True

    def __init__(self, optimizer: Stepper, *, only: Only | None = None, **settings: Given):
        super().__init__(optimizer, only=only, **settings)
        if "lr" not in self.rule.hyperparameters:
            raise TypeError(f"{type(self).__name__}: {self.rule.name} has no hyperparameter 'lr' to decay by")

    def _rate(self, lr: float) -> float:
        return lr

    def prepared(self, inner: Plan) -> list[float]:
        """The factor of each group."""
        return [1 - self._rate(values["lr"]) * self.weight_decay for values in inner.values]

    def before(self, plan: Plan) -> None:
        ours = self.parameters
        for slot in plan.slots:
            chosen, dtype = self.named(slot, slot.array), ours.compute_dtype(slot)
            whole = len(chosen) == len(slot.parts(slot.array))
            for part in [slot.array] if whole else chosen.values():
                part[...] = ours.xp.multiply(part, plan.work[slot.group], dtype=dtype)


class FullyDecoupledDecay(DecoupledDecay):
    """Weight decay by the schedule and not by the size of the rate: the factor is 1 − lr / lr_max · weight_decay.

    Source: Loshchilov and Hutter (2019), Algorithm 2, whose schedule η is lr / lr_max. optimi: `decouple_lr=True`, and
    `max_lr`. lr_max: the largest rate of the schedule; None takes the rate at the start, which then must be a number,
    the same in all groups.
    """

    settings: ClassVar = {
        "weight_decay": Setting(1e-5, "decay at the largest rate"),
        "lr_max": Setting(None, "largest rate of the schedule", math.ulp(0.0), optional=True, fixed=True),
    }

    def __init__(self, optimizer: Stepper, *, only: Only | None = None, **settings: Given):
        super().__init__(optimizer, only=only, **settings)
        if self.lr_max is None:
            rates = [group["lr"] for group in self.groups]
            if any(callable(rate) or rate != rates[0] for rate in rates):
                raise TypeError("FullyDecoupledDecay: lr_max must be given where lr is a function or differs by group")
            self._settings["lr_max"] = self.check("lr_max", rates[0])

    def _rate(self, lr: float) -> float:
        return lr / self.lr_max
