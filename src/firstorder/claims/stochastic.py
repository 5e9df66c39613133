"""Claims about descent with the gradient of one record, or of a few."""

from collections.abc import Callable
from functools import cache
from time import perf_counter
from tracemalloc import get_traced_memory, start, stop
from typing import Any

import numpy as np

from .. import OPTIMIZERS
from ..arena import Arena
from ..minimize import Trajectory, minimize
from ..problems import SoftmaxRegression, digits
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim

Rate = float | Callable[[int], float]
RATES = 10.0 ** np.arange(-2.5, 1.6, 0.5)


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

    def singles(self, lr: Rate, passes: int, seeds: int = 5, shuffled: bool = False) -> np.ndarray:
        """The loss above its minimum after each pass, one record a step, for each seed: shape (passes, seeds).

        Records are drawn independently, or shuffled before each pass.
        """
        rng, n = np.random.default_rng(0), self.n_samples
        p, losses = np.tile(self.start, (seeds, 1)), []
        sgd = OPTIMIZERS["sgd"](p, lr=lr)
        for _ in range(passes):
            every = rng.permuted(np.tile(np.arange(n)[:, None], seeds), axis=0)
            for i in every if shuffled else rng.integers(n, size=(n, seeds)):
                x = self.x[i]
                sgd.step(((x * p).sum(axis=1) - self.y[i])[:, None] * x)
            losses.append((((p - self.minimum) @ self.x.T) ** 2).mean(axis=1) / 2)
        return np.array(losses)


@cache
def problem() -> SoftmaxRegression:
    """Softmax regression on 1,344 digits: all but four, so that batches of 32 and 64 leave no short one over."""
    data = digits()
    return SoftmaxRegression(data.x_train[:1344], data.y_train[:1344])


def descend(
    on: Any, steps: int, lr: Rate, batch_size: int | None = None, seed: int = 0, record_every: int = 1
) -> Trajectory:
    size = None if batch_size == on.n_samples else batch_size
    sgd = OPTIMIZERS["sgd"]
    return minimize(on, sgd, None, steps, batch_size=size, seed=seed, record_every=record_every, progress=False, lr=lr)


@cache
def tuned(batch_size: int, passes: int, seeds: int = 3) -> tuple[float, float]:
    """The loss on the digits after `passes` passes, mean over seeds, at the best of nine rates, and that rate."""
    steps = passes * problem().n_samples // batch_size
    runs = [[descend(problem(), steps, lr, batch_size, s, steps).values[-1] for s in range(seeds)] for lr in RATES]
    losses = np.mean(runs, axis=1)
    return losses.min(), RATES[losses.argmin()]


def record_gradients(params: dict[str, Any]) -> np.ndarray:
    """The gradient of each training digit, one a row."""
    rows = np.arange(problem().n_samples)[:, None]
    return np.array([Arena(problem().gradient(params, row)).buffer for row in rows])


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
)
def less_work() -> Finding:
    """Gradient evaluations, not seconds. Rough: softmax regression on the digits to a training loss of 0.2, each method
    at the best of the same nine rates. Exact: least squares with 200 noisy records to within 1e-10 of the least loss;
    batch descent at the best rate, one record at a time at the best of five rates that fall like 1/t, five seeds."""
    n = problem().n_samples

    def rough(batch_size: int, every: int, lr: float, most: int) -> float:
        path = descend(problem(), int(most * n / batch_size), lr, batch_size, record_every=every)
        reached = np.flatnonzero(path.values <= 0.2)
        return path.steps[reached[0]] * batch_size / n if reached.size else np.inf

    single = min(rough(1, 100, lr, 1) for lr in RATES)
    batch = min(rough(n, 1, lr, 60) for lr in RATES)
    squares = LeastSquares(noise=1.0)
    exact = descend(squares, 100, 2 / (squares.curvatures[0] + squares.curvatures[-1]))
    passes = int(np.argmax(exact.values <= 1e-10))

    def falling(first: float) -> float:
        return float(np.median(squares.singles(lambda t: first / (1 + first * t / 2), passes)[-1]))

    left = min(map(falling, (0.01, 0.03, 0.1, 0.3, 1.0)))
    sooner, later = single < batch, passes > 0 and left > 1e-10
    return Finding(
        (PARTLY if later else HOLDS) if sooner else FAILS,
        f"digits to 0.2: {single:.1f} passes against {batch:.0f}; least squares to 1e-10: not in the {passes} passes "
        f"that batch descent takes, {left:.0e} left",
        {"single": single, "batch": batch, "exact_passes": passes, "left": left},
    )


