"""What a hyperparameter means and which values it takes; those of the names that the whole field uses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

#: The first numbers past 1 and 0, for ranges that include them.
CLOSED_ONE = math.nextafter(1.0, 2.0)
CLOSED_ZERO = math.nextafter(0.0, 1.0)


@dataclass(frozen=True)
class Hyperparameter:
    """The meaning of a hyperparameter: a rule's decorator gives it to a name of the rule's own.

    low, high: the values allowed, `low <= value < high`; slider: the range a figure offers;
    scale: how the slider runs, "complement" meaning logarithmic in 1 - value; guard: whether it keeps a division from
    0, and so, unless it is 0 itself, must not become 0 in the dtype that is computed in; off: the value, if there is
    one, at which it does nothing but for the first steps or the smallest numbers, so that invariances can be seen.
    """

    symbol: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    slider: tuple[float, float] = (0.0, 1.0)
    scale: Literal["log", "linear", "complement"] = "linear"
    guard: bool = False
    off: float | None = None

    @property
    def allowed(self) -> str:
        """The allowed values in words, for error messages."""
        if self.low == -math.inf:
            return "a finite number"
        if self.high == math.inf:
            return f"a finite number >= {self.low:g}"
        end = "]" if self.high in (CLOSED_ZERO, CLOSED_ONE) else ")"
        return f"a number in [{self.low:g}, {0 if self.high == CLOSED_ZERO else self.high:g}{end}"

    @property
    def interval(self) -> str:
        """The allowed values as a table has them."""
        short = self.allowed.removeprefix("a number in ").removeprefix("a finite number").strip()
        return short.replace(">=", "≥") or "any"


def decay(symbol: str, meaning: str) -> Hyperparameter:
    """A decay rate, of [0, 1)."""
    return Hyperparameter(symbol, meaning, 0.0, 1.0, slider=(0.0, 0.9999), scale="complement")


def share(symbol: str, meaning: str) -> Hyperparameter:
    """A share, of [0, 1]."""
    return Hyperparameter(symbol, meaning, 0.0, CLOSED_ONE)


#: Names that mean the same in every paper and library. Every other means what its rule's decorator says.
COMMON: dict[str, Hyperparameter] = {
    "lr": Hyperparameter("η", "learning rate", 0.0, slider=(1e-4, 10.0), scale="log"),
    "momentum": decay("μ", "share of the last step that is kept"),
    "beta1": decay("β₁", "decay rate of the first moment"),
    "beta2": decay("β₂", "decay rate of the second moment"),
    "eps": Hyperparameter(
        "ε", "guard in the denominator", 0.0, slider=(1e-16, 1.0), scale="log", guard=True, off=1e-18
    ),
    "weight_decay": Hyperparameter("λ", "decoupled weight decay", 0.0, slider=(1e-5, 1.0), scale="log"),
}


def neutral(name: str) -> Hyperparameter:
    """What is known of a name that nobody gave a meaning: it may take any finite value."""
    return Hyperparameter(name, "a hyperparameter of this rule")
