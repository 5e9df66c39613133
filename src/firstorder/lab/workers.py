"""Many workers that train one network together: what they send one another, and what comes of sending less.

All workers are simulated in this process, as one more axis of the parameters, and the seeds as another. The network is
the one of the digits with 32 hidden units; each of the workers sees a share of the 1,000 images to fit.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..backends import to_numpy
from ..problems import TwoLayerNetwork
from .runs import images, model
from .tuning import best
from .walks import made

Params = dict[str, Any]

WORKERS, EACH, STEPS = 8, 8, 240  # workers, records that each reads in a step, steps


def averaged(problem: Any, params: Params, parts: Sequence[Any], change: Any = lambda g: g) -> Params:
    """The mean of the gradients of parts of a batch, each changed first by the worker that has it."""
    each = [change(problem.gradient(params, part)) for part in parts]
    return {name: sum(g[name] for g in each) / len(each) for name in params}


def length(g: Params) -> float:
    """The Euclidean length of a gradient, all of its arrays taken together."""
    return float(np.sqrt(sum((part**2).sum() for part in g.values())))


def apart(one: Params, other: Params) -> float:
    """The length of their difference over that of the second."""
    return length({name: one[name] - other[name] for name in other}) / length(other)


def clipped(longest: float) -> Any:
    """What shortens a gradient to a length."""
    return lambda g: {name: part * min(1.0, longest / length(g)) for name, part in g.items()}


def ring(arrays: Sequence[np.ndarray]) -> tuple[list[np.ndarray], list[int]]:
    """The sum of one array a worker, as a ring of workers computes it: what each then has, and how much each has sent.

    Each array is cut in as many chunks as there are workers, and in each round a worker sends one chunk to the next. In
    the first W − 1 rounds the receiver adds it to its own, until each worker has the sum of one chunk; in the others
    these sums go round.
    """
    count = len(arrays)
    chunks = [np.array_split(np.array(array), count) for array in arrays]
    sent = [0] * count
    for turn in range(2 * (count - 1)):
        moved = [(worker, (worker - turn) % count, chunks[worker][(worker - turn) % count]) for worker in range(count)]
        for worker, part, chunk in moved:
            receiver = chunks[(worker + 1) % count]
            receiver[part] = receiver[part] + chunk if turn < count - 1 else chunk
            sent[worker] += chunk.size
    return [np.concatenate(each) for each in chunks], sent


@cache
def shares(sorted_by: str = "nothing") -> np.ndarray:
    """Which of the images to fit each worker sees, (workers, images): cut as they lie, or sorted by "class"."""
    _, y = images("fit")
    order = np.argsort(to_numpy(y), kind="stable") if sorted_by == "class" else np.arange(len(y))
    return order[: len(y) - len(y) % WORKERS].reshape(WORKERS, -1)


class Way(NamedTuple):
    """How workers work together.

    inner: the optimizer that each runs; every: after how many steps they meet; outer: the optimizer that takes the mean
    of what they have moved as a gradient, or None to take the mean of their weights; compress: what each sends in the
    place of a gradient, "all", "signs" or "signs, error kept".
    """

    inner: str = "momentum"
    every: int = 1
    outer: tuple[str, tuple[tuple[str, float], ...]] | None = None
    compress: str = "all"


#: The ways that the chapter compares, by the names that its figure has for them.
WAYS = {
    "SGD, every step": Way("sgd"),
    "SGD, every 10 steps": Way("sgd", every=10),
    "signs": Way("sgd", compress="signs"),
    "signs, error kept": Way("sgd", compress="signs, error kept"),
    "AdamW, every step": Way("adamw"),
    "AdamW, every 30 steps": Way("adamw", every=30),
    "DiLoCo, every 30 steps": Way("adamw", every=30, outer=("nesterov", (("lr", 0.7), ("momentum", 0.9)))),
}


def together(way: Way, lr: float, seeds: Sequence[int], sorted_by: str = "nothing") -> Params:
    """The weights that they end with, by seed."""
    network = model("network", "fit")
    rng = [np.random.default_rng(seed) for seed in seeds]
    starts = [network.start(seed) for seed in seeds]
    common = {name: np.stack([start[name] for start in starts]) for name in starts[0]}
    if way.every == 1:
        return _each_step(network, way, lr, rng, common, sorted_by)
    count = (len(seeds), WORKERS)
    own = {name: np.repeat(p[:, None], WORKERS, axis=1) for name, p in common.items()}
    inner = made(way.inner, own, lr=lr, on_nonfinite="ignore")
    outer = made(way.outer[0], common, **dict(way.outer[1]), on_nonfinite="ignore") if way.outer else None
    for t in range(1, STEPS + 1):
        inner.step(network.gradient(own, _drawn(rng, sorted_by)))
        if t % way.every == 0:
            mean = {name: p.mean(axis=1) for name, p in own.items()}
            if outer:
                outer.step({name: common[name] - mean[name] for name in mean})
            else:
                common = mean
            for name, p in own.items():
                p[...] = np.broadcast_to(common[name][:, None], (*count, *p.shape[2:]))
    return common


def signs(g: Params) -> tuple[Params, Params]:
    """Of each array of each worker, (seeds, workers, ...), the signs times its mean size; and what that leaves out."""
    sizes = {name: np.abs(part).mean(axis=tuple(range(2, part.ndim)), keepdims=True) for name, part in g.items()}
    sent = {name: sizes[name] * np.sign(part) for name, part in g.items()}
    return sent, {name: g[name] - sent[name] for name in g}


def _each_step(
    network: TwoLayerNetwork, way: Way, lr: float, rng: list[Any], params: Params, sorted_by: str
) -> Params:
    """As `together`, for workers that meet at every step."""
    opt = made(way.inner, params, lr=lr, on_nonfinite="ignore")
    error: Params = dict.fromkeys(params, 0.0)
    for _ in range(STEPS):
        spread = {name: np.repeat(p[:, None], WORKERS, axis=1) for name, p in params.items()}
        sent = network.gradient(spread, _drawn(rng, sorted_by))
        if way.compress != "all":
            sent, left = signs({name: g + error[name] for name, g in sent.items()})
            error = left if way.compress.endswith("kept") else error
        opt.step({name: g.mean(axis=1) for name, g in sent.items()})
    return params


def _drawn(rng: list[Any], sorted_by: str) -> np.ndarray:
    """Of each seed and worker a batch of its share: (seeds, workers, records)."""
    share = shares(sorted_by)
    chosen = np.stack([each.integers(share.shape[1], size=(WORKERS, EACH)) for each in rng])
    return share[np.arange(WORKERS)[:, None], chosen]


@cache
def rate(way: Way, sorted_by: str = "nothing") -> float:
    """Its best rate, four to the decade, by the mean held-out loss of six seeds."""
    judge = model("network", "held out")

    def loss(lr: float) -> float:
        with np.errstate(all="ignore"):
            found = judge.value(together(way, lr, range(100, 106), sorted_by))
        return float(np.where(np.isfinite(found), found, np.inf).mean())

    first = -3.0 if way.inner == "adamw" else -1.5
    return best(loss, 10.0 ** np.arange(first, first + 2.1, 0.25))


def kilobytes(way: Way) -> float:
    """What each worker has to tell in the whole training, in one copy: numbers of 4 bytes, or of signs a bit each."""
    weights = sum(p.size for p in model("network", "fit").start().values())
    return weights * (4 if way.compress == "all" else 1 / 8) * STEPS / way.every / 1000


@cache
def accuracy(way: Way, sorted_by: str = "nothing") -> np.ndarray:
    """Test accuracies at that rate in per cent, of 24 seeds."""
    lr = rate(way, sorted_by)
    x, y = images("test")
    return 100 * model("network", "fit").accuracy(together(way, lr, range(24), sorted_by), x, y)
