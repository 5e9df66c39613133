"""Learning-rate schedules: functions of t, the step being taken, counted from 1.

    opt = fo.Adam(params, lr=fo.Warmup(100, then=fo.Cosine(3e-4, steps=900)))

A schedule may stand for any hyperparameter. PyTorch counts epochs from 0 and so takes its first step at epoch 0:
what its scheduler gives at epoch e is what ours gives at t = e + 1.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from bisect import bisect_right
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class Schedule(ABC):
    """A function of t, the step being taken, from 1. Its `repr` is the call that makes it."""

    @abstractmethod
    def _at(self, epoch: float) -> float:
        """The value at t = epoch + 1."""

    def __call__(self, t: float) -> float:
        """The value at step t; raises ValueError for t < 1."""
        if not t >= 1:
            raise ValueError(f"{type(self).__name__}: t, the step being taken, is counted from 1, got {t!r}")
        return self._at(t - 1)

    def plot(self, steps: int, ax: Axes | None = None) -> Axes:
        """Draw the values of the first `steps` steps; returns the axes. Needs Matplotlib."""
        from . import plots

        _check(self, "steps of a plot", steps, 1, whole=True)
        if ax is None:
            _, ax = plots.axes("step t", "value")
        plots.curves(ax, {repr(self): [self(t) for t in range(1, steps + 1)]}, x=range(1, steps + 1))
        return ax


def _check(
    schedule: Schedule, name: str, value: Any, low: float = 0.0, high: float = math.inf, *, whole: bool = False
) -> None:
    """Raise unless low <= value <= high; a message names the schedule, the parameter and what is allowed."""
    kind = "whole" if whole else "finite"
    allowed = f"a {kind} number >= {low:g}" if high == math.inf else f"a {kind} number from {low:g} to {high:g}"
    message = f"{type(schedule).__name__}: {name} must be {allowed}, got {value!r}"
    if isinstance(value, (bool, str)) or not hasattr(value, "__index__" if whole else "__float__"):
        raise TypeError(message)
    if not low <= value <= high or not math.isfinite(value):
        raise ValueError(message)


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _linear(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _one_minus_sqrt(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 - math.sqrt(share))


#: How one value becomes another while `share` goes from 0 to 1.
_SHAPES: dict[str, Callable[[float, float, float], float]] = {
    "cosine": _cosine,
    "linear": _linear,
    "1-sqrt": _one_minus_sqrt,
}


def _check_shape(schedule: Schedule, name: str, value: str) -> None:
    if value not in _SHAPES:
        raise ValueError(
            f"{type(schedule).__name__}: {name} must be one of {', '.join(map(repr, _SHAPES))}, got {value!r}"
        )


@dataclass(frozen=True)
class Constant(Schedule):
    """Always `lr`. PyTorch: no scheduler."""

    lr: float

    def __post_init__(self) -> None:
        _check(self, "lr", self.lr)

    def _at(self, epoch: float) -> float:
        return self.lr


@dataclass(frozen=True)
class StepDecay(Schedule):
    """`lr`, multiplied by `gamma` after every `step_size` steps. PyTorch: `StepLR`."""

    lr: float
    step_size: int
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _check(self, "lr", self.lr)
        _check(self, "step_size", self.step_size, 1, whole=True)
        _check(self, "gamma", self.gamma)

    def _at(self, epoch: float) -> float:
        return self.lr * self.gamma ** (epoch // self.step_size)


@dataclass(frozen=True)
class MultiStep(Schedule):
    """`lr`, multiplied by `gamma` after each of the steps `milestones`. PyTorch: `MultiStepLR`."""

    lr: float
    milestones: tuple[int, ...]
    gamma: float = 0.1

    def __post_init__(self) -> None:
        _check(self, "lr", self.lr)
        _check(self, "gamma", self.gamma)
        object.__setattr__(self, "milestones", tuple(self.milestones))
        for milestone in self.milestones:
            _check(self, "each of milestones", milestone, 1, whole=True)
        if list(self.milestones) != sorted(self.milestones):
            raise ValueError(f"MultiStep: milestones must be in increasing order, got {self.milestones!r}")

    def _at(self, epoch: float) -> float:
        return self.lr * self.gamma ** bisect_right(self.milestones, epoch)


@dataclass(frozen=True)
class Exponential(Schedule):
    """`lr`, multiplied by `gamma` after every step. PyTorch: `ExponentialLR`."""

    lr: float
    gamma: float

    def __post_init__(self) -> None:
        _check(self, "lr", self.lr)
        _check(self, "gamma", self.gamma)

    def _at(self, epoch: float) -> float:
        return self.lr * self.gamma**epoch


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
        _check(self, "lr", self.lr)
        _check(self, "steps", self.steps, 1, whole=True)
        _check(self, "power", self.power)
        _check(self, "end", self.end)

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
        _check(self, "lr", self.lr)
        _check(self, "steps", self.steps, 1, whole=True)
        _check(self, "end", self.end)

    def _at(self, epoch: float) -> float:
        return _cosine(self.lr, self.end, min(epoch / self.steps, 1.0))


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
        _check(self, "lr", self.lr)
        _check(self, "steps", self.steps, 1, whole=True)
        _check(self, "multiplier", self.multiplier, 1, whole=True)
        _check(self, "end", self.end)

    def _at(self, epoch: float) -> float:
        length = self.steps
        if self.multiplier == 1:
            epoch %= length
        while epoch >= length:
            epoch -= length
            length *= self.multiplier
        return _cosine(self.lr, self.end, epoch / length)


@dataclass(frozen=True)
class Warmup(Schedule):
    """A straight rise over `steps` steps, then the schedule (or number) `then`, which begins as if at its t = 1.

    The rise is a factor on `then`'s first value: `start_factor` at step 1, and 1 at step steps + 1, where `then`
    begins. Without a `start_factor` it is 1 / (steps + 1), so that step t has t / (steps + 1): no step is taken with a
    rate of 0. PyTorch: `SequentialLR` of `LinearLR(start_factor, total_iters=steps)` and the other scheduler, with
    `milestones=[steps]`.
    """

    steps: int
    then: Callable[[int], float] | float
    start_factor: float | None = None

    def __post_init__(self) -> None:
        _check(self, "steps", self.steps, 1, whole=True)
        if not callable(self.then):
            _check(self, "then, unless it is a schedule,", self.then)
        if self.start_factor is None:
            object.__setattr__(self, "start_factor", 1 / (self.steps + 1))
        _check(self, "start_factor", self.start_factor, 0.0, 1.0)

    def _at(self, epoch: float) -> float:
        then = self.then if callable(self.then) else Constant(self.then)
        if epoch >= self.steps:
            return then(epoch - self.steps + 1)  # type: ignore[arg-type]
        assert self.start_factor is not None
        return then(1) * _linear(self.start_factor, 1.0, epoch / self.steps)


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
        _check(self, "max_lr", self.max_lr)
        _check(self, "steps", self.steps, 2, whole=True)
        _check(self, "pct_start", self.pct_start, 0.0, 1.0)
        _check(self, "div_factor", self.div_factor, 1.0)
        _check(self, "final_div_factor", self.final_div_factor, 1.0)
        _check_shape(self, "anneal", self.anneal)
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
                return _SHAPES[self.anneal](value, target, (epoch - begin) / (end - begin))
            begin, value = end, target
        return value


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
        _check(self, "lr", self.lr)
        _check(self, "warmup", self.warmup, 0, whole=True)
        _check(self, "stable", self.stable, 0, whole=True)
        _check(self, "decay", self.decay, 1, whole=True)
        _check(self, "end", self.end)
        _check_shape(self, "shape", self.shape)

    def _at(self, epoch: float) -> float:
        if epoch < self.warmup:
            return self.lr * (epoch + 1) / (self.warmup + 1)
        decayed = max(epoch - self.warmup - self.stable, 0)
        return _SHAPES[self.shape](self.lr, self.end, min(decayed / self.decay, 1.0))


@dataclass(frozen=True)
class InverseSqrt(Schedule):
    """A straight rise to `lr` at step `warmup`, then lr · √(warmup / t).

    Source: Vaswani et al. (2017), equation 3, with lr for d_model^(−1/2) · warmup^(−1/2). PyTorch has none; as a
    function for its `LambdaLR`, t is epoch + 1.
    """

    lr: float
    warmup: int

    def __post_init__(self) -> None:
        _check(self, "lr", self.lr)
        _check(self, "warmup", self.warmup, 1, whole=True)

    def _at(self, epoch: float) -> float:
        t = epoch + 1
        return self.lr * min(t / self.warmup, math.sqrt(self.warmup / t))


@dataclass
class ReduceOnPlateau(Schedule):
    """`lr`, multiplied by `factor` whenever a metric has stopped improving. It is told: `schedule.report(loss)`.

    The one schedule that is not a function of t: it has the same value, `current`, at every step until a report
    changes it. Report once an evaluation, after the steps it judges:

        plateau = fo.ReduceOnPlateau(0.1, patience=5)
        opt = fo.Adam(params, lr=plateau)
        ...
        plateau.report(validation_loss)

    A report is better if it beats the best by `threshold`, as a share of it ("rel") or as such ("abs"). After more
    than `patience` reports that are not, the rate falls, though not below `min_lr`, nor by `eps` or less; the next
    `cooldown` reports then count for nothing. NaN is never better. PyTorch: `ReduceLROnPlateau`, `report` being its
    `step`.

    It has a state, which the optimizer's `state_dict` does not hold: save `state_dict()`, which is plain numbers,
    beside it. Groups that share one schedule share its state.
    """

    lr: float
    mode: Literal["min", "max"] = "min"
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: Literal["rel", "abs"] = "rel"
    cooldown: int = 0
    min_lr: float = 0.0
    eps: float = 1e-8
    #: The value in force, the best report, the reports since then that were not better, and those still to pass by.
    current: float = field(init=False, repr=False)
    best: float = field(init=False, repr=False)
    bad_reports: int = field(default=0, init=False, repr=False)
    cooling: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("lr", "threshold", "min_lr", "eps"):
            _check(self, name, getattr(self, name))
        _check(self, "factor", self.factor, 0.0, math.nextafter(1.0, 0.0))
        _check(self, "patience", self.patience, 0, whole=True)
        _check(self, "cooldown", self.cooldown, 0, whole=True)
        for name, known in (("mode", ("min", "max")), ("threshold_mode", ("rel", "abs"))):
            if getattr(self, name) not in known:
                raise ValueError(
                    f"ReduceOnPlateau: {name} must be {known[0]!r} or {known[1]!r}, got {getattr(self, name)!r}"
                )
        self.current = self.lr
        self.best = math.inf if self.mode == "min" else -math.inf

    def _at(self, epoch: float) -> float:
        return self.current

    def report(self, metric: float) -> bool:
        """Take note of the metric; True if the rate was reduced."""
        metric = float(metric)
        if self._better(metric):
            self.best, self.bad_reports = metric, 0
        else:
            self.bad_reports += 1
        if self.cooling:
            self.cooling, self.bad_reports = self.cooling - 1, 0
        if self.bad_reports <= self.patience:
            return False
        self.cooling, self.bad_reports = self.cooldown, 0
        reduced = max(self.current * self.factor, self.min_lr)
        if self.current - reduced <= self.eps:
            return False
        self.current = reduced
        return True

    def _better(self, metric: float) -> bool:
        down = self.mode == "min"
        if self.threshold_mode == "abs":
            return metric < self.best - self.threshold if down else metric > self.best + self.threshold
        return metric < self.best * (1 - self.threshold) if down else metric > self.best * (1 + self.threshold)

    def state_dict(self) -> dict[str, float]:
        """What an exact resume needs, as numbers."""
        return {name: getattr(self, name) for name in ("current", "best", "bad_reports", "cooling")}

    def load_state_dict(self, d: Mapping[str, float]) -> None:
        """Continue from what `state_dict` returned; for anything else, raise `StateError` and change nothing."""
        from .step import StateError

        if not isinstance(d, Mapping) or set(d) != set(self.state_dict()):
            raise StateError(f"the state of ReduceOnPlateau must have {', '.join(self.state_dict())}, got {d!r}")
        try:
            _check(self, "current", d["current"])
            for name in ("bad_reports", "cooling"):
                _check(self, name, d[name], 0, whole=True)
            best = float(d["best"])
        except (TypeError, ValueError) as error:
            raise StateError(str(error)) from error
        self.current, self.best = float(d["current"]), best
        self.bad_reports, self.cooling = int(d["bad_reports"]), int(d["cooling"])


#: Every schedule by name.
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "multi_step": MultiStep,
    "exponential": Exponential,
    "polynomial": Polynomial,
    "cosine": Cosine,
    "cosine_restarts": CosineRestarts,
    "warmup": Warmup,
    "one_cycle": OneCycle,
    "wsd": WSD,
    "inverse_sqrt": InverseSqrt,
    "reduce_on_plateau": ReduceOnPlateau,
}
