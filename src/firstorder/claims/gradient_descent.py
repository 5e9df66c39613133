"""Claims about batch gradient descent."""

import tracemalloc
from functools import cache

import numpy as np

from ..lab.runs import descend, model
from ..lab.slices import curvatures
from ..lab.walks import walk
from ..problems import LANDSCAPES
from ..rules import RULES
from .claim import CON, PARTLY, PRO, claim


def bowl(condition: float, steps: int, lr: float):
    """The path of gradient descent on the quadratic of this condition number, from (1, 1)."""
    ground = LANDSCAPES["quadratic"].with_parameters(condition=condition)
    return descend(ground, "sgd", lr, steps=steps, batch_size=None, record_every=1, start=(1, 1))


def to_a_millionth(condition: float) -> int:
    """Steps until the distance to the minimum is a millionth of the first, at the best rate."""
    distance = np.linalg.norm(bowl(condition, 7000, 2 / (1 + condition)).points, axis=1)
    return int(np.argmax(distance <= 1e-6 * distance[0]))


@cache
def safe_rate() -> float:
    """2/L for the digits, by the bound of Böhning (1992) on the curvature of softmax regression."""
    x = np.column_stack([model("softmax").x, np.ones(model("softmax").n_samples)])
    return float(4 / np.linalg.eigvalsh(x.T @ x / len(x))[-1])


@claim(
    "It is simple: one line, one hyperparameter, no state",
    PRO,
    about="batch",
    holds="lines == 1 and hyperparameters == 1 and state == 0",
    says="The rule has {lines} line, {hyperparameters} hyperparameter and {state} state arrays.",
)
def simple():
    """Lines, hyperparameters and state arrays of the rule that runs, counted."""
    sgd = RULES["sgd"]
    return {"lines": len(sgd.program.lines), "hyperparameters": len(sgd.hyperparameters), "state": len(sgd.state)}


@claim(
    "It has no randomness: a run can be repeated to the last bit",
    PRO,
    about="batch",
    holds="same == 1 and apart > 0",
    says="Two runs end with all 650 parameters equal; with batches of 32 they differ by up to {apart:.2f}.",
)
def repeatable():
    """500 steps on the digits, twice with different seeds, on the same machine; then the same with batches of 32."""
    exact, noisy = (
        [descend(model("softmax"), "sgd", 1.0, seed, steps=500, batch_size=size).points for seed in (0, 1)]
        for size in (None, 32)
    )
    return {"same": np.array_equal(*exact), "apart": abs(noisy[0] - noisy[1]).max()}


@claim(
    "At a safe rate the loss falls smoothly, and that rate can be computed beforehand",
    PRO,
    about="batch",
    holds="rises == 0 and noisy > 0",
    says="At 2/L = {rate:.3f} the loss rises {rises} times in 1,000 steps, and {noisy} times with batches of 32.",
)
def smooth():
    """Softmax regression on the digits, 1,000 steps at 2/L, with L from a bound on the curvature; the loss's rises, and
    those of 1,000 steps with batches of 32 at the same rate."""

    def rises(size):
        path = descend(model("softmax"), "sgd", safe_rate(), steps=1000, batch_size=size, record_every=1)
        return (np.diff(path.values) > 0).sum()

    return {"rate": safe_rate(), "rises": rises(None), "noisy": rises(32)}


