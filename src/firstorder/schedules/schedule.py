"""What every schedule is: a function of t, the step being taken, from 1, that knows its own call."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from numbers import Integral, Real
from typing import Any

import numpy as np


class Schedule(ABC):
    """A function of t, the step being taken, from 1. Its `repr` is the call that makes it.

    Schedules multiply: `0.1 * schedule` and `a * b` are `Product`s. `plots.schedule(schedule, steps)` draws one.
    """

    @abstractmethod
    def _at(self, epoch: float) -> float:
        """The value at t = epoch + 1."""

    def __call__(self, t: float) -> float:
        """The value at step t, a Python float; raises ValueError for t < 1."""
        t = t.item() if isinstance(t, np.generic) else t
        if not t >= 1:
            raise ValueError(f"{type(self).__name__}: t, the step being taken, is counted from 1, got {t!r}")
        return float(self._at(t - 1))

    def __mul__(self, other: Callable[[int], float] | float) -> Schedule:
        return Product((self, other))

    def __rmul__(self, other: Callable[[int], float] | float) -> Schedule:
        return Product((other, self))

    def _keep(
        self, name: str, low: float = 0.0, high: float = math.inf, *, whole: bool = False, optional: bool = False
    ) -> None:
        """Make the field `name` a Python number from `low` to `high`, or raise."""
        value = getattr(self, name)
        if value is not None or not optional:
            object.__setattr__(self, name, number(self, name, value, low, high, whole=whole))

    def _one_of(self, name: str, known: tuple[str, ...]) -> None:
        """Raise unless the field `name` is one of the words `known`."""
        if getattr(self, name) not in known:
            words = " or ".join(map(repr, known)) if len(known) == 2 else f"one of {', '.join(map(repr, known))}"
            raise ValueError(f"{type(self).__name__}: {name} must be {words}, got {getattr(self, name)!r}")


def number(
    schedule: Schedule, name: str, value: Any, low: float = 0.0, high: float = math.inf, *, whole: bool = False
) -> Any:
    """`value` as a Python float, or int if `whole`; a message names the schedule, the parameter and what is allowed."""
    kind = "whole" if whole else "finite"
    allowed = f"a {kind} number >= {low:g}" if high == math.inf else f"a {kind} number from {low:g} to {high:g}"
    message = f"{type(schedule).__name__}: {name} must be {allowed}, got {value!r}"
    if isinstance(value, (bool, np.timedelta64)) or not isinstance(value, Integral if whole else Real):
        raise TypeError(message)
    try:
        plain: float = int(value) if isinstance(value, Integral) else float(value)  # the whole ones of any size
        plain = plain if whole else float(plain)
    except OverflowError:
        plain = math.inf
    if not low <= plain <= high or not math.isfinite(plain):
        raise ValueError(message)
    return plain


def followed(schedule: Schedule, name: str, value: Any) -> Any:
    """`value` if it is a schedule, as a Python float if it is a number; for a value that may be either."""
    return value if callable(value) else number(schedule, f"{name}, unless it is a schedule,", value)


def value_at(schedule: Callable[[int], float] | float, t: float) -> float:
    """The value of a schedule, or of a number, which is always the same, at step t."""
    return schedule(t) if callable(schedule) else schedule  # type: ignore[arg-type]


@dataclass(frozen=True)
class Product(Schedule):
    """The product of schedules and numbers: a decay on top of a warm-up, or one schedule at another scale.

        fo.Product((fo.Warmup(100, then=1.0), fo.InverseSqrt(3e-4, 1000)))      # also Warmup(...) * InverseSqrt(...)
        0.1 * fo.Cosine(3e-4, steps=900)

    PyTorch: `ChainedScheduler` of schedulers that multiply the rate.
    """

    factors: tuple[Callable[[int], float] | float, ...]

    def __post_init__(self) -> None:
        object.__setattr__(self, "factors", several(self, "factors", self.factors))

    def _at(self, epoch: float) -> float:
        return math.prod(value_at(factor, epoch + 1) for factor in self.factors)


def several(schedule: Schedule, name: str, given: Any) -> tuple[Callable[[int], float] | float, ...]:
    """`given` as a tuple of schedules and Python floats, at least one."""
    parts = tuple(given) if isinstance(given, Iterable) and not isinstance(given, (str, bytes)) else ()
    if not parts:
        raise TypeError(f"{type(schedule).__name__}: {name} must be a sequence of schedules or numbers, got {given!r}")
    return tuple(followed(schedule, f"each of {name}", part) for part in parts)


def steps_of(schedule: Schedule, given: Any, low: int) -> tuple[int, ...]:
    """The milestones `given` as a tuple of Python ints."""
    if not isinstance(given, Iterable) or isinstance(given, (str, bytes)):
        raise TypeError(f"{type(schedule).__name__}: milestones must be a sequence of steps, got {given!r}")
    return tuple(number(schedule, "each of milestones", step, low, whole=True) for step in given)


def power(base: float, exponent: float) -> float:
    """base ** exponent of numbers >= 0, infinite where it is more than a float holds."""
    try:
        return base**exponent
    except OverflowError:
        return math.inf


def scaled(lr: float, factor: float) -> float:
    """lr · factor, 0 for a rate of 0 whatever the factor."""
    return lr * factor if lr else 0.0


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 + math.cos(math.pi * share)) / 2


def _linear(start: float, end: float, share: float) -> float:
    return start + (end - start) * share


def _one_minus_sqrt(start: float, end: float, share: float) -> float:
    return end + (start - end) * (1 - math.sqrt(share))


#: How one value becomes another while `share` goes from 0 to 1.
SHAPES: dict[str, Callable[[float, float, float], float]] = {
    "cosine": _cosine,
    "linear": _linear,
    "1-sqrt": _one_minus_sqrt,
}
