"""How a learning rate is found: the loss over rates, draws from two scales, and trials that end early."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import numpy as np

from ..find_lr import RangeTest, find_lr
from .kept import stored
from .runs import descend, model
from .tuning import least

#: A quarter of a decade apart; the seeds are three, each judged by images that it was not trained on.
RATES = tuple(float(f"{rate:.2g}") for rate in 10 ** (np.arange(-14, 3) / 4))
STEPS, SEEDS = 300, 3
#: Steps at which a trial is looked at.
LOOKS = (30, 75, 150, 300)
#: What a trial that diverged counts as, in nats: no better than to know nothing.
LOST = float(np.log(10))


class HeldOut:
    """The network on the images that it learns from, valued by those that are held out."""

    def __init__(self) -> None:
        self.fit, self.judge = model("network", "fit"), model("network", "held out")
        self.n_samples, self.start, self.gradient = self.fit.n_samples, self.fit.start, self.fit.gradient

    def value(self, params: Any) -> float:
        return self.judge.value(params)


def at_rate(rule: str, lr: float, seeds: int = SEEDS) -> np.ndarray:
    """Held-out losses of the network, (seeds, looks): after each number of steps in `LOOKS`."""
    found = np.full((seeds, len(LOOKS)), LOST)
    every = LOOKS[0] // 2
    for seed in range(seeds):
        with np.errstate(all="ignore"):
            values = descend(HeldOut(), rule, lr, seed, steps=STEPS, record_every=every).values
        for look, steps in enumerate(LOOKS):
            if steps // every < len(values):
                found[seed, look] = np.fmin(LOST, values[steps // every])
    return found


def valley(rule: str) -> np.ndarray:
    """`at_rate` at each rate, (rates, seeds, looks): stored, `python -m firstorder.lab.stored valleys` makes it."""
    return np.array(stored("valleys")[rule])


@cache
def tested(rule: str) -> RangeTest:
    """The range test of the same network: a hundred steps, from a millionth to 10."""
    return find_lr(model("network", "fit"), rule, batch_size=64, smoothing=0.8)


def best(rule: str, look: int = -1) -> float:
    """The rate with the least mean loss at a look."""
    return RATES[least(valley(rule)[:, :, look].mean(axis=1), RATES)]


def drawn(losses: np.ndarray, trials: int, rate: Callable[[np.ndarray], np.ndarray], draws: int = 4000) -> np.ndarray:
    """The mean over many searches of the least loss after 1, 2, …, `trials` random rates; between rates the loss is
    interpolated along the logarithm. rate: what makes a rate of a uniform number."""
    rates = rate(np.random.default_rng(0).random((draws, trials)))
    found = np.interp(np.log(rates), np.log(RATES), losses)
    return np.minimum.accumulate(found, axis=1).mean(axis=0)


def linear(u: np.ndarray) -> np.ndarray:
    """Uniform between the ends of the grid."""
    return RATES[0] + (RATES[-1] - RATES[0]) * u


def logarithmic(u: np.ndarray) -> np.ndarray:
    """Uniform in the logarithm."""
    return np.asarray(RATES[0] * (RATES[-1] / RATES[0]) ** u)


def halved(losses: np.ndarray, looks: Sequence[int] = LOOKS) -> tuple[int, int]:
    """The place that is left where at every look the worse half of the trials ends, and the steps that it took.

    losses: (rates, looks).
    """
    left, steps, before = np.arange(len(losses)), 0, 0
    for column, look in enumerate(looks):
        steps += len(left) * (look - before)
        before = look
        order = left[np.argsort(losses[left, column], kind="stable")]
        left = order[: max(1, (len(left) + 1) // 2)] if column < len(looks) - 1 else order[:1]
    return int(left[0]), steps
