"""Norms of gradients that neither overflow nor vanish, and what is made of them, without waiting for a device."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import numpy as np


def norm(xp: ModuleType, g: Any, p: float = 2.0) -> Any:
    """The p-norm of all elements, in float64, without overflow or underflow; of none, 0. An array of one of `xp`.

    No number of a device is looked at, for that would be to wait for it.
    """
    if not g.size:
        return xp.zeros(())
    if p == 2:
        length = xp.sqrt(xp.sum(xp.square(g, dtype=np.float64)))
        if g.dtype.itemsize < 8 or (xp is np and 0 < length < math.inf):  # squares of shorter numbers are in range
            return length
    largest = xp.asarray(xp.max(xp.abs(g)), dtype=np.float64)
    if p == math.inf:
        return largest
    unit = xp.where((largest > 0) & (largest < math.inf), largest, 1.0)
    return unit * xp.sum((xp.abs(g).astype(np.float64) / unit) ** p) ** (1 / p)


def total_norm(xp: ModuleType, gradients: Sequence[Any], p: float = 2.0) -> Any:
    """The p-norm over all elements of all gradients: that of their norms."""
    return norm(xp, xp.concatenate([norm(xp, g, p).reshape(1) for g in gradients] or [xp.zeros(0)]), p)


def scaled(g: Any, factor: Any) -> Any:
    """`g` times an array of one, in the precision of g."""
    return g * factor.astype(g.dtype)
