"""Claims about descent with the gradient of one record, or of a few."""

from collections.abc import Callable
from time import perf_counter
from tracemalloc import get_traced_memory, start, stop
from typing import Any

import numpy as np

from ..lab.evidence import lower_by
from ..lab.noise import record_gradients, well
from ..lab.passes import descents
from ..lab.runs import descend, model
from ..lab.tuning import least
from ..lab.walks import walk
from .claim import CON, PARTLY, PRO, UNDECIDED, claim
from .over_seeds import better, lower

RATES = tuple(10.0 ** np.arange(-2.5, 1.6, 0.5))
N = 1344  # digits: all but four, so that batches of 32 and 64 leave no short one over
TUNING, SEEDS = tuple(range(10)), tuple(range(10, 30))  # those that choose a rate, and those that it is judged by


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

    def singles(self, lr: Any, passes: int, seeds: int = 20, shuffled: bool = False) -> np.ndarray:
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


def best_rate(batch_size: int, passes: int, rates: tuple[float, ...] = RATES) -> float:
    """The rate with the least training loss on the digits after `passes` passes, mean of ten seeds."""
    return rates[least(descents(batch_size, rates, TUNING, passes).losses[-1].mean(axis=1), rates)]


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
    holds="worst < batch and left <= 1e-10",
    partly="worst < batch",
    says="To a loss of 0.2 on the digits it takes {single:.2f} passes, at most {worst:.2f} for 20 seeds, against "
    "{batch:.0f} for batch descent. In the {exact_passes} passes that batch descent takes to within 1e-10 on least "
    "squares, it comes to {left:.0e}.",
)
def less_work():
    """Gradient evaluations, not seconds. Rough: softmax regression on the digits to a training loss of 0.2, each method
    at the best of the same nine rates; single records: rate chosen by ten seeds, 20 others judged. Exact: least squares
    with 200 noisy records to within 1e-10 of the least loss; batch descent at the best rate, one record at a time at
    the best of nine rates that fall like 1/t, median of 20 seeds."""

    def rate(size, seeds, passes, looks):
        return RATES[least(descents(size, RATES, seeds, passes, looks).reached(0.2).mean(axis=1), RATES)]

    single = descents(1, (rate(1, TUNING, 2, 84),), SEEDS, 2, 84).reached(0.2)
    batch = descents(N, (rate(N, (0,), 60, 60),), (0,), 60, 60).reached(0.2)
    squares = LeastSquares(noise=1.0)
    exact = int(np.argmax(squares.batch_descent(100) <= 1e-10))

    def falling(first):
        return float(np.median(squares.singles(lambda t: first / (1 + first * t / 2), exact)[-1]))

    left = [falling(first) for first in RATES]
    return {
        "single": single.mean(),
        "worst": single.max(),
        "batch": batch[0, 0],
        "exact_passes": exact,
        "left": left[least(left, RATES)],
    }


