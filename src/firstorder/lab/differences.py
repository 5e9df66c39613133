"""How far finite differences are from a derivative, over their step."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

UNIT = 2.0**-53  #: the largest relative error of rounding a number to float64


class Errors(NamedTuple):
    """Errors of two differences by step; for the central one also the two errors it is made of, and its best step."""

    steps: np.ndarray
    central: np.ndarray
    one_sided: np.ndarray
    truncation: np.ndarray
    rounding: np.ndarray
    best: float


def errors(ground: Any, point: Any, third: float, steps: Any) -> Errors:
    """Errors of a landscape's derivative along x, whose third derivative there is known."""
    x, y = point
    h, value = np.asarray(steps, float), ground.value(point)
    ahead, behind = (np.array([ground.value((x + s, y)) for s in sign * h]) for sign in (1, -1))
    exact = ground.gradient(point)[0]
    return Errors(
        h,
        abs((ahead - behind) / (2 * h) - exact),
        abs((ahead - value) / h - exact),
        h**2 * abs(third) / 6,
        UNIT * abs(value) / h,
        float((3 * UNIT * abs(value) / abs(third)) ** (1 / 3)),
    )
