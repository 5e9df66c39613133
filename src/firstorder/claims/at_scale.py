"""Claims about one training by many workers."""

import numpy as np

from ..lab.evidence import higher_by
from ..lab.runs import images, model
from ..lab.workers import WAYS, accuracy, apart, averaged, clipped, kilobytes, length
from ..minimize import batches, minimize
from ..problems.normalised import NormalisedNetwork
from .claim import CON, PARTLY, PRO, UNDECIDED, claim
from .over_seeds import better, higher

SPLITS = (2, 4, 8)


def batch_of(seed: int) -> np.ndarray:
    """A batch of 64 of the first 1,344 digits."""
    return next(batches(1344, 64, seed))


def settled(problem, lr: float):
    """The parameters after 100 steps of SGD."""
    return minimize(problem, "sgd", steps=100, batch_size=64, lr=lr, record_every=100, progress=False).params


# ── what is the same, and what is not ─────────────────────────────────────────────────────────────────


@claim(
    "The mean of the gradients of equal parts is the gradient of the whole batch",
    PRO,
    about="data_parallel",
    source="goyal2017accurate",
    holds="apart < 1e-14",
    says="For 2, 4 and 8 equal parts of 64 records the two differ by {apart:.0e} of their length at the most, which is "
    "rounding.",
)
def same_gradient():
    """The digits network (32 hidden units) after 100 steps of SGD; twenty batches of 64 records, each whole and in 2, 4
    and 8 parts."""
    problem = model("network", "even")
    params = settled(problem, 0.3)
    found = []
    for batch in map(batch_of, range(20)):
        whole = problem.gradient(params, batch)
        found += [apart(averaged(problem, params, np.split(batch, n)), whole) for n in SPLITS]
    return {"apart": max(found)}


@claim(
    "With batch normalisation, workers that normalise their own parts compute another gradient",
    CON,
    about=("data_parallel", "batch_normalisation"),
    source="goyal2017accurate",
    holds="least[2] > 0.1",
    says="In 2 parts of 32 records the gradient differs by {apart[0]:.0%} of its length, in 4 of 16 by {apart[1]:.0%} "
    "and in 8 of 8 by {apart[2]:.0%}; without normalisation it does not differ.",
)
def normalised_parts():
    """A network with two batch-normalised hidden layers of 32 units on the digits after 100 steps of SGD; mean over
    twenty batches of 64 records, each whole and in equal parts."""
    problem = NormalisedNetwork(*images("even"))
    params = settled(problem, 0.1)
    found = []
    for batch in map(batch_of, range(20)):
        whole = problem.gradient(params, batch)
        found.append([apart(averaged(problem, params, np.split(batch, n)), whole) for n in SPLITS])
    return {"apart": np.mean(found, axis=0), "least": np.min(found, axis=0)}


@claim(
    "Clipping on each worker is not clipping the mean: it shortens more",
    CON,
    about="data_parallel",
    source="pascanu2013difficulty",
    holds="low > 0.05",
    says="With 8 workers the mean of the clipped gradients is {ratio:.2f} times as long as the clipped mean, for "
    "a threshold that the whole batch's gradient just meets.",
)
def clipping():
    """The digits network after 100 steps of SGD; twenty batches of 64 records, whole and in 8 parts. The threshold is
    the length of the whole batch's gradient, which stays as it is when it is clipped last."""
    problem = model("network", "even")
    params = settled(problem, 0.3)
    found = []
    for batch in map(batch_of, range(20)):
        whole = problem.gradient(params, batch)
        found.append(length(averaged(problem, params, np.split(batch, 8), clipped(length(whole)))) / length(whole))
    return {"ratio": np.mean(found), "low": 1 - np.max(found)}


# ── sending less ──────────────────────────────────────────────────────────────────────────────────────


def ahead(name: str, other: str, sorted_by: str = "nothing"):
    """By how many points of the test images one way of working together is ahead of another."""
    return higher_by(accuracy(WAYS[name], sorted_by), accuracy(WAYS[other], sorted_by))


@claim(
    "Workers that take ten steps alone and average their weights lose nothing",
    PRO,
    about="local_steps",
    source="stich2019local",
    verdict=UNDECIDED,
    conditions="a loss of a whole point is ruled out, one of 0.3 points is not",
    holds="low > -0.3",
    fails="high < -0.3",
    says="With a tenth of the traffic " + higher("SGD that averages at every step") + ".",
)
def local_steps():
    """Eight workers, each with an eighth of 1,000 digits; the network with 32 hidden units, 240 steps of 8 records a
    worker, SGD. Best of nine rates or more, four a decade, by the held-out loss of six seeds for each way; test
    accuracy over 24 other seeds. Nothing lost: no 0.3 points, for sure."""
    return ahead("SGD, every 10 steps", "SGD, every step")


@claim(
    "Nesterov's momentum on what the workers have moved is better than the mean of their weights",
    PRO,
    about="local_steps",
    source="douillard2023diloco",
    verdict=PARTLY,
    conditions="only where each worker sees classes of its own; and in eight meetings, far fewer than it was made for",
    holds="min(alike['low'], classes['low']) > 0",
    partly="max(alike['low'], classes['low']) > 0",
    fails="max(alike['high'], classes['high']) < 0.3",
    says="With all classes on every worker " + higher("the plain mean", "alike") + "; with one or two on each "
    + higher("the plain mean", "classes") + ".",
)
def outer_momentum():
    """As above, but AdamW on each worker, which keeps its m and v, and 30 steps between two meetings; the outer
    optimizer is Nesterov's momentum with the authors' rate 0.7 and momentum 0.9, against taking the mean."""
    both = "DiLoCo, every 30 steps", "AdamW, every 30 steps"
    return {"alike": ahead(*both), "classes": ahead(*both, "class")}


@claim(
    "Error feedback mends what is lost when signs are sent",
    PRO,
    about="error_feedback",
    source="karimireddy2019error",
    says=higher("signs without it", what="With feedback a network reads") + ".",
    **better(0.3),
)
def error_feedback():
    """As above, workers that meet at every step and send, of each array, the signs times the mean size of its
    numbers."""
    return ahead("signs, error kept", "signs")


@claim(
    "The less workers send, the more it matters that each sees all kinds of data",
    CON,
    about=("local_steps", "error_feedback"),
    source=("mcmahan2017communication", "douillard2023diloco"),
    holds="max(every) < 1 and min(seldom) > 5",
    partly="min(seldom) > max(every)",
    says="If each worker has one or two classes only, the ways that send whole gradients at every step lose "
    "{max(0, max(every)):.1f} points of the test images at the most, and those that meet every 10 or 30 steps at least "
    "{min(seldom):.0f}.",
)
def kinds_of_data():
    """Every way of the chapter's figure, once with the digits dealt to eight workers as they lie and once sorted by
    class; each way and each dealing at its own best rate, mean test accuracy over 24 seeds."""
    read = {name: [accuracy(way, sorted_by).mean() for sorted_by in ("nothing", "class")] for name, way in WAYS.items()}
    ways = {name: [kilobytes(way), *read[name]] for name, way in WAYS.items()}
    lost = {name: alike - apart for name, (_, alike, apart) in ways.items()}
    return {
        "ways": ways,
        "every": [lost[name] for name, way in WAYS.items() if way.every == 1 and way.compress == "all"],
        "seldom": [lost[name] for name, way in WAYS.items() if way.every > 1],
    }
