"""Trainings on the digits that the claims of several chapters share: models, parts of the data, rates, outcomes."""

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..minimize import Trajectory, minimize
from ..optimizer import Optimizer, Value
from ..problems import SoftmaxRegression, TwoLayerNetwork, digits
from ..rules import RULES, Rule


@cache
def model(kind: str, part: str = "all") -> Any:
    """A model on a part of the digits.

    kind: "network" (64-32-10), "softmax", or "pixels", softmax with each pixel in a unit of its own, from 0.01 to 100.
    part: "all" training images; of these 1,000 to "fit" and the other 348 "held out", to tune; or the "test" images.
    """
    data = digits()
    x, y = {
        "fit": (data.x_train[:1000], data.y_train[:1000]),
        "held out": (data.x_train[1000:], data.y_train[1000:]),
        "all": (data.x_train, data.y_train),
        "test": (data.x_test, data.y_test),
    }[part]
    if kind == "network":
        return TwoLayerNetwork(x, y, hidden=32)
    units = 10.0 ** np.random.default_rng(0).uniform(-2, 2, 64) if kind == "pixels" else 1.0
    return SoftmaxRegression(x * units, y)


def falling(lr: float, steps: int) -> Callable[[int], float]:
    """A rate that falls in a straight line from lr at the first of `steps` steps towards 0."""
    return lambda t: lr * (1 - (t - 1) / steps)


def warmed(lr: float, steps: int) -> Value:
    """A rate that climbs in a straight line to lr in `steps` steps; lr itself for 0."""
    return (lambda t: lr * min(1, t / steps)) if steps else lr


def descend(
    problem: Any,
    optimizer: str | Rule | type[Optimizer],
    lr: Value,
    seed: int = 0,
    *,
    steps: int,
    batch_size: int | None = 64,
    **hyper: Any,
) -> Trajectory:
    """The ends of a descent: its first and its last point. optimizer: the key of a rule, a rule or a class."""
    made = RULES[optimizer] if isinstance(optimizer, str) else optimizer
    return minimize(
        problem, made, steps=steps, batch_size=batch_size, seed=seed, record_every=steps, progress=False, lr=lr, **hyper
    )


def loss(path: Trajectory) -> float:
    """The last training loss; infinite if the descent diverged."""
    return float(np.nan_to_num(path.values[-1], nan=np.inf))


def judged(path: Trajectory, judge: Any) -> tuple[float, float]:
    """(loss, accuracy) of the last parameters on the data of `judge`; infinite and 0 if the descent diverged."""
    if path.diverged:
        return np.inf, 0.0
    with np.errstate(all="ignore"):
        return judge.value(path.params), judge.accuracy(path.params)
