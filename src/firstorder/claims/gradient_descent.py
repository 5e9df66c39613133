"""Claims about batch gradient descent."""

import tracemalloc
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from .. import OPTIMIZERS
from ..minimize import Trajectory, minimize
from ..problems import LANDSCAPES, SoftmaxRegression, digits
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim


@cache
def problem(n: int | None = None) -> SoftmaxRegression:
    """Softmax regression on the first n training digits, by default on all 1,348."""
    data = digits()
    return SoftmaxRegression(data.x_train[:n], data.y_train[:n])


def descend(on: Any, steps: int, lr: float, **settings: Any) -> Trajectory:
    return minimize(on, OPTIMIZERS["sgd"], steps=steps, lr=lr, progress=False, **settings)


def bowl(condition: float, steps: int, lr: float, start: Sequence[float] = (1, 1)) -> Trajectory:
    return descend(LANDSCAPES["quadratic"].with_parameters(condition=condition), steps, lr, start=start)


def to_a_millionth(condition: float) -> int:
    """Steps until the distance to the minimum is a millionth of the first, at the best rate."""
    distance = np.linalg.norm(bowl(condition, 7000, 2 / (1 + condition)).points, axis=1)
    return int(np.argmax(distance <= 1e-6 * distance[0]))


@cache
def safe_rate() -> float:
    """2/L for the digits, by the bound of Böhning (1992) on the curvature of softmax regression."""
    x = np.column_stack([problem().x, np.ones(problem().n_samples)])
    return float(4 / np.linalg.eigvalsh(x.T @ x / len(x))[-1])


@claim("It is simple: one line, one hyperparameter, no state", PRO, about="batch")
def simple() -> Finding:
    """Lines, hyperparameters and state arrays of the rule that runs, counted."""
    sgd = RULES["sgd"]
    lines, numbers, state = len(sgd.program.lines), len(sgd.hyperparameters), len(sgd.state)
    return Finding(
        HOLDS if (lines, numbers, state) == (1, 1, 0) else FAILS,
        f"{lines} line, {numbers} hyperparameter, {state} state arrays",
        {"lines": lines, "hyperparameters": numbers, "state": state},
    )


@claim("It has no randomness: a run can be repeated to the last bit", PRO, about="batch")
def repeatable() -> Finding:
    """500 steps on the digits, twice with different seeds, on the same machine; then the same with batches of 32."""
    exact, noisy = (
        [descend(problem(), 500, 1.0, seed=seed, batch_size=size, record_every=500).points for seed in (0, 1)]
        for size in (None, 32)
    )
    same, apart = bool(np.array_equal(exact[0], exact[1])), float(abs(noisy[0] - noisy[1]).max())
    return Finding(
        HOLDS if same and apart > 0 else FAILS,
        f"all 650 parameters equal; with batches they differ by up to {apart:.2f}",
        {"same": same, "apart": apart},
    )


@claim("At a safe rate the loss falls smoothly, and that rate can be computed beforehand", PRO, about="batch")
def smooth() -> Finding:
    """Softmax regression on the digits, 1,000 steps at 2/L, with L from a bound on the curvature; the loss's rises, and
    those of 1,000 steps with batches of 32 at the same rate."""
    rate = safe_rate()
    exact, noisy = (
        int((np.diff(descend(problem(), 1000, rate, batch_size=size).values) > 0).sum()) for size in (None, 32)
    )
    return Finding(
        HOLDS if exact == 0 < noisy else FAILS,
        f"2/L = {rate:.3f}: {exact} rises in 1,000 steps, with batches {noisy}",
        {"rate": rate, "rises": exact, "noisy": noisy},
    )


@claim(
    "It converges to the global minimum of a convex loss, and to a local minimum of any other",
    PRO,
    about="batch",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="at a safe rate, and if there is a minimum; without convexity it can also end at a saddle, in this "
    "double well only from a start exactly on the ridge",
)
def converges() -> Finding:
    """A convex bowl with condition number 20 at 0.99 and 1.01 of the rate 2/L. Then a double well along y,
    x²/2 + y⁴/4 − y²/2, whose origin is a saddle, at η = 0.1: from a start on the ridge y = 0, and from 1e-10 beside."""
    inside, outside = (bowl(20, 1000, share * 0.1).values[-1] for share in (0.99, 1.01))

    class Well:
        start = (1.0, 0.0)

        def value(self, p: np.ndarray) -> float:
            return float(p[0] ** 2 / 2 + p[1] ** 4 / 4 - p[1] ** 2 / 2)

        def gradient(self, p: np.ndarray) -> np.ndarray:
            return np.array([p[0], p[1] ** 3 - p[1]])

    ridge, beside = (descend(Well(), 1000, 0.1, start=(1.0, y)).points[-1] for y in (0.0, 1e-10))
    convex, stuck = inside < 1e-15 and outside > 1, abs(ridge).max() < 1e-15
    local = np.allclose(beside, (0, 1))
    return Finding(
        (PARTLY if stuck else HOLDS) if convex and local else FAILS,
        f"bowl: {inside:.0e} just inside 2/L, {outside:.0e} just outside; saddle: ends there from the ridge, "
        "at a minimum from 1e-10 beside it",
        {"inside": inside, "outside": outside, "ridge": float(ridge[1]), "beside": float(beside[1])},
    )


