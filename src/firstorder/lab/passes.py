"""Softmax regression on the digits by SGD, in batches of any size: many rates and seeds side by side."""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..minimize import batches
from ..optimizers import SGD
from .runs import model


def updates(n_samples: int, batch_size: int) -> int:
    """How many batches are drawn until every record was seen."""
    drawn, count, seen = batches(n_samples, batch_size, seed=0), 0, set[int]()
    while len(seen) < n_samples:
        seen.update(next(drawn).tolist())
        count += 1
    return count


class Passes(NamedTuple):
    """What runs ended with, and came through: losses are those on all training digits.

    passes (k,): after how many passes they were looked at; losses (k, rates, seeds), infinite where a run diverged;
    params: the last parameters, of all runs in one array each.
    """

    passes: np.ndarray
    losses: np.ndarray
    params: dict[str, np.ndarray]

    @property
    def accuracy(self) -> np.ndarray:
        """Test accuracy at the end, (rates, seeds)."""
        judge: Any = model("softmax", "test")
        return np.reshape(judge.accuracy(self.params), self.losses.shape[1:])

    def reached(self, loss: float) -> np.ndarray:
        """After how many passes a loss was first seen, (rates, seeds); infinite where it was not."""
        below = self.losses <= loss
        return np.where(below.any(axis=0), self.passes[below.argmax(axis=0)], np.inf)


@cache
def descents(batch_size: int, rates: tuple[float, ...], seeds: tuple[int, ...], passes: int, looks: int = 1) -> Passes:
    """SGD from zero at each rate for each seed, `passes` times through the "even" digits, looked at evenly.

    Each run is, to rounding, `fo.minimize` with the batches of its seed. Every look costs the loss on all digits.
    """
    problem: Any = model("softmax", "even")
    runs = len(rates) * len(seeds)
    lr = np.repeat(rates, len(seeds))[:, None, None]
    drawn = [batches(problem.n_samples, batch_size, seed) for seed in seeds]
    params = {name: np.stack([array] * runs) for name, array in problem.start().items()}
    sgd = SGD(params, lr=1.0)
    sgd.on_nonfinite = "ignore"
    steps = problem.n_samples // batch_size * passes
    at = {round(steps * k / looks) for k in range(1, looks + 1)}
    found = [problem.value(params)]
    for t in range(1, steps + 1):
        batch = np.stack([next(each) for each in drawn] * len(rates))
        with np.errstate(all="ignore"):
            g = problem.gradient(params, batch)
            sgd.step({name: lr.reshape((-1,) + (1,) * (part.ndim - 1)) * part for name, part in g.items()})
            if t in at:
                found.append(problem.value(params))
    losses = np.nan_to_num(np.array(found), nan=np.inf, posinf=np.inf).reshape(-1, len(rates), len(seeds))
    return Passes(np.array([0, *sorted(at)]) * passes / steps, losses, params)
