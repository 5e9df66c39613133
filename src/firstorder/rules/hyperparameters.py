"""What the hyperparameters mean and which values they take: one entry for each name that the field uses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Hyperparameter:
    """The meaning of one hyperparameter name.

    low, high: the values allowed, `low <= value < high`; slider: the range a figure offers;
    scale: how the slider runs, "complement" meaning logarithmic in 1 - value.
    """

    name: str
    symbol: str
    meaning: str
    low: float = -math.inf
    high: float = math.inf
    slider: tuple[float, float] = (0.0, 1.0)
    scale: Literal["log", "linear", "complement"] = "linear"

    @property
    def allowed(self) -> str:
        """The allowed values in words, for error messages."""
        if self.low == -math.inf:
            return "a finite number"
        return (
            f"a number in [{self.low:g}, {self.high:g})" if self.high < math.inf else f"a finite number >= {self.low:g}"
        )


_DECAY = {"low": 0.0, "high": 1.0, "slider": (0.0, 0.9999), "scale": "complement"}

HYPERPARAMETERS: dict[str, Hyperparameter] = {
    h.name: h
    for h in (
        Hyperparameter("lr", "η", "learning rate", 0.0, slider=(1e-4, 10.0), scale="log"),
        Hyperparameter("momentum", "μ", "share of the last step that is kept", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("alpha", "α", "decay rate of the mean squared gradient", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("rho", "ρ", "decay rate of both mean squares", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("beta1", "β₁", "decay rate of the first moment", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("beta2", "β₂", "decay rate of the second moment", **_DECAY),  # type: ignore[arg-type]
        Hyperparameter("eps", "ε", "guard in the denominator", 0.0, slider=(1e-10, 1.0), scale="log"),
        Hyperparameter("weight_decay", "λ", "decoupled weight decay", 0.0, slider=(1e-4, 1.0), scale="log"),
        Hyperparameter("initial_accumulator_value", "G₀", "where the sum of squares starts", 0.0),
    )
}


def hyperparameter(name: str) -> Hyperparameter:
    """The entry for `name`; a name of the reader's own may take any finite value."""
    return HYPERPARAMETERS.get(name, Hyperparameter(name, name, "a hyperparameter of this rule"))
