"""Schedules made of others, one after another."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from .schedule import SHAPES, Schedule, followed, several, steps_of, value_at


@dataclass(frozen=True)
class Warmup(Schedule):
    """A straight rise over `steps` steps, then the schedule (or number) `then`, which begins as if at its t = 1.

    The rise is a factor on `then`'s first value: `start_factor` at step 1, and 1 at step steps + 1, where `then`
    begins. Without a `start_factor` it is 1 / (steps + 1), so that step t has t / (steps + 1): no step is taken with a
    rate of 0. Of 0 steps, it is `then`. PyTorch: `SequentialLR` of `LinearLR(start_factor, total_iters=steps)` and the
    other scheduler, with `milestones=[steps]`.
    """

    steps: int
    then: Callable[[int], float] | float
    start_factor: float | None = None

    def __post_init__(self) -> None:
        self._keep("steps", 0, whole=True)
        object.__setattr__(self, "then", followed(self, "then", self.then))
        if self.start_factor is None:
            object.__setattr__(self, "start_factor", 1 / (self.steps + 1))
        self._keep("start_factor", 0.0, 1.0)

    def _at(self, epoch: float) -> float:
        if epoch >= self.steps:
            return value_at(self.then, epoch - self.steps + 1)
        assert self.start_factor is not None
        return value_at(self.then, 1) * SHAPES["linear"](self.start_factor, 1.0, epoch / self.steps)


@dataclass(frozen=True)
class Sequence(Schedule):
    """Schedules or numbers one after another: the next begins after each of the steps `milestones`, as at its t = 1.

        fo.Sequence((fo.Warmup(100, then=0.1), fo.Cosine(0.1, 900)), milestones=(100,))

    There is one milestone less than there are schedules. One of 0 leaves out the first schedule, two that are equal the
    one between them. PyTorch: `SequentialLR`; optax: `join_schedules`.
    """

    schedules: tuple[Callable[[int], float] | float, ...]
    milestones: tuple[int, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "schedules", several(self, "schedules", self.schedules))
        given = steps_of(self, self.milestones, 0)
        object.__setattr__(self, "milestones", given)
        if list(given) != sorted(given):
            raise ValueError(f"Sequence: milestones must be in increasing order, got {given!r}")
        if len(given) != len(self.schedules) - 1:
            raise ValueError(
                f"Sequence: milestones must be one less than the {len(self.schedules)} schedules, got {given!r}"
            )

    def _at(self, epoch: float) -> float:
        i = bisect_right(self.milestones, epoch)
        return value_at(self.schedules[i], epoch + 1 - (self.milestones[i - 1] if i else 0))


@dataclass(frozen=True)
class WSD(Schedule):
    """Warm-up, stable, decay: t / (warmup + 1) times lr, then `lr` for `stable` steps, then down to `end` in `decay`.

    shape: how it comes down, "linear", "cosine" or "1-sqrt". Source: Hu et al. (2024), MiniCPM; the shape 1-sqrt is
    Hägele et al. (2024)'s. PyTorch: `SequentialLR` of `LinearLR`, `ConstantLR`, `LinearLR`.
    """

    lr: float
    warmup: int
    stable: int
    decay: int
    end: float = 0.0
    shape: Literal["linear", "cosine", "1-sqrt"] = "linear"

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("warmup", 0, whole=True)
        self._keep("stable", 0, whole=True)
        self._keep("decay", 1, whole=True)
        self._keep("end")
        self._one_of("shape", tuple(SHAPES))

    def _at(self, epoch: float) -> float:
        if epoch < self.warmup:
            return self.lr * (epoch + 1) / (self.warmup + 1)
        decayed = max(epoch - self.warmup - self.stable, 0)
        return SHAPES[self.shape](self.lr, self.end, min(decayed / self.decay, 1.0))
