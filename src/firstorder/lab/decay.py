"""What weight decay and an L2 penalty do under Adam: to weights, where they settle, and networks of few digits."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..minimize import batches
from ..problems import TwoLayerNetwork
from ..schedules import Cosine
from ..wrappers import L2
from .ensemble import Judged, ensemble, few, split
from .tuning import least
from .walks import made, noisy, walk


def penalised(params: Any, *, weight_decay: float, **hyper: Any) -> L2:
    """Adam on the loss with an L2 penalty."""
    return L2(made("adam", params, **hyper), weight_decay=weight_decay)


DECAYS: dict[str, Any] = {"L2": penalised, "AdamW": "adamw", "fully decoupled": "fully_decoupled_adamw"}


def _mean(p: np.ndarray, opt: Any) -> np.ndarray:
    return p.mean(axis=1)


@cache
def shrinking(which: str, scales: tuple[float, ...] = (1.0, 10.0), steps: int = 2000) -> np.ndarray:
    """Mean weight by step, (steps + 1, scales), of 2,000 weights for each scale of a gradient that is only noise.

    lr 0.01, λ = 0.1, from 1.
    """
    rng, s = np.random.default_rng(0), np.array(scales)[:, None]
    start = np.ones((len(scales), 2000))

    def noise(p: np.ndarray) -> np.ndarray:
        return s * rng.normal(size=p.shape)

    return walk(DECAYS[which], noise, steps, start=start, keep=_mean, lr=0.01, weight_decay=0.1)


@cache
def settled(which: str, scales: tuple[float, ...] = (0.1, 10.0), steps: int = 6000) -> np.ndarray:
    """Where weights settle whose loss is s(θ − 1)²/2, with gradient noise of deviation s, by scale s.

    The mean over 2,000 weights for each scale and over the last 1,000 steps at lr 0.01 and λ = 0.1.
    """
    slope, start = noisy(np.array(scales)[:, None], minimum=1.0), np.ones((len(scales), 2000))
    return walk(DECAYS[which], slope, steps, start=start, keep=_mean, lr=0.01, weight_decay=0.1)[-1000:].mean(axis=0)


#: The grid of rates and decays that each way is given to choose from.
RATES = (0.003, 0.01, 0.03, 0.1)
LAMBDAS = (0.0, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)


class Search(NamedTuple):
    """By rate, decay and seed: loss on held-out digits."""

    held_out: np.ndarray

    @property
    def best(self) -> tuple[int, int]:
        """Where the mean held-out loss is least: the index of the rate and of the decay, both inside their grids."""
        loss = self.held_out.mean(axis=2)
        rate = least(loss.min(axis=1), RATES)
        return rate, least(loss[rate], LAMBDAS, low="below 0 there is no decay")

    @property
    def decays(self) -> list[float]:
        """The best decay at each rate."""
        return [LAMBDAS[least(row, LAMBDAS, low="below 0 there is no decay")] for row in self.held_out.mean(axis=2)]


def _trained(which: str, settings: Sequence[tuple[float, float]], seeds: int, steps: int = 200) -> Judged:
    """Networks of 100 digits, others for each seed, at settings of rate and decay: 32 hidden units, batches of 50, half
    a cosine."""

    def make(params: Any, setting: tuple[float, float]) -> Any:
        lr, weight_decay = setting
        more = {"lr_max": lr} if which == "fully decoupled" else {}
        return made(DECAYS[which], params, lr=Cosine(lr, steps), weight_decay=weight_decay, **more)

    pools = [few(seed) for seed in range(seeds)]
    return ensemble(make, settings, steps=steps, seeds=seeds, batch_size=50, pools=pools)[0]


@cache
def search(which: str, seeds: int = 5) -> Search:
    """Every rate and decay, judged by the digits held out."""
    found = _trained(which, [(lr, weight_decay) for lr in RATES for weight_decay in LAMBDAS], seeds)
    return Search(found.held_out.reshape(len(RATES), len(LAMBDAS), seeds))


@cache
def read(which: str, rate: int, decay: int, tuning: int = 5, seeds: int = 20) -> np.ndarray:
    """Test accuracies, in per cent, at a setting of the grid, of seeds that did not choose it."""
    found = _trained(which, [(RATES[rate], LAMBDAS[decay])], tuning + seeds)
    return np.asarray(found.accuracy[0, tuning:])


def of_few_digits(weight_decay: float, decay_biases: bool, lr: float, steps: int = 200, seeds: int = 20) -> np.ndarray:
    """Test accuracies by seed, in per cent, of AdamW on 100 digits, with decay of the biases or without."""
    found = []
    for seed in range(seeds):
        network = TwoLayerNetwork(*few(seed), hidden=32)
        params = network.start(seed)
        weights, biases = ({n: params[n] for n in names} for names in (("W1", "W2"), ("b1", "b2")))
        spared = {} if decay_biases else {"weight_decay": 0.0}
        opt = made("adamw", [{"params": weights}, {"params": biases, **spared}], lr=lr, weight_decay=weight_decay)
        drawn = batches(100, 50, seed)
        for _ in range(steps):
            g = network.gradient(params, next(drawn))
            opt.step([{n: g[n] for n in weights}, {n: g[n] for n in biases}])
        found.append(100 * network.accuracy(params, *split().test))
    return np.array(found)
