"""Schedules that stay or fall."""

from __future__ import annotations

import math
from bisect import bisect_right
from dataclasses import dataclass

from .schedule import SHAPES, Schedule, power, scaled, steps_of


@dataclass(frozen=True)
class Constant(Schedule):
    """Always `lr`. PyTorch: no scheduler."""

    lr: float

    def __post_init__(self) -> None:
        self._keep("lr")

    def _at(self, epoch: float) -> float:
        return self.lr


@dataclass(frozen=True)
class StepDecay(Schedule):
    """`lr`, multiplied by `gamma` after every `step_size` steps. PyTorch: `StepLR`."""

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("step_size", 1, whole=True)
        self._keep("gamma")

    def _at(self, epoch: float) -> float:
        return scaled(self.lr, power(self.gamma, epoch // self.step_size))


@dataclass(frozen=True)
class MultiStep(Schedule):
    """`lr`, multiplied by `gamma` after each of the steps `milestones`. PyTorch: `MultiStepLR`."""

    lr: float
    milestones: tuple[int, ...]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("gamma")
        given = steps_of(self, self.milestones, 1)
        object.__setattr__(self, "milestones", given)
        if list(self.milestones) != sorted(self.milestones):
            raise ValueError(f"MultiStep: milestones must be in increasing order, got {self.milestones!r}")

    def _at(self, epoch: float) -> float:
        return scaled(self.lr, power(self.gamma, bisect_right(self.milestones, epoch)))


@dataclass(frozen=True)
class Exponential(Schedule):
    """`lr`, multiplied by `gamma` after every step. PyTorch: `ExponentialLR`."""

    lr: float
    gamma: float

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("gamma")

    def _at(self, epoch: float) -> float:
        return scaled(self.lr, power(self.gamma, epoch))


@dataclass(frozen=True)
class Polynomial(Schedule):
    """From `lr` to `end` in `steps` steps, as (1 − share)^power, then `end`; power 1 is a straight line.

    PyTorch: `PolynomialLR`, whose end is 0. optax: `polynomial_schedule`.
    """

    lr: float
    steps: int
    power: float = 1.0
    end: float = 0.0

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("steps", 1, whole=True)
        self._keep("power")
        self._keep("end")

    def _at(self, epoch: float) -> float:
        left = 1 - min(epoch / self.steps, 1.0)
        return self.end + (self.lr - self.end) * (left**self.power if left else 0.0)


@dataclass(frozen=True)
class Cosine(Schedule):
    """From `lr` to `end` in `steps` steps along half a cosine, then `end`.

    Source: Loshchilov and Hutter (2017), SGDR, equation 5, without restarts. PyTorch: `CosineAnnealingLR`, the same up
    to epoch T_max, after which it rises again; optax's `cosine_decay_schedule` stays at the end, as here.
    """

    lr: float
    steps: int
    end: float = 0.0

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("steps", 1, whole=True)
        self._keep("end")

    def _at(self, epoch: float) -> float:
        return SHAPES["cosine"](self.lr, self.end, min(epoch / self.steps, 1.0))


@dataclass(frozen=True)
class InverseSqrt(Schedule):
    """A straight rise to `lr` at step `warmup`, then lr · √(warmup / t).

    Source: Vaswani et al. (2017), equation 3, with lr for d_model^(−1/2) · warmup^(−1/2). PyTorch has none; as a
    function for its `LambdaLR`, t is epoch + 1.
    """

    lr: float
    warmup: int

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("warmup", 1, whole=True)

    def _at(self, epoch: float) -> float:
        t = epoch + 1
        return self.lr * min(t / self.warmup, math.sqrt(self.warmup / t))
