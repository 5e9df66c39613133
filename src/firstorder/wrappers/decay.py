"""Weight decay: as the gradient of a penalty, and decoupled from the gradients."""

from __future__ import annotations

import math
from typing import ClassVar

from ..step import Pairs, Plan, Stepper
from .wrapper import Setting, Wrapper


class L2(Wrapper):
    """The gradient of an L2 penalty, weight_decay · θ, added to each gradient: for Adam, not the same as decay.

    PyTorch: the argument `weight_decay` of `Adam`, `SGD` and others; optax: `add_decayed_weights` before the optimizer.
    """

    settings: ClassVar = {"weight_decay": Setting(1e-2, "weight of the penalty ½λ‖θ‖²")}
    transforms = True

    def gradients(self, pairs: Pairs) -> Pairs:
        ours, xp = self.parameters, self.parameters.xp
        return [
            (slot, xp.asarray(g + xp.multiply(slot.array, self.weight_decay, dtype=ours.compute_dtype(slot))))
            for slot, g in pairs
        ]


class DecoupledDecay(Wrapper):
    """Decoupled weight decay for any optimizer: θ shrinks by the factor 1 − lr · weight_decay before each step.

    Source: Loshchilov and Hutter (2019). Around Adam this is PyTorch's `AdamW`, and ours. The gradients do not know
    of it. Parameters whose gradient is None keep their size.
    """

    settings: ClassVar[dict[str, Setting]] = {"weight_decay": Setting(1e-2, "decay, in units of lr")}
    writes = True

    def __init__(self, optimizer: Stepper, **settings: float | None):
        super().__init__(optimizer, **settings)
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
            dtype = ours.compute_dtype(slot)
            slot.array[...] = ours.xp.multiply(slot.array, plan.work[slot.group], dtype=dtype)


class FullyDecoupledDecay(DecoupledDecay):
    """Weight decay by the schedule and not by the size of the rate: the factor is 1 − lr / lr_max · weight_decay.

    Source: Loshchilov and Hutter (2019), Algorithm 2, whose schedule η is lr / lr_max. optimi: `decouple_lr=True`, and
    `max_lr`. lr_max: the largest rate of the schedule; None takes the rate at the start, which then must be a number,
    the same in all groups.
    """

    settings: ClassVar = {
        "weight_decay": Setting(1e-5, "decay at the largest rate"),
        "lr_max": Setting(None, "largest rate of the schedule", math.ulp(0.0), optional=True),
    }

    def __init__(self, optimizer: Stepper, **settings: float | None):
        super().__init__(optimizer, **settings)
        if self.lr_max is None:
            rates = [group["lr"] for group in self.groups]
            if any(callable(rate) or rate != rates[0] for rate in rates):
                raise TypeError("FullyDecoupledDecay: lr_max must be given where lr is a function or differs by group")
            self._settings["lr_max"] = self.check("lr_max", rates[0])

    def _rate(self, lr: float) -> float:
        return lr / self.lr_max
