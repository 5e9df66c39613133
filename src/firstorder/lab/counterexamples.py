"""Adam where it goes wrong: Reddi's example, gradients that suddenly grow, and SGD beside it on the digits."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..optimizer import Optimizer
from ..problems.counterexamples import Reddi
from ..rules import RULES
from ..schedules import Cosine
from .ensemble import ensemble
from .steps import lengths
from .walks import along, made, walk

#: The rates that are tried on the digits: quarter decades around the best.
RATES = {"momentum": 10.0 ** np.arange(-1.75, 0.26, 0.25)}
ADAM_RATES = 10.0 ** np.arange(-2.75, -0.74, 0.25)


@cache
def reddi_end(key: str, steps: int = 1000, runs: int | None = None, **hyper: Any) -> float:
    """Where a rule ends on Reddi's example (C = 3) at the rate 0.5/√t: in turn, or the mean of so many random runs."""
    path = Reddi().run(Optimizer.of(RULES[key]), steps, runs=runs, lr=lambda t: 0.5 / t**0.5, **hyper)
    return float(path[-1].mean())


#: The state by whose root each rule divides.
SQUARES = {"adagrad": "G", "adam": "v", "amsgrad": "v_max"}


def falls(key: str, steps: int = 3000, **hyper: Any) -> float:
    """The share of steps on Reddi's example (C = 3) in which √v/η falls, at the rate for which regret is bounded.

    That rate is constant for AdaGrad and falls as 1/√t for the others; v is what the rule divides by the root of.
    """
    squares = walk(
        key, Reddi().slopes(steps)[:, None], keep=lambda p, opt: opt.state[SQUARES[key]].sum(), lr=0.5, **hyper
    )
    time = np.arange(steps + 1) if key != "adagrad" else 1.0
    return float((np.diff(np.sqrt(squares * time)) < 0).mean())


def rate_kept(optimizer: Any, small: float = 0.001, steps: int = 5000) -> float:
    """The last effective rate over the first of a parameter that meets one gradient of 1, and then small ones."""
    gradients = np.where(np.arange(steps) == 0, 1.0, small)
    rates = -np.diff(along(gradients, optimizer, beta1=0)) / gradients
    return float(rates[-1] / rates[0])


def longest(beta2: float, factor: float = 100.0, warm: int = 8000) -> float:
    """Adam's longest step, in units of its rate, after gradients of 1 have grown by a factor."""
    gradients = np.where(np.arange(warm + 60) < warm, 1.0, factor)
    return float(lengths(gradients, beta2=beta2)[warm:].max())


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


class Chosen(NamedTuple):
    """The rate that was best on digits held out; training losses and test accuracies, in per cent, of further seeds."""

    rate: float
    training: np.ndarray
    accuracy: np.ndarray


@cache
def on_digits(
    key: str,
    *,
    steps: int = 400,
    batch_size: int = 64,
    hidden: int = 32,
    cosine: bool = False,
    tuning: int = 5,
    seeds: int = 20,
    **hyper: Any,
) -> Chosen:
    """A network on the digits at the best of nine rates, constant or falling along half a cosine.

    The rate is chosen by the first `tuning` seeds, on digits held out; what is judged are `seeds` others.
    """

    def make(params: Any, lr: float) -> Any:
        return made(key, params, lr=Cosine(lr, steps) if cosine else lr, **hyper)

    run: Any = {"steps": steps, "batch_size": batch_size, "hidden": hidden}
    rates = RATES.get(key, ADAM_RATES)
    rate = float(rates[ensemble(make, list(rates), seeds=tuning, **run)[0].best])
    judged = ensemble(make, [rate], seeds=tuning + seeds, **run)[0]
    return Chosen(rate, judged.fit[0, tuning:], np.asarray(judged.accuracy[0, tuning:]))