@claim(
    "Whether a rate converges can be said before the run",
    PRO,
    about="batch",
    source=("nesterov2004introductory", "cohen2021gradient"),
    verdict=PARTLY,
    conditions="below 2/L, and on quadratics; beyond that a run may move to where the curvature suits its rate",
    holds="inside < 1e-15 and outside > 1e15 and rises == 0 and far > start",
    partly="inside < 1e-15 and outside > 1e15 and rises == 0",
    says="On the quadratic the loss ends at {inside:.0e} for 0.99 · 2/L and at {outside:.0e} for 1.01 · 2/L. On the "
    "digits it never rises at 2/L and ends at {safe:.3f}; at {times:.0f} times that rate it rises {far_rises} times "
    "and ends lower, at {far:.3f}, since ηh/2 for the largest curvature h falls from {before:.1f} to {after:.2f}.",
)
def known_beforehand():
    """Gradient descent of 1,000 steps: on a bowl with condition number 20 at 0.99 and 1.01 times 2/L; on softmax
    regression on the digits at 2/L, with L from a bound on the curvature, and at 10. There the largest curvature times
    η/2, which is 1 on the border of stability, at the start and after 50 steps."""
    inside, outside = (bowl(20, 1000, share * 0.1).values[-1] for share in (0.99, 1.01))
    problem = model("softmax")
    safe, far = (descend(problem, "sgd", lr, steps=1000, batch_size=None, record_every=1) for lr in (safe_rate(), 10.0))
    before, after = 10.0 / 2 * curvatures(problem, far.points[[0, 50]], rounds=40)
    return {
        "inside": inside,
        "outside": outside,
        "rises": (np.diff(safe.values) > 0).sum(),
        "safe": safe.values[-1],
        "start": far.values[0],
        "times": 10.0 / safe_rate(),
        "far_rises": (np.diff(far.values) > 0).sum(),
        "far": far.values[-1],
        "before": before,
        "after": after,
    }


class Well:
    """A double well along y, x²/2 + y⁴/4 − y²/2, whose origin is a saddle."""

    def value(self, p: np.ndarray) -> float:
        return float(p[0] ** 2 / 2 + p[1] ** 4 / 4 - p[1] ** 2 / 2)

    def gradient(self, p: np.ndarray) -> np.ndarray:
        return np.array([p[0], p[1] ** 3 - p[1]])


@claim(
    "It converges to the global minimum of a convex loss, and to a local minimum of any other",
    PRO,
    about="batch",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="at a safe rate, and if there is a minimum; without convexity it can also end at a saddle, in this "
    "double well only from a start exactly on the ridge",
    holds="inside < 1e-15 and outside > 1 and beside < 2e-5 and ridge >= 1e-15",
    partly="inside < 1e-15 and outside > 1 and beside < 2e-5",
    says="On the bowl the loss ends at {inside:.0e} for 0.99 · 2/L and at {outside:.0e} for 1.01 · 2/L. In the double "
    "well a run from the ridge ends at the saddle, one from 1e-10 beside it at a minimum.",
)
def converges():
    """A convex bowl with condition number 20 at 0.99 and 1.01 of the rate 2/L. Then a double well along y,
    x²/2 + y⁴/4 − y²/2, whose origin is a saddle, at η = 0.1: from a start on the ridge y = 0, and from 1e-10 beside."""
    inside, outside = (bowl(20, 1000, share * 0.1).values[-1] for share in (0.99, 1.01))
    ridge, beside = (
        descend(Well(), "sgd", 0.1, steps=1000, batch_size=None, start=(1.0, y)).points[-1] for y in (0.0, 1e-10)
    )
    return {
        "inside": inside,
        "outside": outside,
        "ridge": abs(ridge).max(),  # the distance from the saddle
        "beside": abs(beside - [0, 1]).max(),  # the distance from a minimum
    }


@claim(
    "It is slow on large data: every step passes over all of it",
    CON,
    about="batch",
    source="ruder2016overview",
    holds="batch_1348 > 3 * batch_337 and batch_1348 / batch_337 > 1.5 * minibatch_1348 / minibatch_337",
    partly="batch_1348 / batch_337 > minibatch_1348 / minibatch_337",
    says="For four times the data it needs {batch_1348 / batch_337:.1f} times the evaluations, {batch_1348:,} in all; "
    "batches of 32 need {minibatch_1348 / minibatch_337:.1f} times as many, {minibatch_1348:,}.",
)
def slow_on_large_data():
    """Gradient evaluations until softmax regression on 337 and on 1,348 digits has a training loss of 0.3, at η = 1;
    and the same with batches of 32."""
    found = {}
    for name, size, every in (("batch", None, 1), ("minibatch", 32, 5)):
        for n in (337, 1348):
            path = descend(model("softmax", n), "sgd", 1.0, steps=400, batch_size=size, record_every=every)
            found[f"{name}_{n}"] = path.steps[np.argmax(path.values <= 0.3)] * (size or n)
    return found


