"""Adam's averages and steps with and without the correction of their start at zero."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..rules import RULES
from .runs import descend, model, warmed
from .walks import walk


def averages(gradients: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Adam's m and v, uncorrected, after each step for gradients of shape (steps, runs)."""
    kept = walk("adam", gradients, keep=lambda p, opt: (opt.state["m"].copy(), opt.state["v"].copy()))
    return kept[1:, 0], kept[1:, 1]


def moves(optimizer: Any, gradients: np.ndarray) -> np.ndarray:
    """Every step of an optimizer, at a rate of 1, for gradients of shape (steps, runs)."""
    return np.diff(walk(optimizer, gradients, lr=1.0), axis=0)


def standard_errors(runs: np.ndarray, expected: Any) -> np.ndarray:
    """How far the mean over the runs, (steps, runs), is from what is expected, in standard errors, by step."""
    error = runs.std(axis=1, ddof=1) / runs.shape[1] ** 0.5
    return np.abs(runs.mean(axis=1) - expected) / error


def ends(counter: Callable[[int], int], steps: int = 10_001, g: float = 0.3) -> np.ndarray:
    """First and last step of Adam under a constant gradient, in units of its rate, if step k takes t = counter(k).

    By the rule itself, since an optimizer counts right.
    """
    p, m, v = np.zeros((3, 1))
    points = [p]
    with np.errstate(invalid="ignore", divide="ignore"):
        for k in range(1, steps + 1):
            p, m, v = RULES["adam"](p, g, m, v, t=counter(k), lr=1.0)
            points.append(p)
    return np.abs(np.diff(points, axis=0))[[0, -1], 0].round(3)


def form(corrected: bool) -> Any:
    """Adam's rule, with its correction or without."""
    return RULES["adam"] if corrected else RULES["adam"].uncorrected


@cache
def on_digits(corrected: bool, lr: float, beta2: float = 0.999, warm_up: int = 0, seeds: int = 20) -> np.ndarray:
    """Training loss of the digits network every 20 of 200 steps of 32 records, (seeds, 11)."""
    run: Any = {"steps": 200, "batch_size": 32, "record_every": 20, "beta2": beta2}
    rate = warmed(lr, warm_up)
    return np.array([descend(model("network"), form(corrected), rate, seed, **run).values for seed in range(seeds)])
