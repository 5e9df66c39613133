"""What explanations of Adam's lead on language speak of: the curvature of each block, and the tails of the noise."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..minimize import batches
from ..problems.normalised import NormalisedNetwork
from .language import STEPS, setting, trained
from .runs import descend, images
from .slices import power


class Point(NamedTuple):
    """Where something is measured: a problem, and parameters in float64."""

    problem: Any
    params: Mapping[str, Any]


@cache
def point(kind: str, learned: bool) -> Point:
    """The transformer on "characters" or a network of six layers on "digits": at the start, or after momentum's run."""
    problem: Any
    if kind == "digits":
        problem = NormalisedNetwork(*images(), hidden=(32,) * 5, normalised=False)
        params = problem.start()
        if learned:
            params = descend(problem, "momentum", 0.03, steps=STEPS, batch_size=64).params
    else:
        data, make, _ = setting("characters")
        problem = make(data.x_train, data.y_train)
        params = problem.start()
        if learned:
            params = trained("characters", "momentum", 0.2, 0, record=False).params
        else:  # the head starts at zero, and nothing below it has a gradient yet: give it the size of the others
            head = params["head"]
            params["head"] = np.random.default_rng(0).normal(0, head.shape[1] ** -0.5, head.shape)
    return Point(problem, {name: np.array(array, float) for name, array in params.items()})


def curvatures(where: Point, examples: int = 24, steps: int = 8, h: float = 1e-4) -> dict[str, float]:
    """By matrix of parameters, the curvature that is largest in size, on so many examples: by the power method.

    A product of the Hessian and a direction is a difference of two gradients; only the block itself is moved.
    """
    problem, params = where
    batch = np.linspace(0, problem.n_samples - 1, examples).astype(int)
    found = {}
    for name, array in params.items():
        if array.ndim < 2:
            continue

        def product(v: np.ndarray, name: str = name, array: np.ndarray = array) -> np.ndarray:
            ahead, behind = (problem.gradient({**params, name: array + side * v}, batch)[name] for side in (h, -h))
            return (ahead - behind) / (2 * h)

        v = np.random.default_rng(0).normal(size=array.shape)
        found[name] = float(np.linalg.norm(power(product, v, steps)))
    return found


def spread(found: Mapping[str, float]) -> float:
    """The largest over the smallest."""
    return max(found.values()) / min(found.values())


def tail(lengths: np.ndarray) -> float:
    """How much longer than the median the longest hundredth is, at the least: 1.0 if all are of one length."""
    return float(np.quantile(lengths, 0.99) / np.median(lengths))


def noise(where: Point, draws: int = 300, size: int = 8) -> np.ndarray:
    """Lengths of what is random in gradients of mini-batches: their differences from the mean of all that are drawn."""
    problem, params = where
    drawn = batches(problem.n_samples, size, 0)
    gradients = [
        np.concatenate([g.ravel() for g in problem.gradient(params, next(drawn)).values()]).astype(np.float32)
        for _ in range(draws)
    ]
    every = np.array(gradients)
    return np.linalg.norm(every - every.mean(axis=0), axis=1)
