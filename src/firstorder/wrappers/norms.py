"""Norms of gradients that neither overflow nor vanish."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np


def norm(xp: ModuleType, g: Any, p: float = 2.0) -> float:
    """The p-norm of all elements, in float64, without overflow or underflow; of none, 0."""
    if p == 2:
        length = float(xp.sqrt(xp.sum(xp.square(g, dtype=np.float64))))
        if not g.size or 0 < length < math.inf:
            return length
    largest = float(xp.max(xp.abs(g))) if g.size else 0.0
    if p == math.inf or not 0 < largest < math.inf:
        return largest
    return largest * float(xp.sum((xp.abs(g).astype(np.float64) / largest) ** p)) ** (1 / p)


def total_norm(xp: ModuleType, gradients: Sequence[Any], p: float = 2.0) -> float:
    """The p-norm over all elements of all gradients: that of their norms."""
    return norm(np, np.array([norm(xp, g, p) for g in gradients], np.float64), p)