@claim("A step needs less memory", PRO, about="stochastic", source="ruder2016overview")
def less_memory() -> Finding:
    """Peak memory that NumPy allocates for one gradient of softmax regression on the digits (tracemalloc): of one
    record, and of all 1,344."""
    params = problem().start()
    problem().gradient(params)  # what the first call alone allocates does not count
    one = peak(lambda: problem().gradient(params, np.array([0])))
    full = peak(lambda: problem().gradient(params))
    return Finding(
        HOLDS if one < full / 5 else PARTLY if one < full else FAILS,
        f"{one / 1000:.0f} kB for one record, {full / 1000:.0f} kB for 1,344",
        {"one": one, "full": full},
    )


@claim("It can learn online, from records that come one by one and are not kept", PRO, about="stochastic")
def online() -> Finding:
    """The mean of a stream of 1,000 numbers, as the minimum of the mean of (θ − x)²/2: one SGD step for each number as
    it comes, at the rate 1/t, against the mean of all."""
    stream = np.random.default_rng(0).normal(3, 2, size=1000)
    p = np.zeros(1)
    sgd = OPTIMIZERS["sgd"](p, lr=lambda t: 1 / t)
    for x in stream:
        sgd.step(p - x)
    apart = abs(p[0] - stream.mean())
    return Finding(
        HOLDS if apart < 1e-12 else FAILS,
        f"after one pass {p[0]:.3f}, the mean of all 1,000 {stream.mean():.3f}, one number in memory",
        {"apart": apart},
    )


def well(lr: Rate, runs: int = 200, steps: int = 4000, seed: int = 0) -> tuple[float, float]:
    """Shares of runs that end in the other of two wells: of those from the shallow one, and of those from the deep one.

    The loss is the mean of two records, θ⁴/4 − θ²/2 + θ/10 ± θ.
    """
    deep, ridge, shallow = np.sort(np.roots([1, 0, -1, 0.1]).real)
    rng = np.random.default_rng(seed)
    p = np.repeat([shallow, deep], runs)
    sgd = OPTIMIZERS["sgd"](p, lr=lr)
    for _ in range(steps):
        sgd.step(p**3 - p + 0.1 + np.sign(rng.random(2 * runs) - 0.5))
    return (p[:runs] < ridge).mean(), (p[runs:] > ridge).mean()


@claim(
    "Its noise lets it leave a poor local minimum",
    PRO,
    about="stochastic",
    source=("ruder2016overview", "kleinberg2018alternative"),
    verdict=PARTLY,
    conditions="within a range of rates; below it stays, and far above it leaves the good one too",
)
def escapes() -> Finding:
    """Two wells, θ⁴/4 − θ²/2 + θ/10, as the mean of two records that pull by ±θ; 200 runs of 4,000 steps from the
    bottom of the shallow well, 200 from that of the deep one, at constant rates. Batch descent stays in either."""
    small, middle, large = (well(lr) for lr in (0.02, 0.1, 0.7))
    everywhere = small[0] > 0.05 and large[1] < 0.2
    return Finding(
        (HOLDS if everywhere else PARTLY) if middle[0] > 0.5 else FAILS,
        f"from the shallow to the deep well: {small[0]:.0%} of runs at η = 0.02, {middle[0]:.0%} at 0.1; "
        f"at 0.7, {large[1]:.0%} of those in the deep one leave it",
        {"small": small[0], "middle": middle[0], "deep_left_at_large": large[1]},
    )


