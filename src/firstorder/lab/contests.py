"""Where Adam wins and where it does not: rules that meet on one problem, each at the best rate of one grid.

Learning problems, 300 steps of 64 records each. "plain": a network of 32 hidden units on the digits. "scaled": the
same, with each pixel in a unit of its own, from 0.01 to 100. "words": softmax regression on documents of frequent and
rare words. And a bowl without noise, along the axes or turned: `slide`.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..problems import TwoLayerNetwork
from .bowls import Bowl, at_rates
from .runs import descend, model
from .tuning import best, least

STEPS = 300
#: The rates that each rule is given: quarter decades, wide enough that the best lies inside for each problem.
GRID = 10.0 ** np.arange(-4, 1.01, 0.25)


@cache
def problem(kind: str) -> Any:
    """The problem of a contest: "scaled", "words" or "plain"."""
    if kind == "scaled":
        pixels = model("pixels")
        return TwoLayerNetwork(pixels.x, pixels.y, hidden=32)
    return model("network" if kind == "plain" else kind)


@cache
def rate(kind: str, key: str, tuning: int = 3) -> float:
    """The rate of `GRID` with the least training loss: of the last forty steps, from the seeds 0, 1, … for tuning."""

    def mean(lr: float) -> float:
        runs = [descend(problem(kind), key, lr, seed, steps=STEPS, record_every=20).values for seed in range(tuning)]
        return float(np.mean([run[-3:] for run in runs]))

    return best(mean, GRID)


@cache
def losses(kind: str, key: str, lr: float, seeds: int = 20, tuning: int = 3) -> np.ndarray:
    """Training losses by seed and record, one in ten steps, from seeds that are not those for tuning."""
    later = range(tuning, tuning + seeds)
    runs = [descend(problem(kind), key, lr, seed, steps=STEPS, record_every=10) for seed in later]
    return np.array([run.values for run in runs])


@cache
def slide(key: str, turned: bool, condition: float = 1e4) -> np.ndarray:
    """The share of the loss on a `Bowl` that is left after each step, without noise, at the best of its rates.

    Best is the least geometric mean of the last twenty steps.
    """
    rates = 10.0 ** np.arange(-6, 1.01, 0.125)
    left = at_rates(key, [Bowl(turned, condition)], rates, STEPS)[..., 0]
    return left[:, least(np.log(left[-20:] + np.finfo(float).tiny).mean(axis=0), rates)]
