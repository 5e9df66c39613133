"""Steps to a minimum: on bowls of given curvatures, at the best of many rates."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..problems import LANDSCAPES
from .runs import descend, stays
from .tuning import least
from .walks import walk


class Bowl:
    """A quadratic of 20 parameters with curvatures from 1 to 1,000, along the axes or along random directions."""

    def __init__(self, turned: bool):
        rng = np.random.default_rng(0)
        directions = np.linalg.qr(rng.normal(size=(20, 20)))[0] if turned else np.eye(20)
        self.hessian = directions @ np.diag(np.geomspace(1, 1000, 20)) @ directions.T
        self.start = directions @ rng.choice([-1.0, 1.0], 20)

    def value(self, p: np.ndarray) -> float:
        return float(p @ self.hessian @ p / 2)

    def gradient(self, p: np.ndarray) -> Any:
        return self.hessian @ p


class Diagonal:
    """The convex quadratic with these curvatures along the axes."""

    def __init__(self, curvatures: np.ndarray, start: np.ndarray):
        self.curvatures, self.start = curvatures, start

    def value(self, p: np.ndarray) -> float:
        return float(self.curvatures @ p**2 / 2)

    def gradient(self, p: np.ndarray) -> np.ndarray:
        return self.curvatures * p


@cache
def steps_needed(key: str, condition: float, limit: int = 600, **hyper: Any) -> float:
    """Steps until the distance on a bowl stays below a millionth, at the best of 400 rates; infinite if above `limit`.

    Curvatures: ten, log-spaced from 1/`condition` to 1; start: a distance of 1 along each. On quadratics a rate
    times a curvature is all that matters, so the 400 runs are one run of 400 bowls scaled by their rates.
    """
    curvatures = np.geomspace(0.02, 4, 400)[:, None] * np.geomspace(1 / condition, 1, 10)
    start = np.ones_like(curvatures)
    squares = walk(
        key, lambda p: curvatures * p, limit, start=start, keep=lambda p, opt: (p**2).mean(axis=1), lr=1.0, **hyper
    )
    needed = min(stays(run, 1e-12) for run in squares.T)
    return float(needed) if needed <= limit else np.inf


def steps_on(problem: Any, key: str, lr: float, share: float, most: int) -> int:
    """Steps until the loss on a landscape or problem stays below a share of its start; most + 1 if it does not."""
    ground = LANDSCAPES[problem] if isinstance(problem, str) else problem
    values = descend(ground, key, lr, steps=most, batch_size=None, record_every=1).values
    return stays(values, share * values[0])


def fewest_on(problem: Any, key: str, rates: Any, share: float, most: int, **open_ends: str) -> tuple[int, float]:
    """The fewest `steps_on` and the rate that needs them, inside the grid (see `tuning.least`); most + 1 at none."""
    needed = [steps_on(problem, key, lr, share, most) for lr in rates]
    if min(needed) > most:
        return most + 1, float("nan")
    at = least(needed, rates, **open_ends)
    return needed[at], float(rates[at])
