"""One training, and the choice of its rate: the trainings that claims, chapters and figures speak of."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..backends import array_backend
from ..minimize import Trajectory, minimize
from ..optimizer import Optimizer, Value
from ..problems import SoftmaxRegression, TwoLayerNetwork, digits
from ..problems.words import documents
from ..resolve import OptimizerLike, class_of
from .tuning import best, met_test

#: What a rate does: a function of the rate and the number of steps that makes the rate or its schedule.
Schedule = Callable[[float, int], Value]


def model(kind: str, part: str | int = "all", seed: int = 0, hidden: int = 32) -> Any:
    """A model on a part of its data.

    kind: "network" (64-32-10, or other `hidden` units) or "softmax", on the digits; "pixels", softmax with each pixel
    in a unit of its own, from 0.01 to 100; "words", softmax on documents, others for each `seed`.
    part: "all" training images; of these 1,000 to "fit" and the other 348 "held out", to tune; "even", 1,344, so that
    many batch sizes leave no short batch over; the first `part` of them; or the "test" images, which raise TestSeen
    while something is chosen.
    """
    if part == "test":
        met_test()
    return _model(kind, part, seed, hidden)


@cache
def _model(kind: str, part: str | int, seed: int, hidden: int) -> Any:
    if kind == "words":
        judge = part in ("held out", "test")
        return SoftmaxRegression(*(documents(4000, 1000 + seed) if judge else documents(2000, seed)))
    x, y = images(part)
    if kind == "network":
        return TwoLayerNetwork(x, y, hidden=hidden)
    if kind == "pixels":
        x = x * array_backend("x", x).xp.asarray(10.0 ** np.random.default_rng(0).uniform(-2, 2, 64))
    return SoftmaxRegression(x, y)


class Scaled:
    """A problem whose loss is multiplied by c."""

    def __init__(self, problem: Any, c: float):
        self.problem, self.c, self.start = problem, c, problem.start
        self.n_samples = getattr(problem, "n_samples", None)

    def value(self, params: Any) -> float:
        return float(self.c * self.problem.value(params))

    def gradient(self, params: Any, *batch: Any) -> Any:
        slopes = self.problem.gradient(params, *batch)
        return {name: self.c * g for name, g in slopes.items()} if isinstance(slopes, dict) else self.c * slopes


def images(part: str | int = "all") -> tuple[Any, Any]:
    """The digits of a part, as for `model`: images and labels."""
    data = digits()
    if part == "test":
        met_test()
        return data.x_test, data.y_test
    parts = {"fit": slice(1000), "held out": slice(1000, None), "all": slice(None), "even": slice(1344)}
    chosen = slice(part) if isinstance(part, int) else parts[part]
    return data.x_train[chosen], data.y_train[chosen]


def falling(lr: float, steps: int) -> Callable[[int], float]:
    """A rate that falls in a straight line from lr at the first of `steps` steps towards 0."""
    return lambda t: lr * (1 - (t - 1) / steps)


def slowing(lr: float, steps: int) -> Callable[[int], float]:
    """A rate that falls as 1/√t, down to lr at the last of `steps` steps."""
    return lambda t: lr * (steps / t) ** 0.5


def warmed(lr: float, steps: int) -> Value:
    """A rate that climbs in a straight line to lr in `steps` steps; lr itself for 0."""
    return (lambda t: lr * min(1, t / steps)) if steps else lr


@cache
def warming(over: int) -> Schedule:
    """The schedule that is `warmed` over so many steps, however many there are."""
    return lambda lr, steps: warmed(lr, over)


def descend(
    problem: Any,
    optimizer: OptimizerLike,
    lr: Value,
    seed: int = 0,
    *,
    steps: int,
    batch_size: int | None = 64,
    record_every: int | None = None,
    **hyper: Any,
) -> Trajectory:
    """A descent by its key, rule or class: `fo.minimize`, without a bar, that records its ends unless told more."""
    path = minimize(
        problem,
        optimizer,
        steps=steps,
        batch_size=batch_size,
        seed=seed,
        record_every=record_every or steps,
        progress=False,
        lr=lr,
        **hyper,
    )
    if path.interrupted:  # what it cut short is no measurement
        raise KeyboardInterrupt
    return path


def state_after(
    problem: Any, key: str, lr: float, seed: int = 0, *, steps: int, batch_size: int = 64
) -> dict[str, dict[str, Any]]:
    """The state that an optimizer has at the end of a descent: by state array and parameter."""
    opts: list[Optimizer] = []

    def make(params: Any) -> Optimizer:
        opts.append(class_of(key)(params, lr=lr))
        return opts[0]

    minimize(problem, make, steps=steps, batch_size=batch_size, seed=seed, record_every=steps, progress=False)
    return {name: dict(array) for name, array in opts[0].state.items()}


def loss(path: Trajectory) -> float:
    """The last training loss; infinite if the descent diverged."""
    return float(np.nan_to_num(path.values[-1], nan=np.inf))


def judged(path: Trajectory, judge: Any) -> tuple[float, float]:
    """(loss, accuracy) of the last parameters on the data of `judge`; infinite and 0 if the descent diverged."""
    if path.diverged:
        return np.inf, 0.0
    with np.errstate(all="ignore"):
        return judge.value(path.params), judge.accuracy(path.params)


class Run(NamedTuple):
    """What a training ended with: parameters, training loss, and loss and accuracy on the data it is judged by."""

    params: Any
    training: float
    loss: float
    accuracy: float


def trained(
    kind: str,
    optimizer: OptimizerLike,
    lr: float,
    seed: int = 0,
    *,
    steps: int,
    part: str | int = "all",
    judge: str | int = "test",
    schedule: Schedule | None = None,
    **given: Any,
) -> Run:
    """Train a `model` once, from the start and with the batches of `seed`.

    part, judge: what it is trained on and judged by; schedule: makes the rate of lr and steps; None keeps it constant;
    given: the size of its batches and hyperparameters.
    """
    if judge == "test":
        met_test()
    return _trained(kind, optimizer, lr, seed, steps=steps, part=part, judge=judge, schedule=schedule, **given)


@cache
def _trained(
    kind: str,
    optimizer: OptimizerLike,
    lr: float,
    seed: int,
    *,
    steps: int,
    part: str | int,
    judge: str | int,
    schedule: Schedule | None,
    **given: Any,
) -> Run:
    rate = schedule(lr, steps) if schedule else lr
    path = descend(model(kind, part, seed * (kind == "words")), optimizer, rate, seed, steps=steps, **given)
    return Run(path.params, loss(path), *judged(path, model(kind, judge, seed * (kind == "words"))))


class Tuned(NamedTuple):
    """The rate that was best, and a run at it for each seed."""

    rate: float
    runs: list[Run]

    @property
    def training(self) -> np.ndarray:
        """Training losses by seed."""
        return np.array([run.training for run in self.runs])

    @property
    def accuracy(self) -> np.ndarray:
        """Accuracies by seed."""
        return np.array([run.accuracy for run in self.runs])


def held_out(kind: str, optimizer: Any, lr: float, seed: int = 0, **run: Any) -> Run:
    """A run that is trained on the images to fit and judged by those held out: by such runs rates are chosen."""
    return trained(kind, optimizer, lr, seed, part="fit", judge="held out", **run)


def tuned(
    kind: str,
    optimizer: OptimizerLike,
    rates: Sequence[float] | np.ndarray,
    *,
    tuning: Sequence[int] = (0,),
    seeds: Sequence[int] = range(1, 21),
    by_training: bool = False,
    low: str = "",
    high: str = "",
    **run: Any,
) -> Tuned:
    """Choose a rate by the mean loss of the seeds of `tuning`, and train at it from `seeds`, which are others.

    The loss is that on held-out images, of runs that see neither these nor the test images; or, with `by_training`, the
    training loss on the images that all runs train on. low, high: as for `tuning.best`, which goes on beyond `rates`
    while the best is the last. run: as for `trained`.
    """
    if both := set(tuning) & set(seeds):
        raise ValueError(f"seeds must not be among those of tuning, got {sorted(both)} in both")

    def mean(lr: float) -> float:
        if by_training:
            part = run.get("part", "all")
            return float(np.mean([trained(kind, optimizer, lr, seed, judge=part, **run).training for seed in tuning]))
        return float(np.mean([held_out(kind, optimizer, lr, seed, **run).loss for seed in tuning]))

    rate = best(mean, rates, low=low, high=high) if len(rates) > 1 else float(rates[0])
    return Tuned(rate, [trained(kind, optimizer, rate, seed, **run) for seed in seeds])


def spread(runs: Any) -> np.ndarray:
    """Of runs, (seeds, records): least, mean and most over the seeds, (3, records), to four places."""
    runs = np.asarray(runs)
    return np.array([runs.min(axis=0), runs.mean(axis=0), runs.max(axis=0)]).round(4)


def gap(one: Any, other: Any) -> tuple[float, float]:
    """The mean of a difference over seeds and its standard error."""
    difference = np.asarray(one) - np.asarray(other)
    return float(difference.mean()), float(difference.std(ddof=1) / len(difference) ** 0.5)


def stays(values: Any, level: float) -> int:
    """The first index from which on all values are below a level; their number if there is none."""
    return int(np.flatnonzero(np.append([True], ~(np.asarray(values) < level)))[-1])


def first(values: Any, level: float, otherwise: int) -> int:
    """The index of the first value at or below a level, or what is said `otherwise`."""
    found = np.flatnonzero(np.asarray(values) <= level)
    return int(found[0]) if found.size else otherwise
