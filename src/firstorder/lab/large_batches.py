"""Steps and examples to a loss, by batch size: softmax regression on the digits."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..backends import to_numpy
from ..minimize import batches
from .noise import record_gradients
from .runs import model
from .walks import made

N = 1344  # of the training digits, so that many batch sizes leave no short batch over
TARGET = 0.2  # training loss
SEEDS = 20


def steps_by_seed(key: str, lr: float, batch_size: int, most: float) -> np.ndarray:
    """Steps until the training loss is 0.2, of twenty seeds; infinity where `most` are not enough.

    The seeds are trained side by side, as one more axis of the parameters.
    """
    seeds = 1 if batch_size == N else SEEDS  # of all the data there is only one batch
    problem = model("softmax", "even")
    params = {name: np.stack([array] * seeds) for name, array in problem.start().items()}
    optimizer = made(key, params, lr=lr, on_nonfinite="ignore")
    drawn = [batches(N, batch_size, seed) for seed in range(seeds)]
    reached, every = np.full(seeds, np.inf), max(1, 32 // batch_size)
    for t in range(1, int(min(most, 1e5)) + 1):
        optimizer.step(problem.gradient(params, np.array([next(indices) for indices in drawn])))
        if t % every == 0:
            reached[(problem.value(params) <= TARGET) & np.isinf(reached)] = t
            if np.isfinite(reached).all():
                break
    return reached


def steps_to_target(key: str, lr: float, batch_size: int, most: float) -> float:
    """The mean of `steps_by_seed`."""
    return float(steps_by_seed(key, lr, batch_size, most).mean())


@cache
def fewest(key: str, batch_size: int) -> tuple[float, float]:
    """The fewest steps to the target at the best of seven rates, a factor 10^(1/4) apart, and that rate."""
    rates = {"sgd": 10 ** np.arange(-0.25, 1.3, 0.25), "adam": 10 ** np.arange(-1.5, 0.1, 0.25)}[key]
    likely = min(batch_size / 5, 5) if key == "sgd" else 0.03 * batch_size**0.5  # only saves time: where to begin
    least, best = 2.0 * N / batch_size + 60, np.nan
    for lr in sorted(rates, key=lambda lr: abs(np.log(lr / likely))):
        steps = steps_to_target(key, lr, batch_size, 1.2 * least)
        if steps < least:
            least, best = steps, lr
    return least, float(best)


@cache
def hyperbola() -> tuple[float, float]:
    """The least S_min and E_min that fit S = S_min + E_min/B to the fewest steps of SGD, least squares of relative
    errors."""
    sizes = np.array([8, 32, 64, 192, N])
    steps = np.array([fewest("sgd", size)[0] for size in sizes])
    rows = np.stack([1 / steps, 1 / (sizes * steps)], axis=1)
    s_min, e_min = np.linalg.lstsq(rows, np.ones(len(sizes)), rcond=None)[0]
    return float(s_min), float(e_min)


def noise_scale(params: dict[str, Any]) -> float:
    """tr Σ/‖g‖²: the variance of single records' gradients over their mean's squared length."""
    problem, params = model("softmax", "even"), to_numpy(params)
    each = record_gradients(problem, params)
    g = each.mean(axis=0)
    return float(((each - g) ** 2).sum(axis=1).mean() / (g @ g))