@claim("Its gradients have a high variance", CON, about="stochastic", source="ruder2016overview")
def high_variance() -> Finding:
    """The 1,344 single-record gradients of softmax regression on the digits against their mean, at the start and after
    100 steps of batch descent at η = 1: the standard deviation over the mean's length, that along the mean, the
    skewness there, and how many point uphill."""
    path = descend(problem(), 100, 1.0)
    found = {}
    for when, params in (("start", problem().start()), ("later", path.params)):
        each = record_gradients(params)
        g = each.mean(axis=0)
        found[when] = ((each - g) ** 2).sum(axis=1).mean() ** 0.5 / np.linalg.norm(g)
        along = each @ g / (g @ g)  # in lengths of the mean; their own mean is 1
        found[f"{when}_along"] = along.std()
        found[f"{when}_skew"] = (((along - 1) / along.std()) ** 3).mean()
        found[f"{when}_uphill"] = (along < 0).mean()
    return Finding(
        HOLDS if min(found["start"], found["later"]) > 1 else FAILS,
        f"noise over gradient {found['start']:.1f} at the start, {found['later']:.0f} after 100 batch steps; "
        f"still, only {found['later_uphill']:.0%} of the single steps then point uphill",
        found,
    )


@claim(
    "At a constant rate it never settles at the minimum",
    CON,
    about="stochastic",
    source=("ruder2016overview", "bottou2018optimization"),
    verdict=PARTLY,
    conditions="not if the model can fit every record, for then the noise vanishes at the minimum",
)
def unsettled() -> Finding:
    """Least squares with 200 noisy records drawn one by one, 30 passes, 5 seeds: the loss above its minimum, mean of
    the last 10 passes, at two constant rates; then the same with labels that the model can fit."""

    def floor(noise: float, lr: float) -> float:
        return LeastSquares(noise).singles(lr, 30)[20:].mean()

    high, low, fitted = floor(1.0, 0.04), floor(1.0, 0.01), floor(0.0, 0.04)
    return Finding(
        (PARTLY if fitted < 1e-20 else HOLDS) if low > 1e-4 else FAILS,
        f"{high:.3f} above the minimum at η = 0.04, {low:.3f} at 0.01; {fitted:.0e} where all records can be fitted",
        {"high": high, "low": low, "fitted": fitted},
    )


@claim(
    "With a slowly decreasing rate it converges as batch descent does",
    PRO,
    about="stochastic",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="it comes to the same minimum, but like 1/t, where batch descent is exponential",
)
def decreasing() -> Finding:
    """Least squares with 100 noisy records drawn one by one, at a rate that falls like 1/t: the loss above its minimum
    after 10 and 100 passes, mean of 5 seeds; the same with the records shuffled; batch descent at its best rate."""
    squares = LeastSquares(noise=1.0, n_samples=100)
    early, late = squares.singles(lambda t: 0.1 / (1 + t / 20), 100).mean(axis=1)[[9, 99]]
    shuffled = squares.singles(lambda t: 0.1 / (1 + t / 20), 100, shuffled=True).mean(axis=1)[99]
    batch = descend(squares, 10, 2 / (squares.curvatures[0] + squares.curvatures[-1])).values[10]
    return Finding(
        (PARTLY if batch < late / 1000 else HOLDS) if late < early / 3 else FAILS,
        f"{early:.0e} after 10 passes, {late:.0e} after 100, {shuffled:.0e} if shuffled; "
        f"batch descent {batch:.0e} after 10",
        {"early": early, "late": late, "shuffled": shuffled, "batch": batch},
    )


