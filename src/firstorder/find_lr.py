"""Find a learning rate: let it grow from step to step, and see where the loss falls and where it rises again."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np

from .minimize import Descent, whole
from .resolve import Make, OptimizerLike
from .schedules import Exponential
from .step import Value

#: Calls in a row that take no step, after which there will be none.
SKIPPED = 100


@dataclass(frozen=True)
class RangeTest:
    """What `find_lr` found; `plots.range_test` draws it.

    rates (k,): the rate of each step that was taken; values (k,): the problem's value after it; start: the value before
    the first. smoothed (k,): a moving average of the values, corrected for its start; the values themselves without
    smoothing. k is less than was asked for where the loss had risen for good.
    """

    rates: np.ndarray
    values: np.ndarray
    smoothed: np.ndarray
    start: float

    @property
    def limit(self) -> float:
        """The rate with the least loss: the last with which it fell; beyond it rises. Choose less: a third, a tenth.

        NaN where every loss was.
        """
        known = np.where(np.isnan(self.smoothed), np.inf, self.smoothed)
        return float(self.rates[np.argmin(known)]) if not np.isnan(self.smoothed).all() else math.nan

    @property
    def steepest(self) -> float:
        """The rate of the step in which the loss fell most: a first choice. NaN where it never fell or rose."""
        with np.errstate(invalid="ignore"):
            falls = -np.diff(self.smoothed, prepend=self.start)
        known = np.where(np.isfinite(falls), falls, -np.inf)
        return float(self.rates[np.argmax(known)]) if np.isfinite(falls).any() else math.nan

    def __repr__(self) -> str:
        span = f"{self.rates[0]:.3g} to {self.rates[-1]:.3g}"
        return f"<RangeTest of {len(self.rates)} rates, {span}: steepest {self.steepest:.3g}, limit {self.limit:.3g}>"


def find_lr(
    problem: Any,
    optimizer: OptimizerLike | Make,
    start: Any = None,
    *,
    low: float = 1e-6,
    high: float = 10.0,
    steps: int = 100,
    batch_size: int | None = None,
    seed: int = 0,
    smoothing: float = 0.0,
    rise: float = 4.0,
    **hyperparameters: Value,
) -> RangeTest:
    """A learning-rate range test: up to `steps` steps with rates that grow by a constant factor from `low` to `high`.

    problem, optimizer, start, batch_size, seed, hyperparameters: as for `minimize`; a function's optimizer has its rate
    replaced, in all groups. It ends early where the loss is not finite, or is above the start's by `rise` times what it
    had fallen in all. smoothing: weight of the past in the average of the values. Parameters and problem are left as
    they are. Source: Smith (2017), section 3.3, whose rate grows in a straight line; fastai's grows by a factor, too.

    Raises TypeError or ValueError, naming the parameter, for what `minimize` refuses and for ranges that are none.
    """
    whole("steps", steps, 2)
    for name, given, least, most in (("low", low, 0.0, high), ("high", high, low, math.inf)):
        if isinstance(given, (bool, str)) or not math.isfinite(given) or not least < given < most:
            raise ValueError(f"{name}: rates must go from low > 0 to a finite high > low, got {low!r} and {high!r}")
    if isinstance(smoothing, (bool, str)) or not 0 <= smoothing < 1:
        raise ValueError(f"smoothing must be a number in [0, 1), got {smoothing!r}")
    if isinstance(rise, (bool, str)) or not rise > 0:
        raise ValueError(f"rise must be a number > 0, got {rise!r}")
    if "lr" in hyperparameters:
        raise TypeError("lr: find_lr chooses the rates, from low to high")
    growing = Exponential(low, (high / low) ** (1 / (steps - 1)))
    descent = Descent(problem, optimizer, start, batch_size, seed, hyperparameters)
    opt = descent.optimizer
    before = opt.t
    opt.lr = lambda t: growing(t - before)  # type: ignore[attr-defined]
    rates: list[float] = []
    values: list[float] = []
    smoothed: list[float] = []
    average, skipped = 0.0, 0
    with np.errstate(all="ignore"):
        first = best = descent.value()
        while len(rates) < steps and skipped < SKIPPED:
            descent.step()
            if opt.t - before == len(rates):  # the call collected a gradient, or skipped one
                skipped += not opt.collected
                continue
            skipped, t = 0, len(rates) + 1
            rates.append(growing(t))
            values.append(descent.value())
            average = smoothing * average + (1 - smoothing) * values[-1]
            smoothed.append(average / (1 - smoothing**t))
            if not math.isfinite(values[-1]) or smoothed[-1] > first + rise * (first - best) > first:
                break
            best = min(best, smoothed[-1])
    if not rates:
        raise ValueError(f"optimizer: it skipped all of its first {SKIPPED} steps")
    return RangeTest(np.array(rates), np.array(values), np.array(smoothed), first)
