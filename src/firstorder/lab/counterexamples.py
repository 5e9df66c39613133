"""Adam where it goes wrong: Reddi's example, gradients that suddenly grow, and SGD beside it on the digits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..optimizer import Optimizer
from ..problems.counterexamples import Reddi
from ..rules import RULES
from ..schedules import Cosine
from .ensemble import Judged, ensemble
from .runs import gap
from .walks import made, walk

#: The rates that are tried on the digits: half decades around the best.
RATES = {"sgd": (0.1, 0.3, 1.0, 3.0), "momentum": (0.03, 0.1, 0.3, 1.0)}
ADAM_RATES = (0.003, 0.01, 0.03, 0.1)


@cache
def reddi_end(key: str, steps: int = 1000, runs: int | None = None, **hyper: Any) -> float:
    """Where a rule ends on Reddi's example (C = 3) at the rate 0.5/√t: in turn, or the mean of so many random runs."""
    path = Reddi().run(Optimizer.of(RULES[key]), steps, runs=runs, lr=lambda t: 0.5 / t**0.5, **hyper)
    return float(path[-1].mean())


@cache
def jump(beta2: float, lr: float = 0.01, factor: float = 100.0, size: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """Adam's loss and root mean square step, in units of lr, by step, on a noisy parabola.

    After 1,000 steps of 1,300 the gradients grow by `factor`, the loss θ²/2 that is recorded does not.
    """
    rng, factors = np.random.default_rng(0), iter(np.where(np.arange(1300) < 1000, 1.0, factor))

    def slope(p: np.ndarray) -> np.ndarray:
        return next(factors) * (p + rng.normal(size=size))

    path = walk("adam", slope, 1300, start=np.zeros(size), lr=lr, beta2=beta2)
    return (path[1:] ** 2).mean(axis=1) / 2, (np.diff(path, axis=0) ** 2).mean(axis=1) ** 0.5 / lr


def spike(series: np.ndarray) -> float:
    """The largest value after the jump over the mean of the 300 before it."""
    return float(series[1000:].max() / series[700:1000].mean())


@cache
def on_digits(
    key: str,
    *,
    steps: int = 400,
    batch_size: int = 64,
    seeds: int = 6,
    hidden: int = 32,
    cosine: bool = False,
    **hyper: Any,
) -> Judged:
    """A network on the digits at each of four rates, constant or falling along half a cosine, from several seeds."""

    def make(params: Any, lr: float) -> Any:
        return made(key, params, lr=Cosine(lr, steps) if cosine else lr, **hyper)

    rates = RATES.get(key, ADAM_RATES)
    return ensemble(make, rates, steps=steps, seeds=seeds, batch_size=batch_size, hidden=hidden)[0]


def points(one: Judged, other: Judged) -> tuple[float, float]:
    """By how many points `one` reads more test images than `other`, and the standard error over seeds."""
    return gap(one.chosen, other.chosen)
