"""What AdaGrad's and RMSProp's rates come to, for rare words, under noise and after a change; and AdaGrad's regret."""

from __future__ import annotations

from functools import cache
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from ..minimize import batches, minimize
from ..problems import SoftmaxRegression
from ..problems.words import documents
from ..resolve import OptimizerLike, rule_of
from .runs import model
from .walks import made, walk

#: Documents to learn from, those in a batch, and those to judge by.
LEARNED, BATCH, HELD_OUT = 2000, 10, 4000


def effective_rates(optimizer: OptimizerLike, gradients: Any, steps: int | None = None, **given: Any) -> np.ndarray:
    """The rate over the root of the sum or the average of squares, after each step; see `walks.walk`."""
    state = rule_of(optimizer).state[0]

    def rate(p: Any, opt: Any) -> Any:
        with np.errstate(divide="ignore"):  # before the first step there are no squares
            return opt.lr / np.sqrt(opt.state[state])

    return walk(optimizer, gradients, steps, keep=rate, **given)[1:]


# ── words, in one pass over documents ─────────────────────────────────────────────────────────────────


@cache
def words() -> tuple[Any, Any]:
    """Logistic regression on documents: those to learn from, and those to judge by."""
    return SoftmaxRegression(*documents(LEARNED, seed=0)), SoftmaxRegression(*documents(HELD_OUT, seed=1))


def one_pass(optimizer: Any, lr: float, *, falling: bool = False, **hyper: Any) -> Any:
    """The parameters after one pass in batches of ten, at a constant rate or at one that falls as 1/√t to `lr`."""
    steps = LEARNED // BATCH
    rate = (lambda t: lr * (steps / t) ** 0.5) if falling else lr
    return minimize(
        words()[0], optimizer, lr=rate, steps=steps, batch_size=BATCH, record_every=steps, progress=False, **hyper
    ).params


def loss_of_others(optimizer: Any, lr: float, *, falling: bool = False) -> float:
    """The loss on the documents to judge by, after one pass over the others."""
    return float(words()[1].value(one_pass(optimizer, lr, falling=falling)))


def rates_of_words(lr: float) -> tuple[np.ndarray, np.ndarray]:
    """In how many documents each word is that is in any, and the effective rate that AdaGrad has come to for it."""
    problem, counts = words()[0], documents(LEARNED, seed=0)[0].sum(axis=0)
    params = problem.start()
    opt = made("adagrad", params, lr=lr)
    for batch in islice(batches(LEARNED, BATCH, seed=0), LEARNED // BATCH):
        opt.step(problem.gradient(params, batch))
    seen = counts > 0
    return counts[seen], lr / np.sqrt(opt.state["G"]["W"][seen, 0])


# ── in training ───────────────────────────────────────────────────────────────────────────────────────


def rates_in_training(steps: int, lr: float = 0.1) -> tuple[np.ndarray, float]:
    """AdaGrad on the digits network, in batches of 32: after each step the median rate of all weights that have had a
    gradient; and the loss on all records at the end."""
    problem = model("network")
    params, medians = problem.start(), []
    opt = made("adagrad", params, lr=lr)
    for batch in islice(batches(problem.n_samples, 32, seed=0), steps):
        opt.step(problem.gradient(params, batch))
        sums = np.concatenate([np.ravel(G) for G in opt.state["G"].values()])
        medians.append(np.median(lr / np.sqrt(sums[sums > 0])))
    return np.array(medians), float(problem.value(params))


# ── the guarantee ─────────────────────────────────────────────────────────────────────────────────────


def share_of_the_key(gradients: Any) -> float:
    """The left side of AdaGrad's key inequality over the right: Σ gₜ²/√Gₜ over 2√G at the end."""
    squares = np.asarray(gradients, float) ** 2
    total = np.cumsum(squares)
    left = squares[total > 0] / np.sqrt(total[total > 0])
    return float(left.sum() / (2 * np.sqrt(total[-1])))


class Regret(NamedTuple):
    """What was paid beyond the best point, what the theorem allows, the farthest coordinate, the sums of squares."""

    paid: float
    bound: float
    farthest: float
    sums: np.ndarray


def regret(steps: int, features: int, width: float = 2.0, seed: int = 0) -> Regret:
    """AdaGrad's regret at the rate 1/√2 on rows of zeros and ones, feature j in one of j, with the absolute error as
    loss. The best point is drawn from a box around the start, and no coordinate may come farther from it than `width`.
    """
    rng = np.random.default_rng(seed)
    best = rng.uniform(-width / 2, width / 2, features)
    rows = 1.0 * (rng.random((steps, features)) < 1 / np.arange(1, features + 1))
    p, paid, farthest, lr = np.zeros(features), 0.0, 0.0, 2**-0.5
    opt = made("adagrad", p, lr=lr)
    for row in rows:
        error = row @ (p - best)
        paid, farthest = paid + abs(float(error)), max(farthest, float(abs(p - best).max()))
        opt.step(np.sign(error) * row)
    sums = opt.state["G"]
    return Regret(paid, float((width**2 / (2 * lr) + lr) * np.sqrt(sums).sum()), farthest, sums)
