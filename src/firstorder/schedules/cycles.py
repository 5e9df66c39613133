"""Schedules that rise, and rise again."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from .schedule import SHAPES, Schedule, power, scaled


@dataclass(frozen=True)
class CosineRestarts(Schedule):
    """Half a cosine from `lr` towards `end`, again and again: `steps` steps, then `multiplier` times as many each time.

    Source: Loshchilov and Hutter (2017), SGDR, equation 5. PyTorch: `CosineAnnealingWarmRestarts`.
    """

    lr: float
    steps: int
    multiplier: int = 1
    end: float = 0.0

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("steps", 1, whole=True)
        self._keep("multiplier", 1, whole=True)
        self._keep("end")

    def _at(self, epoch: float) -> float:
        length = self.steps
        if self.multiplier == 1:
            epoch %= length
        while epoch >= length:
            epoch -= length
            length *= self.multiplier
        return SHAPES["cosine"](self.lr, self.end, epoch / length)


@dataclass(frozen=True)
class Cyclic(Schedule):
    """Up from `lr` to `max_lr` in `up` steps and down again in `down` (None: as many), again and again: triangles.

    mode: "triangular" leaves their height, "triangular2" halves it each time, "exp_range" multiplies it by `gamma` each
    step. Source: Smith (2017), whose test for the range is `find_lr`. PyTorch: `CyclicLR`, without its momentum, which
    is a schedule of its own here.
    """

    lr: float
    max_lr: float
    up: int
    down: int | None = None
    mode: Literal["triangular", "triangular2", "exp_range"] = "triangular"
    gamma: float = 1.0

    def __post_init__(self) -> None:
        self._keep("lr")
        self._keep("max_lr", self.lr)
        self._keep("up", 1, whole=True)
        self._keep("down", 1, whole=True, optional=True)
        self._keep("gamma")
        self._one_of("mode", ("triangular", "triangular2", "exp_range"))

    def _at(self, epoch: float) -> float:
        down = self.down or self.up
        cycle, place = divmod(epoch, self.up + down)
        share = place / self.up if place <= self.up else (self.up + down - place) / down
        height = {"triangular": 1.0, "triangular2": 0.5**cycle, "exp_range": power(self.gamma, epoch)}[self.mode]
        return self.lr + scaled(self.max_lr - self.lr, scaled(share, height))


@dataclass(frozen=True)
class OneCycle(Schedule):
    """Up to `max_lr` and down again to almost nothing, within `steps` steps; then the last value.

    It starts at max_lr / div_factor, is at max_lr at step pct_start · steps, and ends at the start / final_div_factor.
    `three_phase` comes down as it went up, before it goes on to the end. Source: Smith and Topin (2019). PyTorch:
    `OneCycleLR`, without its momentum, which is a schedule of its own here; beyond `steps` it raises an error.
    """

    max_lr: float
    steps: int
    pct_start: float = 0.3
    anneal: Literal["cosine", "linear"] = "cosine"
    div_factor: float = 25.0
    final_div_factor: float = 1e4
    three_phase: bool = False

    def __post_init__(self) -> None:
        self._keep("max_lr")
        self._keep("steps", 2, whole=True)
        self._keep("pct_start", 0.0, 1.0)
        self._keep("div_factor", 1.0)
        self._keep("final_div_factor", 1.0)
        self._one_of("anneal", tuple(SHAPES))
        ends = [0.0, *(end for end, _ in self._phases())]
        if any(a >= b for a, b in pairwise(ends)):
            raise ValueError(
                f"OneCycle: pct_start = {self.pct_start!r} of {self.steps} steps leaves a phase without a step"
            )

    def _phases(self) -> list[tuple[float, float]]:
        """The epoch at which each phase ends, and the value there."""
        start = self.max_lr / self.div_factor
        rise = self.pct_start * self.steps - 1
        fall = [(2 * self.pct_start * self.steps - 2, start)] if self.three_phase else []
        return [(rise, self.max_lr), *fall, (self.steps - 1, start / self.final_div_factor)]

    def _at(self, epoch: float) -> float:
        begin, value = 0.0, self.max_lr / self.div_factor
        for end, target in self._phases():
            if epoch <= end:
                return SHAPES[self.anneal](value, target, (epoch - begin) / (end - begin))
            begin, value = end, target
        return value