@claim(
    "Its gradient has 1/B of the variance of a single record's",
    PRO,
    about="minibatch",
    source=("ruder2016overview", "bottou2018optimization"),
)
def variance() -> Finding:
    """Variance of the mean of B of the 1,344 single-record gradients on the digits, from 1,000 batches for each B, over
    the variance of one; without replacement it is multiplied by (n − 1)/(n − B)."""
    each = record_gradients(problem().start())
    each = each - each.mean(axis=0)
    n, rng, times = len(each), np.random.default_rng(0), {}
    for size in (4, 32, 256):
        counts = rng.multivariate_hypergeometric(np.ones(n, int), size, size=1000)  # one batch a row, 1 for a member
        squared = ((counts @ each / size) ** 2).sum(axis=1).mean()
        times[f"B{size}"] = size * squared / (each**2).sum(axis=1).mean() * (n - 1) / (n - size)
    worst = max(abs(ratio - 1) for ratio in times.values())
    return Finding(
        HOLDS if worst < 0.05 else FAILS,
        "B times the variance, over a single record's: "
        + ", ".join(f"{ratio:.2f} for {name[0]} = {name[1:]}" for name, ratio in times.items()),
        times,
    )


@claim(
    "It takes many updates in a pass, so it gets further in the same passes than batch descent",
    PRO,
    about="minibatch",
    source="ruder2016overview",
)
def more_updates() -> Finding:
    """Softmax regression on the digits, 5 passes in batches of 32 or of all 1,344, each at the best of the same nine
    rates: the training loss, mean of three seeds."""
    few, full = (tuned(size, passes=5)[0] for size in (32, problem().n_samples))
    return Finding(
        HOLDS if few < 0.9 * full else FAILS,
        f"42 updates a pass against 1: training loss {few:.2f} against {full:.2f} after 5 passes",
        {"few": few, "full": full},
    )


@claim(
    "It uses the matrix arithmetic of libraries, which makes a record cheaper than one at a time",
    PRO,
    about="minibatch",
    source="ruder2016overview",
)
def matrix_arithmetic() -> Finding:
    """Time for a pass over the digits' softmax gradients, one record at a time against batches of 32, the best of
    three. Stated as a bound, since seconds depend on the machine."""
    params = problem().start()

    def seconds(size: int) -> float:
        begun = perf_counter()
        for first in range(0, problem().n_samples, size):
            problem().gradient(params, np.arange(first, min(first + size, problem().n_samples)))
        return perf_counter() - begun

    ratio = min(seconds(1) for _ in range(3)) / min(seconds(32) for _ in range(3))
    return Finding(
        HOLDS if ratio > 5 else PARTLY if ratio > 1.2 else FAILS,
        "a pass in batches of 32 takes less than a fifth of the time",
        {"bound": 5.0},
    )


@claim("At a constant rate its loss does not fall smoothly", CON, about="minibatch", source="ruder2016overview")
def rough() -> Finding:
    """Softmax regression on the digits at η = 1: steps at which the loss over all records rises, in 20 passes with
    batches of 32, and in as many steps of batch descent."""
    few = int((np.diff(descend(problem(), 840, 1.0, 32).values) > 0).sum())
    full = int((np.diff(descend(problem(), 840, 1.0).values) > 0).sum())
    return Finding(
        HOLDS if few > 100 and full == 0 else FAILS,
        f"{few} rises in 840 steps, batch descent {full}",
        {"few": few, "full": full},
    )


@claim("The batch size is one more number to choose, and the best rate depends on it", CON, about="minibatch")
def another_number() -> Finding:
    """Softmax regression on the digits, 2 passes, mean of three seeds: the best of nine rates for batches of 4, 16 and
    64."""
    best = {size: tuned(size, passes=2)[1] for size in (4, 16, 64)}
    return Finding(
        HOLDS if max(best.values()) / min(best.values()) > 3 else FAILS,
        "best rate " + ", ".join(f"{rate:.2g} for B = {size}" for size, rate in best.items()),
        {f"B{size}": rate for size, rate in best.items()},
    )
