"""Euclidean norms of gradients that neither overflow nor vanish."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import numpy as np

from ..step import Pairs


def norm(xp: ModuleType, g: Any) -> float:
    """The Euclidean norm of all elements, in float64, without overflow or underflow."""
    length = float(xp.sqrt(xp.sum(xp.square(g, dtype=np.float64))))
    if g.size and (length == 0 or length == math.inf):
        largest = float(xp.max(xp.abs(g)))
        if 0 < largest < math.inf:
            length = largest * float(xp.sqrt(xp.sum(xp.square(g.astype(np.float64) / largest))))
    return length


def total_norm(xp: ModuleType, pairs: Pairs) -> float:
    """The norm over all elements of all gradients."""
    return math.hypot(*(norm(xp, g) for _, g in pairs))
