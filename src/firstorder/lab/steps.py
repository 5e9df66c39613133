"""How long steps are, measured along given gradients; and the bound that Cauchy and Schwarz give for Adam's."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from .walks import along


def lengths(gradients: Iterable[float], optimizer: Any = "adam", **hyper: Any) -> np.ndarray:
    """|step| / lr of one parameter that meets these gradients."""
    return np.abs(np.diff(along(gradients, optimizer, **hyper)))


def bound(t: Any, beta1: float = 0.9, beta2: float = 0.999) -> Any:
    """The longest step that any gradients can make of step t, in units of the rate, for ε = 0."""
    gamma = beta1**2 / beta2
    corrections = np.sqrt(1 - beta2**t) / (1 - beta1**t)
    return corrections * (1 - beta1) / np.sqrt(1 - beta2) * np.sqrt((1 - gamma**t) / (1 - gamma))