@claim(
    "A step needs less memory",
    PRO,
    about="stochastic",
    source="ruder2016overview",
    holds="one < full / 5",
    partly="one < full",
    says="A gradient takes {one / 1000:.0f} kB for one record and {full / 1000:.0f} kB for 1,344.",
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
    says="After one pass it stands at {mean_found:.3f}, where the mean of all 1,000 is {mean_of_all:.3f}, with one "
    "number in memory.",
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
    says="Of 200 runs in the shallow well {small:.0%} end in the deep one at η = 0.02 and {middle:.0%} at 0.1; at 0.7 "
    "{deep_left_at_large:.0%} of those in the deep one leave it.",
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
    says="A record's noise is {start:.1f} times as long as the gradient at the start, and {later:.0f} times after 100 "
    "steps of batch descent; still only {later_uphill:.0%} of the single steps then point uphill.",
)
def high_variance():
    """The 1,344 single-record gradients of softmax regression on the digits against their mean, at the start and after
    100 steps of batch descent at η = 1: the standard deviation over the mean's length, that along the mean, the
    skewness there, and how many point uphill."""
    problem, found = model("softmax", "even"), {}
    later = descend(problem, "sgd", 1.0, steps=100, batch_size=None).params
    for when, params in (("start", problem.start()), ("later", later)):
        each = record_gradients(problem, params)
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
    says="It ends {high:.3f} above the minimum at η = 0.04 and {low:.3f} at 0.01; where all records can be fitted, "
    "{fitted:.0e}.",
)
def unsettled():
    """Least squares with 200 noisy records drawn one by one, 30 passes, 20 seeds: the loss above its minimum, mean of
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
    says="It is {early:.0e} above the minimum after 10 passes and {late:.0e} after 100, {shuffled:.0e} if the records "
    "are shuffled; batch descent is at {batch:.0e} after 10.",
)
def decreasing():
    """Least squares with 100 noisy records drawn one by one, at a rate that falls like 1/t: the loss above its minimum
    after 10 and 100 passes, mean of 20 seeds; the same with the records shuffled; batch descent at its best rate."""
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
    says="B times the variance of a batch, over a single record's, is {B4:.2f} for B = 4, {B32:.2f} for B = 32 and "
    "{B256:.2f} for B = 256.",
)
def variance():
    """Variance of the mean of B of the 1,344 single-record gradients on the digits, from 1,000 batches for each B, over
    the variance of one; without replacement it is multiplied by (n − 1)/(n − B)."""
    problem = model("softmax", "even")
    each = record_gradients(problem, problem.start())
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
    says=lower("batch descent's", what="With 42 updates a pass against 1, the loss after 5 passes") + ".",
    **better(0.1),
)
def more_updates():
    """Softmax regression on the digits, 5 passes in batches of 32 or of all 1,344, each at the best of the same nine
    rates, chosen by ten seeds: the training loss of 20 other seeds. Batch descent has no chance in it."""
    few, full = (descents(size, (best_rate(size, 5),), SEEDS, 5).losses[-1, 0] for size in (32, N))
    return lower_by(few, full)


@claim(
    "One record at a time gets further in the same passes than batches of 32",
    PRO,
    about="stochastic",
    source="ruder2016overview",
    verdict=UNDECIDED,
    conditions="twenty seeds would have shown a loss lower by a quarter, and not one lower by a tenth",
    says=lower("that of batches of 32", what="With 1,344 updates a pass against 42, the loss after 5 passes") + ".",
    **better(0.1),
)
def singles():
    """Softmax regression on the digits, 5 passes one record at a time, in batches of 32 and of all 1,344, each at the
    best of the same nine rates, chosen by ten seeds: training loss and test accuracy of 20 other seeds."""
    sizes = (1, 32, N)
    rates = [best_rate(size, 5) for size in sizes]
    ends = [descents(size, (rate,), SEEDS, 5) for size, rate in zip(sizes, rates, strict=True)]
    one, few, full = (end.losses[-1, 0] for end in ends)
    means = {"rates": rates, "losses": [one.mean(), few.mean(), full.mean()], "worst": [one.max(), few.max()]}
    return lower_by(one, few) | means | {"read": [end.accuracy.mean() for end in ends]}


@claim(
    "It uses the matrix arithmetic of libraries, which makes a record cheaper than one at a time",
    PRO,
    about="minibatch",
    source="ruder2016overview",
    holds="ratio > 5",
    partly="ratio > 1.2",
    says="A pass in batches of 32 takes less than a fifth of the time of one record at a time.",
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
    says="In 840 steps the loss rises {few} times with batches of 32, and {full} times in batch descent.",
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
    says="The best rate is {B4:.2g} for B = 4, {B16:.2g} for B = 16 and {B64:.2g} for B = 64.",
)
def another_number():
    """Softmax regression on the digits, 2 passes: the rate with the least training loss, mean of ten seeds, of rates a
    quarter of a decade apart, for batches of 4, 16 and 64."""
    fine = tuple(10.0 ** np.arange(-1, 1.6, 0.25))
    return {f"B{size}": best_rate(size, 2, fine) for size in (4, 16, 64)}