@claim(
    "A step needs the memory of the whole data set",
    CON,
    about="batch",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="if the gradient is taken in one piece; it is a mean, and can be added up in pieces",
    holds="large > 3 * small and (apart > 1e-12 or pieces >= large / 5)",
    partly="large > 3 * small",
    says="A gradient takes {small / 1000:.0f} kB for 337 records and {large / 1000:.0f} kB for 1,348; added up in "
    "pieces of 64, the same one takes {pieces / 1000:.0f} kB.",
)
def memory():
    """Peak memory that NumPy allocates for one exact gradient (tracemalloc): softmax regression on 337 and on 1,348
    digits in one piece, and on 1,348 in pieces of 64, added up."""

    def whole(n: int):
        return model("softmax", n).gradient(model("softmax", n).start())

    def in_pieces(n: int = 1348, size: int = 64):
        problem = model("softmax", n)
        params = problem.start()
        total = {name: np.zeros_like(array) for name, array in params.items()}
        for first in range(0, n, size):
            piece = slice(first, min(first + size, n))
            for name, array in problem.gradient(params, piece).items():
                total[name] += array * (piece.stop - first) / n
        return total

    peaks = {}
    for name, call in (("small", lambda: whole(337)), ("large", lambda: whole(1348)), ("pieces", in_pieces)):
        call()  # what the first call alone allocates does not count
        tracemalloc.start()
        call()
        peaks[name] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    one, sum_of_pieces = whole(1348), in_pieces()
    return peaks | {"apart": max(abs(one[name] - sum_of_pieces[name]).max() for name in one)}


@claim(
    "It is slow where the loss is ill-conditioned",
    CON,
    about="batch",
    source="nocedal2006numerical",
    holds="kappa_100 > 9 * kappa_10 and kappa_1000 > 9 * kappa_100",
    says="It takes {kappa_10}, {kappa_100} and {kappa_1000:,} steps for κ = 10, 100 and 1,000.",
)
def ill_conditioned():
    """Steps to a millionth of the distance on bowls with condition numbers 10, 100 and 1000, each at its best rate."""
    return {f"kappa_{kappa}": to_a_millionth(kappa) for kappa in (10, 100, 1000)}


@claim(
    "It has one rate for all directions, and depends on the units of the parameters",
    CON,
    about="batch",
    holds="flat > 0.3 and abs(steep) < 1e-12 and before > 100 * after",
    says="After 100 steps {flat:.0%} of the way is left along the flat axis and nothing along the steep one. A "
    "millionth takes {before} steps, and {after} in the unit that makes the bowl round.",
)
def one_rate():
    """A bowl with curvatures 1 and 100: the distances left along each axis after 100 steps at η = 1/L; and the steps to
    a millionth, before and after y is measured in a unit that makes the bowl round."""
    flat, steep = bowl(100, 100, 1 / 100).points[-1]
    return {"flat": flat, "steep": steep, "before": to_a_millionth(100), "after": to_a_millionth(1)}


@claim(
    "It stops wherever the slope is zero, at a poor local minimum as at a good one",
    CON,
    about="batch",
    source="ruder2016overview",
    holds="slope < 1e-9 and share < 0.5",
    partly="share < 1",
    says="Of 400 starts {share:.0%} end at the deepest of four minima, the others at another.",
)
def stops():
    """The Styblinski–Tang function, with four minima of different depth: 400 steps at η = 0.01 from 20 × 20 starts all
    over its domain, the share that ends at the deepest, and the largest slope left anywhere."""
    ground = LANDSCAPES["styblinski_tang"]

    def slope(p):
        return 2 * p**3 - 16 * p + 2.5

    p = walk("sgd", slope, 400, start=np.stack(np.meshgrid(*2 * [np.linspace(-4.4, 4.4, 20)])), lr=0.01)[-1]
    return {
        "share": (ground(*p) < ground.value(ground.minima[0]) + 1e-6).mean(),
        "slope": abs(slope(p)).max(),
    }
