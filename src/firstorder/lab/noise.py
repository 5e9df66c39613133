"""What the noise of a gradient does: its variance by batch size, where it leaves a descent, what can be promised."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..arena import Arena
from ..backends import to_numpy
from .walks import made, walk

# ── the noise of a batch ──────────────────────────────────────────────────────────────────────────────


def record_gradients(problem: Any, params: Any) -> np.ndarray:
    """The gradient of each record, one a row."""
    rows = np.arange(problem.n_samples)[:, None]
    return np.array([to_numpy(Arena(problem.gradient(params, row)).buffer) for row in rows])


def batch_variances(gradients: np.ndarray, sizes: Any, times: int = 300, seed: int = 0) -> dict[str, np.ndarray]:
    """The mean squared error of the mean of B of the gradients, by size B, drawn "with replacement" and "without".

    A batch is a row of counts, how often each record is in it, so that all batches are one matrix product.
    """
    deviation, n, rng = gradients - gradients.mean(axis=0), len(gradients), np.random.default_rng(seed)

    def error(counts: np.ndarray, size: int) -> float:
        return float(((counts @ deviation / size) ** 2).sum(axis=1).mean())

    again = [error(rng.multinomial(size, np.full(n, 1 / n), size=times), size) for size in sizes]
    once = [error(rng.multivariate_hypergeometric(np.ones(n, int), size, size=times), size) for size in sizes]
    return {"with replacement": np.array(again), "without": np.array(once)}


# ── where it leaves a descent ─────────────────────────────────────────────────────────────────────────


def noisy_descent(lr: Any, steps: int = 400, sigma: float = 1.0, seed: int = 0, size: int = 1000) -> np.ndarray:
    """Mean loss θ²/2 of a thousand parameters, from 3, after each step of SGD with noise of deviation `sigma`."""
    rng = np.random.default_rng(seed)

    def slope(p: Any) -> Any:
        return p + sigma * rng.normal(size=size)

    return walk("sgd", slope, steps, start=np.full(size, 3.0), keep=lambda p, opt: (p**2).mean() / 2, lr=lr)


# ── what can be promised ──────────────────────────────────────────────────────────────────────────────


def median_of_a_stream(
    lr: float, steps: int, start: float = 3.0, runs: int = 200, seed: int = 0
) -> tuple[float, float]:
    """How far SGD is above the least mean distance E|θ − x| to normal numbers x: on average, and at its mean point.

    Each number is met once, and a gradient is 1 or −1. The mean is over the points from which the steps are taken.
    """
    from scipy.special import erf  # type: ignore[import-untyped]

    rng = np.random.default_rng(seed)

    def above(p: Any) -> Any:  # E|p − x| less that of p = 0
        return p * erf(p / 2**0.5) + (2 / math.pi) ** 0.5 * (np.exp(-(p**2) / 2) - 1)

    path = walk("sgd", lambda p: np.sign(p - rng.normal(size=runs)), steps, start=np.full(runs, start), lr=lr)[:-1]
    return float(above(path).mean()), float(above(path.mean(axis=0)).mean())


def waves(p: Any) -> Any:
    """θ² + 3 sin² θ: not convex, with one flat point; its curvatures are −4 to 8."""
    return p**2 + 3 * np.sin(p) ** 2


def waves_slope(p: Any) -> Any:
    """The slope of `waves`."""
    return 2 * p + 3 * np.sin(2 * p)


def mean_square_slope(
    lr: float, steps: int, start: float = 3.0, sigma: float = 1.0, runs: int = 200, seed: int = 0
) -> float:
    """The mean squared slope of `waves` at the points from which SGD with normal noise takes its steps."""
    rng = np.random.default_rng(seed)

    def slope(p: Any) -> Any:
        return waves_slope(p) + sigma * rng.normal(size=runs)

    path = walk("sgd", slope, steps, start=np.full(runs, start), lr=lr)
    return float((waves_slope(path[:-1]) ** 2).mean())


def promises(steps: Any) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """What theorems promise for numbers of steps, at the best rate for each, and what runs do, by name.

    First the loss of `median_of_a_stream`, whose gradients are 1 long and whose start is 3 away; then the squared slope
    of `waves`, of curvatures up to 8, with noise of variance 1.
    """
    height, T = float(waves(3.0)), np.asarray(steps)
    mean, of_mean = np.array([median_of_a_stream(3 / t**0.5, t) for t in T]).T
    rates = np.minimum(1 / 8, (2 * height / (8 * T)) ** 0.5)
    along = np.array([mean_square_slope(lr, t) for lr, t in zip(rates, T, strict=True)])
    return (
        {"promised": 3 / T**0.5, "mean of the losses": mean, "loss of the mean": of_mean},
        {"promised": 2 * height / (rates * T) + 8 * rates, "mean along the run": along},
    )


def tracked(lr: Any, records: int = 2000, runs: int = 2000, seed: int = 0) -> np.ndarray:
    """By run, how far SGD ends from a quantity that grows by 1/100 a record and is seen with noise of variance 1."""
    rng, p = np.random.default_rng(seed), np.zeros(runs)
    sgd = made("sgd", p, lr=lr)
    for t in range(1, records + 1):
        sgd.step(p - (t / 100 + rng.normal(size=runs)))
    return p - records / 100


# ── two wells ─────────────────────────────────────────────────────────────────────────────────────────

DEEP, RIDGE, SHALLOW = (float(root) for root in np.sort(np.roots([1, 0, -1, 0.1]).real))


def two_wells(p: Any) -> Any:
    """θ⁴/4 − θ²/2 + θ/10, with a deep well on the left and a shallow one on the right."""
    return p**4 / 4 - p**2 / 2 + p / 10


def two_wells_slope(p: Any) -> Any:
    """The slope of `two_wells`."""
    return p**3 - p + 0.1


def well(lr: Any, runs: int = 200, steps: int = 4000, seed: int = 0) -> tuple[float, float]:
    """Shares of SGD's runs that end in the other of two wells: of those from the shallow one, and from the deep one.

    The loss is the mean of two records, that of `two_wells` ± θ.
    """
    rng = np.random.default_rng(seed)

    def slope(p: Any) -> Any:
        return two_wells_slope(p) + np.sign(rng.random(2 * runs) - 0.5)

    p = walk("sgd", slope, steps, start=np.repeat([SHALLOW, DEEP], runs), lr=lr)[-1]
    return float((p[:runs] < RIDGE).mean()), float((p[runs:] > RIDGE).mean())


def crossings(lr: float, steps: int = 4000, sigma: float = 1.0) -> tuple[float, float]:
    """What a diffusion predicts of `well`: shares of runs in the other well, from the shallow and the deep.

    By the formula of Kramers for the rate at which runs cross from either well, which is for low temperatures.
    """
    temperature = lr * sigma**2 / 2
    bend = abs(3 * RIDGE**2 - 1)

    def rate(well: float) -> float:
        height = two_wells(RIDGE) - two_wells(well)
        return float((bend * (3 * well**2 - 1)) ** 0.5 / (2 * math.pi) * np.exp(-height / temperature))

    out, back = rate(SHALLOW), rate(DEEP)
    settled = 1 - np.exp(-(out + back) * lr * steps)
    return out / (out + back) * settled, back / (out + back) * settled


def places(lr: float, batch: int = 1, time: float = 600, runs: int = 500, seed: int = 0) -> np.ndarray:
    """Where runs of SGD on the two wells are, ten times in the second half of a time, which is steps times the rate.

    Half of them begin in each well. The noise is normal, of the variance 1/`batch`.
    """
    rng, steps = np.random.default_rng(seed), round(time / lr)
    p = np.where(np.arange(runs) % 2, SHALLOW, DEEP)
    opt, found = made("sgd", p, lr=lr), []
    for t in range(1, steps + 1):
        opt.step(two_wells_slope(p) + rng.normal(size=runs) / batch**0.5)
        if t > steps / 2 and t % (steps // 20) == 0:
            found.append(p.copy())
    return np.concatenate(found)


def boltzmann(temperature: float, at: Any) -> np.ndarray:
    """The density to which a diffusion of this temperature settles on the two wells."""
    grid = np.linspace(-4, 4, 8001)
    total = np.exp(-two_wells(grid) / temperature).sum() * (grid[1] - grid[0])
    return np.exp(-two_wells(np.asarray(at)) / temperature) / total