@claim("It is slow on large data: every step passes over all of it", CON, about="batch", source="ruder2016overview")
def slow_on_large_data() -> Finding:
    """Gradient evaluations until softmax regression on 337 and on 1,348 digits has a training loss of 0.3, at η = 1;
    and the same with batches of 32."""
    found = {}
    for name, size, every in (("batch", None, 1), ("minibatch", 32, 5)):
        for n in (337, 1348):
            path = descend(problem(n), 400, 1.0, batch_size=size, record_every=every)
            found[f"{name}_{n}"] = int(path.steps[np.argmax(path.values <= 0.3)]) * (size or n)
    growth, other = (found[f"{name}_1348"] / found[f"{name}_337"] for name in ("batch", "minibatch"))
    return Finding(
        HOLDS if growth > 3 and growth > 1.5 * other else PARTLY if growth > other else FAILS,
        f"four times the data: {growth:.1f} times the evaluations, {found['batch_1348']:,} in all; with batches of 32 "
        f"{other:.1f} times, {found['minibatch_1348']:,}",
        found,
    )


@claim(
    "A step needs the memory of the whole data set",
    CON,
    about="batch",
    source="ruder2016overview",
    verdict=PARTLY,
    conditions="if the gradient is taken in one piece; it is a mean, and can be added up in pieces",
)
def memory() -> Finding:
    """Peak memory that NumPy allocates for one exact gradient (tracemalloc): softmax regression on 337 and on 1,348
    digits in one piece, and on 1,348 in pieces of 64, added up."""

    def whole(n: int) -> dict[str, Any]:
        return problem(n).gradient(problem(n).start())

    def in_pieces(n: int = 1348, size: int = 64) -> dict[str, Any]:
        params = problem(n).start()
        total = {name: np.zeros_like(array) for name, array in params.items()}
        for first in range(0, n, size):
            piece = slice(first, min(first + size, n))
            for name, array in problem(n).gradient(params, piece).items():
                total[name] += array * (piece.stop - first) / n
        return total

    peaks = {}
    for name, call in (("small", lambda: whole(337)), ("large", lambda: whole(1348)), ("pieces", in_pieces)):
        call()  # what the first call alone allocates does not count
        tracemalloc.start()
        call()
        peaks[name] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    equal = all(np.allclose(a, b, atol=1e-15) for a, b in zip(whole(1348).values(), in_pieces().values(), strict=True))
    grows, spared = peaks["large"] > 3 * peaks["small"], equal and peaks["pieces"] < peaks["large"] / 5
    return Finding(
        (PARTLY if spared else HOLDS) if grows else FAILS,
        f"{peaks['small'] / 1000:.0f} kB for 337 records, {peaks['large'] / 1000:.0f} kB for 1,348; the same gradient "
        f"in pieces {peaks['pieces'] / 1000:.0f} kB",
        peaks,
    )


@claim("It is slow where the loss is ill-conditioned", CON, about="batch", source="nocedal2006numerical")
def ill_conditioned() -> Finding:
    """Steps to a millionth of the distance on bowls with condition numbers 10, 100 and 1000, each at its best rate."""
    counted = {f"{kappa}": to_a_millionth(kappa) for kappa in (10, 100, 1000)}
    first, second, third = counted.values()
    return Finding(
        HOLDS if second > 9 * first and third > 9 * second else FAILS,
        f"{first}, {second} and {third:,} steps for κ = 10, 100 and 1,000",
        counted,
    )


@claim("It has one rate for all directions, and depends on the units of the parameters", CON, about="batch")
def one_rate() -> Finding:
    """A bowl with curvatures 1 and 100: the distances left along each axis after 100 steps at η = 1/L; and the steps to
    a millionth, before and after y is measured in a unit that makes the bowl round."""
    flat, steep = bowl(100, 100, 1 / 100).points[-1]
    before, after = to_a_millionth(100), to_a_millionth(1)
    return Finding(
        HOLDS if flat > 0.3 and abs(steep) < 1e-12 and before > 100 * after else FAILS,
        f"{flat:.0%} left along the flat axis, nothing along the steep one; {before} steps, {after} in the other unit",
        {"flat": flat, "steep": steep, "before": before, "after": after},
    )


@claim(
    "It stops wherever the slope is zero, at a poor local minimum as at a good one",
    CON,
    about="batch",
    source="ruder2016overview",
)
def stops() -> Finding:
    """The Styblinski–Tang function, with four minima of different depth: 400 steps at η = 0.01 from 20 × 20 starts all
    over its domain, the share that ends at the deepest, and the largest slope left anywhere."""
    ground = LANDSCAPES["styblinski_tang"]
    p = np.stack(np.meshgrid(*2 * [np.linspace(-4.4, 4.4, 20)]))
    sgd = OPTIMIZERS["sgd"](p, lr=0.01)
    for _ in range(400):
        sgd.step(2 * p**3 - 16 * p + 2.5)
    slope = float(abs(2 * p**3 - 16 * p + 2.5).max())
    share = float((ground(*p) < ground.value(ground.minima[0]) + 1e-6).mean())
    return Finding(
        HOLDS if slope < 1e-9 and share < 0.5 else PARTLY if share < 1 else FAILS,
        f"{share:.0%} of 400 starts end at the deepest of four minima, the others at another",
        {"share": share, "slope": slope},
    )
