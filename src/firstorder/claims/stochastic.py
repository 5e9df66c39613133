"""Claims about descent with the gradient of one record, or of a few."""

from collections.abc import Callable
from functools import cache
from time import perf_counter
from tracemalloc import get_traced_memory, start, stop
from typing import Any

import numpy as np

from ..arena import Arena
from ..lab.runs import descend, model, trained
from ..lab.walks import walk, well
from .claim import CON, PARTLY, PRO, claim

RATES = 10.0 ** np.arange(-2.5, 1.6, 0.5)
N = 1344  # digits: all but four, so that batches of 32 and 64 leave no short one over


class LeastSquares:
    """Mean of (x·θ − y)²/2 over records, for 5 normal features; `noise` is the labels' standard deviation."""

    def __init__(self, noise: float, n_samples: int = 200, features: int = 5, seed: int = 0):
        rng = np.random.default_rng(seed)
        self.n_samples, self.start = n_samples, np.zeros(features)
        self.x = rng.normal(size=(n_samples, features))
        self.y = self.x @ rng.normal(size=features) + noise * rng.normal(size=n_samples)
        self.minimum = np.linalg.lstsq(self.x, self.y, rcond=None)[0]
        self.curvatures = np.linalg.eigvalsh(self.x.T @ self.x / n_samples)

    def value(self, p: np.ndarray) -> float:
        """The loss above its minimum."""
        return float(((self.x @ (p - self.minimum)) ** 2).mean() / 2)

    def gradient(self, p: np.ndarray) -> np.ndarray:
        return self.x.T @ (self.x @ p - self.y) / self.n_samples

    def batch_descent(self, steps: int) -> np.ndarray:
        """The loss above its minimum by step of batch descent, at the best rate."""
        lr = 2 / (self.curvatures[0] + self.curvatures[-1])
        return descend(self, "sgd", lr, steps=steps, batch_size=None, record_every=1).values

    def singles(self, lr: Any, passes: int, seeds: int = 5, shuffled: bool = False) -> np.ndarray:
        """The loss above its minimum after each pass, one record a step, for each seed: shape (passes, seeds).

        Records are drawn independently, or shuffled before each pass.
        """
        rng, n = np.random.default_rng(0), self.n_samples

        def drawn():
            while True:
                every = rng.permuted(np.tile(np.arange(n)[:, None], seeds), axis=0)
                yield from every if shuffled else rng.integers(n, size=(n, seeds))

        records = drawn()

        def slope(p):
            i = next(records)
            return ((self.x[i] * p).sum(axis=1) - self.y[i])[:, None] * self.x[i]

        path = walk("sgd", slope, passes * n, start=np.tile(self.start, (seeds, 1)), lr=lr)[n::n]
        return (((path - self.minimum) @ self.x.T) ** 2).mean(axis=2) / 2


