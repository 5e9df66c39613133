"""The valley of learning rates: how the loss depends on the rate, and what each rule reads at the rate chosen there.

A network of 64 hidden units on the digits, 300 steps of 64. Rates are judged by the loss on 348 images held out, of
networks that are trained on the other 1,000; at the best rate, further seeds train on all and meet the test images.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from .runs import descend, judged, model
from .tuning import least

STEPS = 300
#: Rates a quarter of a decade apart, from well below the best to where training breaks down.
RATES = {
    "sgd": 10.0 ** np.arange(-1.5, 0.51, 0.25),
    "momentum": 10.0 ** np.arange(-2.25, 0.26, 0.25),
    "rmsprop": 10.0 ** np.arange(-3.25, -0.74, 0.25),
    "adam": 10.0 ** np.arange(-3.25, -0.49, 0.25),
}


class Valley(NamedTuple):
    """Rates, and the held-out loss at each by seed, (rates, seeds): infinite where training diverged."""

    rates: np.ndarray
    losses: np.ndarray

    @property
    def means(self) -> np.ndarray:
        return self.losses.mean(axis=1)

    @property
    def best(self) -> float:
        """The rate of the least mean loss, inside the grid."""
        return float(self.rates[least(self.means, self.rates)])

    @property
    def below(self) -> float:
        """The rate a quarter of a decade below the best."""
        return float(self.rates[least(self.means, self.rates) - 1])

    def width(self, within: float = 1.5) -> float:
        """Over how many decades of rates the mean loss is within a factor of its least."""
        return 0.25 * float((self.means < within * self.means.min()).sum())


@cache
def valley(key: str, seeds: int = 20) -> Valley:
    """The held-out loss of a rule over its rates."""
    fit, held_out = (model("network", part, hidden=64) for part in ("fit", "held out"))

    def loss(lr: float, seed: int) -> float:
        return judged(descend(fit, key, lr, seed, steps=STEPS), held_out)[0]

    return Valley(RATES[key], np.array([[loss(lr, seed) for seed in range(seeds)] for lr in RATES[key]]))


@cache
def read(key: str, lr: float, seeds: int = 20, tuning: int = 20) -> np.ndarray:
    """Test accuracies, in per cent, of seeds that did not choose the rate."""
    network, test = (model("network", part, hidden=64) for part in ("all", "test"))
    later = range(tuning, tuning + seeds)
    return np.array([100 * judged(descend(network, key, lr, seed, steps=STEPS), test)[1] for seed in later])
