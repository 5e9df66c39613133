"""The numbers that wrappers take."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

#: What a setting may be given as: a number, a function of t that returns one, or None where that is allowed.
Given = float | Callable[[int], float] | None


@dataclass(frozen=True)
class Setting:
    """One number that a wrapper takes: low <= value <= high.

    `whole` if it counts, `optional` if it may be None, `infinite` if it may be infinity, `fixed` if it may be no
    function of t, `late` if states saved before it was there lack it, and leave the one here.
    """

    default: float | None
    meaning: str
    low: float = 0.0
    high: float = math.inf
    whole: bool = False
    optional: bool = False
    infinite: bool = False
    fixed: bool = False
    late: bool = False

    @property
    def allowed(self) -> str:
        """The allowed values in words, for error messages."""
        kind = "a whole number" if self.whole else "a number" if self.infinite else "a finite number"
        span = f">= {self.low:g}" if self.high == math.inf else f"from {self.low:g} to {self.high:g}"
        return f"{kind} {span}"

    def checked(self, title: str, value: Any) -> Given:
        """`value` as it would be set: a number, the function it is, or None; raises if it is not allowed."""
        if (value is None and self.optional) or (callable(value) and not self.fixed):
            return value
        return self.number(title, value)

    def number(self, title: str, value: Any) -> float:
        """`value` if it is a number that is allowed; TypeError or ValueError, which call it `title`, if not."""
        message = f"{title} must be {self.allowed}, got {value!r}"
        number = value.item() if isinstance(value, np.generic) and not isinstance(value, np.timedelta64) else value
        if isinstance(number, (bool, np.timedelta64)) or not isinstance(number, int if self.whole else (int, float)):
            raise TypeError(message if self.fixed else message.replace(", got", " or a function of t, got", 1))
        try:
            known = number if self.whole else float(number)
        except OverflowError:  # an int that is more than a float holds
            known = math.copysign(math.inf, 1 if number > 0 else -1)
        if not self.low <= known <= self.high or not (self.whole or self.infinite or math.isfinite(known)):
            raise ValueError(message)
        return known
