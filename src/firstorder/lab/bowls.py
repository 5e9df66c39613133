"""Steps to a minimum: on bowls of given curvatures, at the best of many rates."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..problems import LANDSCAPES
from .runs import descend, stays
from .tuning import least
from .walks import walk


class Bowl:
    """A quadratic of 20 parameters with curvatures from 1 to `condition`, along the axes or along random directions."""

    def __init__(self, turned: bool, condition: float = 1000.0, seed: int = 0):
        rng = np.random.default_rng(seed)
        directions = np.linalg.qr(rng.normal(size=(20, 20)))[0] if turned else np.eye(20)
        self.hessian = directions @ np.diag(np.geomspace(1, condition, 20)) @ directions.T
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


def at_rates(key: str, bowls: Sequence[Bowl], rates: np.ndarray, steps: int) -> np.ndarray:
    """The share of the loss that is left, (steps + 1, rates, bowls), when a rule descends bowls at each of many rates.

    A step at a rate is the rate times a step at rate 1: all runs are one, of parameters in units of their rates.
    """
    hessians, units = np.array([bowl.hessian for bowl in bowls]), rates[:, None, None]

    def slope(p: np.ndarray) -> Any:
        return units * np.matmul(hessians, p[..., None])[..., 0]

    starts = np.array([bowl.start for bowl in bowls]) / units
    loss = walk(key, slope, steps, start=starts, keep=lambda p, opt: (units * p * slope(p)).sum(axis=-1), lr=1.0)
    return loss / loss[0]


@cache
def turned_steps(condition: float, turned: bool, shares: tuple[float, ...], most: int = 3000) -> np.ndarray:
    """Steps that Adam needs on a `Bowl` until its loss lies, for 50 steps on end, below a share of the start's.

    By share and rotation, at the best of 24 rates for each; most + 1 if it never does. Twenty random rotations, or the
    one bowl along the axes.
    """
    bowls = [Bowl(turned, condition, seed) for seed in range(20 if turned else 1)]
    rates = np.geomspace(0.01, 30, 24)
    left = at_rates("adam", bowls, rates, most + 50)
    highest = np.lib.stride_tricks.sliding_window_view(left, 50, axis=0).max(axis=-1)
    below = highest < np.array(shares)[:, None, None, None]
    steps = np.where(below.any(axis=1), below.argmax(axis=1), most + 1)
    return np.array([[of_one[least(of_one, rates)] for of_one in of_all.T] for of_all in steps])


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


def steps_when_turned(degrees: float, full: bool, lr: float, most: int = 1000) -> int:
    """AdaGrad's steps until a bowl of curvatures 1 and 20, turned, is below 1e-6: in its diagonal or its full form."""
    c, s = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[c, -s], [s, c]])
    hessian, p, total = turn @ np.diag([1, 20]) @ turn.T, turn @ [-2.0, 1.2], np.zeros((2, 2))
    for t in range(most):
        if p @ hessian @ p / 2 < 1e-6:
            return t
        g = hessian @ p
        total += np.outer(g, g)
        values, axes = np.linalg.eigh(total if full else np.diag(np.diag(total)))
        p -= lr * axes @ ((axes.T @ g) / (np.sqrt(np.maximum(values, 0)) + 1e-10))
    return most