@cache
def tuned(batch_size: int, passes: int) -> tuple[float, float]:
    """The loss on the digits after `passes` passes, mean of three seeds, at the best of nine rates, and that rate."""
    size = None if batch_size == N else batch_size
    given: dict[str, Any] = {"part": "even", "steps": passes * N // batch_size, "batch_size": size}
    losses = np.mean([[trained("softmax", "sgd", lr, s, **given).training for s in range(3)] for lr in RATES], axis=1)
    return losses.min(), RATES[losses.argmin()]


def record_gradients(params: dict[str, Any]) -> np.ndarray:
    """The gradient of each training digit, one a row."""
    problem = model("softmax", "even")
    return np.array([Arena(problem.gradient(params, row)).buffer for row in np.arange(N)[:, None]])


def peak(call: Callable[[], object]) -> int:
    """The most memory allocated at once during `call`, in bytes."""
    start()
    call()
    most = get_traced_memory()[1]
    stop()
    return most


@claim(
    "It updates after every record, so it converges in less time than batch descent",
    PRO,
    about="stochastic",
    source=("ruder2016overview", "bottou2018optimization"),
    verdict=PARTLY,
    conditions="much less work to a rough answer, more to an exact one",
    holds="single < batch and left <= 1e-10",
    partly="single < batch",
    says="digits to 0.2: {single:.1f} passes against {batch:.0f}; least squares to 1e-10: not in the {exact_passes} "
    "passes that batch descent takes, {left:.0e} left",
)
def less_work():
    """Gradient evaluations, not seconds. Rough: softmax regression on the digits to a training loss of 0.2, each method
    at the best of the same nine rates. Exact: least squares with 200 noisy records to within 1e-10 of the least loss;
    batch descent at the best rate, one record at a time at the best of five rates that fall like 1/t, five seeds."""

    def passes(size, every, lr, most):
        given = {"steps": int(most * N / size), "batch_size": None if size == N else size, "record_every": every}
        path = descend(model("softmax", "even"), "sgd", lr, **given)
        reached = np.flatnonzero(path.values <= 0.2)
        return path.steps[reached[0]] * size / N if reached.size else np.inf

    squares = LeastSquares(noise=1.0)
    exact = int(np.argmax(squares.batch_descent(100) <= 1e-10))

    def falling(first):
        return np.median(squares.singles(lambda t: first / (1 + first * t / 2), exact)[-1])

    return {
        "single": min(passes(1, 100, lr, 1) for lr in RATES),
        "batch": min(passes(N, 1, lr, 60) for lr in RATES),
        "exact_passes": exact,
        "left": min(map(falling, (0.01, 0.03, 0.1, 0.3, 1.0))),
    }


@claim(
    "A step needs less memory",
    PRO,
    about="stochastic",
    source="ruder2016overview",
    holds="one < full / 5",
    partly="one < full",
    says="{one / 1000:.0f} kB for one record, {full / 1000:.0f} kB for 1,344",
)
def less_memory():
    """Peak memory that NumPy allocates for one gradient of softmax regression on the digits (tracemalloc): of one
    record, and of all 1,344."""
    problem = model("softmax", "even")
    params = problem.start()
    problem.gradient(params)  # what the first call alone allocates does not count
    return {
        "one": peak(lambda: problem.gradient(params, np.array([0]))),
        "full": peak(lambda: problem.gradient(params)),
    }


@claim(
    "It can learn online, from records that come one by one and are not kept",
    PRO,
    about="stochastic",
    holds="abs(mean_found - mean_of_all) < 1e-12",
    says="after one pass {mean_found:.3f}, the mean of all 1,000 {mean_of_all:.3f}, one number in memory",
)
def online():
    """The mean of a stream of 1,000 numbers, as the minimum of the mean of (θ − x)²/2: one SGD step for each number as
    it comes, at the rate 1/t, against the mean of all."""
    stream = np.random.default_rng(0).normal(3, 2, size=1000)
    coming = iter(stream)
    end = walk("sgd", lambda p: p - next(coming), 1000, start=np.zeros(1), lr=lambda t: 1 / t)[-1, 0]
    return {"mean_found": end, "mean_of_all": stream.mean()}


@claim(
    "Its noise lets it leave a poor local minimum",
    PRO,
    about="stochastic",
    source=("ruder2016overview", "kleinberg2018alternative"),
    verdict=PARTLY,
    conditions="within a range of rates; below it stays, and far above it leaves the good one too",
    holds="middle > 0.5 and small > 0.05 and deep_left_at_large < 0.2",
    partly="middle > 0.5",
    says="from the shallow to the deep well: {small:.0%} of runs at η = 0.02, {middle:.0%} at 0.1; "
    "at 0.7, {deep_left_at_large:.0%} of those in the deep one leave it",
)
def escapes():
    """Two wells, θ⁴/4 − θ²/2 + θ/10, as the mean of two records that pull by ±θ; 200 runs of 4,000 steps from the
    bottom of the shallow well, 200 from that of the deep one, at constant rates. Batch descent stays in either."""
    return {"small": well(0.02)[0], "middle": well(0.1)[0], "deep_left_at_large": well(0.7)[1]}


@claim(
    "Its gradients have a high variance",
    CON,
    about="stochastic",
    source="ruder2016overview",
    holds="min(start, later) > 1",
    says="noise over gradient {start:.1f} at the start, {later:.0f} after 100 batch steps; still, only "
    "{later_uphill:.0%} of the single steps then point uphill",
)
def high_variance():
    """The 1,344 single-record gradients of softmax regression on the digits against their mean, at the start and after
    100 steps of batch descent at η = 1: the standard deviation over the mean's length, that along the mean, the
    skewness there, and how many point uphill."""
    problem, found = model("softmax", "even"), {}
    later = descend(problem, "sgd", 1.0, steps=100, batch_size=None).params
    for when, params in (("start", problem.start()), ("later", later)):
        each = record_gradients(params)
        g = each.mean(axis=0)
        along = each @ g / (g @ g)  # in lengths of the mean; their own mean is 1
        found |= {
            when: ((each - g) ** 2).sum(axis=1).mean() ** 0.5 / np.linalg.norm(g),
            f"{when}_along": along.std(),
            f"{when}_skew": (((along - 1) / along.std()) ** 3).mean(),
            f"{when}_uphill": (along < 0).mean(),
        }
    return found


@claim(
    "At a constant rate it never settles at the minimum",
    CON,
    about="stochastic",
    source=("ruder2016overview", "bottou2018optimization"),
    verdict=PARTLY,
    conditions="not if the model can fit every record, for then the noise vanishes at the minimum",
    holds="low > 1e-4 and fitted >= 1e-20",
    partly="low > 1e-4",
    says="{high:.3f} above the minimum at η = 0.04, {low:.3f} at 0.01; {fitted:.0e} where all records can be fitted",
)
def unsettled():
    """Least squares with 200 noisy records drawn one by one, 30 passes, 5 seeds: the loss above its minimum, mean of
    the last 10 passes, at two constant rates; then the same with labels that the model can fit."""
    settings = {"high": (1.0, 0.04), "low": (1.0, 0.01), "fitted": (0.0, 0.04)}
    return {name: LeastSquares(noise).singles(lr, 30)[20:].mean() for name, (noise, lr) in settings.items()}


@claim(
    "With a slowly decreasing rate it converges as batch descent does",
    PRO,
    about="stochastic",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="it comes to the same minimum, but like 1/t, where batch descent is exponential",
    holds="late < early / 3 and batch >= late / 1000",
    partly="late < early / 3",
    says="{early:.0e} after 10 passes, {late:.0e} after 100, {shuffled:.0e} if shuffled; batch descent {batch:.0e} "
    "after 10",
)
def decreasing():
    """Least squares with 100 noisy records drawn one by one, at a rate that falls like 1/t: the loss above its minimum
    after 10 and 100 passes, mean of 5 seeds; the same with the records shuffled; batch descent at its best rate."""
    squares = LeastSquares(noise=1.0, n_samples=100)
    drawn, shuffled = (
        squares.singles(lambda t: 0.1 / (1 + t / 20), 100, shuffled=flag).mean(axis=1) for flag in (False, True)
    )
    batch = squares.batch_descent(10)[10]
    return {"early": drawn[9], "late": drawn[99], "shuffled": shuffled[99], "batch": batch}


@claim(
    "Its gradient has 1/B of the variance of a single record's",
    PRO,
    about="minibatch",
    source=("ruder2016overview", "bottou2018optimization"),
    holds="max(abs(B4 - 1), abs(B32 - 1), abs(B256 - 1)) < 0.05",
    says="B times the variance, over a single record's: {B4:.2f} for B = 4, {B32:.2f} for B = 32, "
    "{B256:.2f} for B = 256",
)
def variance():
    """Variance of the mean of B of the 1,344 single-record gradients on the digits, from 1,000 batches for each B, over
    the variance of one; without replacement it is multiplied by (n − 1)/(n − B)."""
    each = record_gradients(model("softmax", "even").start())
    each = each - each.mean(axis=0)
    n, rng, times = len(each), np.random.default_rng(0), {}
    for size in (4, 32, 256):
        counts = rng.multivariate_hypergeometric(np.ones(n, int), size, size=1000)  # one batch a row, 1 for a member
        squared = ((counts @ each / size) ** 2).sum(axis=1).mean()
        times[f"B{size}"] = size * squared / (each**2).sum(axis=1).mean() * (n - 1) / (n - size)
    return times


@claim(
    "It takes many updates in a pass, so it gets further in the same passes than batch descent",
    PRO,
    about="minibatch",
    source="ruder2016overview",
    holds="few < 0.9 * full",
    says="42 updates a pass against 1: training loss {few:.2f} against {full:.2f} after 5 passes",
)
def more_updates():
    """Softmax regression on the digits, 5 passes in batches of 32 or of all 1,344, each at the best of the same nine
    rates: the training loss, mean of three seeds."""
    return {"few": tuned(32, passes=5)[0], "full": tuned(N, passes=5)[0]}


@claim(
    "It uses the matrix arithmetic of libraries, which makes a record cheaper than one at a time",
    PRO,
    about="minibatch",
    source="ruder2016overview",
    holds="ratio > 5",
    partly="ratio > 1.2",
    says="a pass in batches of 32 takes less than a fifth of the time",
)
def matrix_arithmetic():
    """Time for a pass over the digits' softmax gradients, one record at a time against batches of 32, the best of
    three. Stated as a bound, since seconds depend on the machine."""
    problem = model("softmax", "even")
    params = problem.start()

    def seconds(size):
        begun = perf_counter()
        for first in range(0, N, size):
            problem.gradient(params, np.arange(first, min(first + size, N)))
        return perf_counter() - begun

    return {"ratio": min(seconds(1) for _ in range(3)) / min(seconds(32) for _ in range(3))}


@claim(
    "At a constant rate its loss does not fall smoothly",
    CON,
    about="minibatch",
    source="ruder2016overview",
    holds="few > 100 and full == 0",
    says="{few} rises in 840 steps, batch descent {full}",
)
def rough():
    """Softmax regression on the digits at η = 1: steps at which the loss over all records rises, in 20 passes with
    batches of 32, and in as many steps of batch descent."""

    def rises(size):
        path = descend(model("softmax", "even"), "sgd", 1.0, steps=840, batch_size=size, record_every=1)
        return (np.diff(path.values) > 0).sum()

    return {"few": rises(32), "full": rises(None)}


@claim(
    "The batch size is one more number to choose, and the best rate depends on it",
    CON,
    about="minibatch",
    holds="max(B4, B16, B64) / min(B4, B16, B64) > 3",
    says="best rate {B4:.2g} for B = 4, {B16:.2g} for B = 16, {B64:.2g} for B = 64",
)
def another_number():
    """Softmax regression on the digits, 2 passes, mean of three seeds: the best of nine rates for batches of 4, 16 and
    64."""
    return {f"B{size}": tuned(size, passes=2)[1] for size in (4, 16, 64)}
