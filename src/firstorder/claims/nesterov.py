"""Claims about Nesterov's accelerated gradient."""

from typing import Any

import numpy as np

from ..minimize import minimize
from ..optimizer import Optimizer
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim
from .momentum import steps_needed, trained


def best_momentum(key: str, condition: float) -> float:
    """The μ with the fastest rate on quadratics of this condition number."""
    root = condition**0.5 if key == "momentum" else (3 * condition + 1) ** 0.5 / 2
    return ((root - 1) / (root + 1)) ** (2 if key == "momentum" else 1)


@claim(
    "It converges faster than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="where μ is above its best value; with both tuned, momentum is faster on a quadratic",
)
def faster() -> Finding:
    """Bowls with κ = 10, 100, 1000: steps until the distance stays below a millionth, at the best of 400 rates, with
    the μ that theory gives each method for this κ, and with μ = 0.98 for both."""
    tuned, high = {}, {}
    for kappa in (10, 100, 1000):
        ours, ball = (steps_needed(key, kappa, momentum=best_momentum(key, kappa)) for key in ("nesterov", "momentum"))
        tuned[kappa] = ours / ball
        ours, ball = (steps_needed(key, kappa, limit=1400, momentum=0.98) for key in ("nesterov", "momentum"))
        high[kappa] = ours / ball
    better = {"tuned": max(tuned.values()) < 1, "high": max(high.values()) < 1}

    def words(ratios: dict[int, float]) -> str:
        return ", ".join(f"{ratio:.2f}" for ratio in ratios.values())

    return Finding(
        HOLDS if all(better.values()) else PARTLY if better["high"] else FAILS,
        f"its steps over momentum's for κ = 10, 100, 1000: {words(tuned)} tuned, {words(high)} with μ = 0.98",
        {f"tuned_{kappa}": ratio for kappa, ratio in tuned.items()} | {f"high_{kappa}": r for kappa, r in high.items()},
    )


@claim(
    "It trains a network faster than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="a lower mean, but the ranges of the seeds overlap",
)
def trains_faster() -> Finding:
    """A network with 32 units on the digits, 150 steps, batches of 64 and of 8, μ = 0.9, both tuned over the same six
    effective rates with three seeds: training loss of five other seeds."""
    values: dict[str, float] = {}
    words, lower, clear = [], [], []
    for size in (64, 8):
        ours, ball = (trained(key, size, momentum=0.9) for key in ("nesterov", "momentum"))
        lower.append(ours[0] < ball[0])
        clear.append(ours[2] < ball[1])
        values |= {f"nesterov_{size}": ours[0], f"momentum_{size}": ball[0]}
        words.append(
            f"batches of {size}: {ours[0]:.2f} ({ours[1]:.2f} to {ours[2]:.2f}) "
            f"against {ball[0]:.2f} ({ball[1]:.2f} to {ball[2]:.2f})"
        )
    return Finding(HOLDS if all(clear) else PARTLY if all(lower) else FAILS, "; ".join(words), values)


def lowest(key: str, lr: float, steps: int = 100) -> float:
    """How far past the minimum of θ²/2 a start at 1 gets, with μ = 0.9."""
    p, path = np.ones(1), []
    optimizer = Optimizer.of(RULES[key])(p, lr=lr, momentum=0.9)
    for _ in range(steps):
        optimizer.step(p.copy())
        path.append(float(p[0]))
    return max(0.0, -min(path))


@claim(
    "It overshoots less than momentum",
    PRO,
    about="nesterov",
    source="sutskever2013importance",
    verdict=PARTLY,
    conditions="for ηh below 1; above, within its range of stability, it overshoots more",
)
def overshoots_less() -> Finding:
    """A parabola of curvature 1, start at 1, μ = 0.9, the same rate for both, ηh from 0.05 to 1.3: how far past the
    minimum the path gets. At ηh = 1 both get as far."""
    rates = np.arange(1, 27) / 20
    ours, ball = ([lowest(key, lr) for lr in rates] for key in ("nesterov", "momentum"))
    less = np.array([a < b - 1e-9 for a, b in zip(ours, ball, strict=True)])
    below, above = less[rates < 1], less[rates > 1]
    return Finding(
        HOLDS if less.all() else PARTLY if below.all() else FAILS,
        f"less at {below.sum()} of {below.size} rates below ηh = 1, at {above.sum()} of {above.size} above; "
        f"at ηh = 0.1 by {ours[1]:.2f} against {ball[1]:.2f}, at 0.5 by {ours[9]:.2f} against {ball[9]:.2f}, "
        f"at 1.3 by {ours[25]:.2f} against {ball[25]:.2f}",
        {"below": int(below.sum()), "above": int(above.sum()), "nesterov": ours[9], "momentum": ball[9]},
    )


@claim("It tolerates a momentum close to 1", PRO, about="nesterov", source="sutskever2013importance")
def tolerates_high_momentum() -> Finding:
    """A bowl with κ = 100, steps until the distance stays below a millionth at the best of 400 rates: with μ = 0.98
    over those with the μ that theory gives the method."""
    times = {
        key: steps_needed(key, 100, limit=1400, momentum=0.98)
        / steps_needed(key, 100, momentum=best_momentum(key, 100))
        for key in ("nesterov", "momentum")
    }
    return Finding(
        HOLDS if times["nesterov"] < times["momentum"] / 2 else FAILS,
        f"{times['nesterov']:.1f} times the steps of its best μ, momentum {times['momentum']:.1f} times",
        times,
    )


@claim(
    "It is stable at larger learning rates than momentum",
    PRO,
    about="nesterov",
    verdict=FAILS,
    conditions="on a quadratic its bound is lower, for every μ above 0",
)
def larger_rates() -> Finding:
    """Parabolas of 400 curvatures, 1,500 steps from 1: the ηh below which no run has grown, for μ = 0.5 and 0.9."""
    grid, values = np.arange(0.005, 4, 0.01), {}
    for mu in (0.5, 0.9):
        for key in ("nesterov", "momentum"):
            p = np.ones_like(grid)
            optimizer = Optimizer.of(RULES[key])(p, lr=1.0, momentum=mu, on_nonfinite="ignore")
            with np.errstate(all="ignore"):
                for _ in range(1500):
                    optimizer.step(grid * p)
            values[f"{key}_{mu}"] = float(grid[np.argmin(np.abs(p) < 1)])
    higher = all(values[f"nesterov_{mu}"] > values[f"momentum_{mu}"] for mu in (0.5, 0.9))
    return Finding(
        HOLDS if higher else FAILS,
        "; ".join(
            f"μ = {mu}: ηh below {values[f'nesterov_{mu}']:.2f} against {values[f'momentum_{mu}']:.2f}"
            for mu in (0.5, 0.9)
        ),
        values,
    )


class Kinked:
    """The strongly convex function of one variable on which tuned momentum cycles (Lessard, Recht and Packard)."""

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """Slope 25 outside 1 to 2, slope 1 inside."""
        return np.where(p < 1, 25 * p, np.where(p < 2, p + 24, 25 * p - 24))

    def value(self, p: np.ndarray) -> float:
        inside = np.clip(p, 1, 2) - 1
        return float(np.sum(25 * p**2 / 2 - 24 * (inside**2 / 2 + (p > 2) * (p - 2))))


@claim(
    "At its usual settings it converges on every smooth, strongly convex function; momentum at its best pair for "
    "quadratics does not",
    PRO,
    about="nesterov",
    source=("nesterov2004introductory", "lessard2016analysis"),
)
def converges() -> Finding:
    """The function with curvatures between 1 and 25 of Lessard, Recht and Packard, 201 starts in ±5, 500 steps, κ = 25:
    Nesterov at its usual η and μ, momentum at its best pair. Starts from which it is not within a millionth."""
    starts = np.linspace(-5, 5, 201)
    settings = {"nesterov": (1 / 25, 4 / 6), "momentum": (1 / 9, 4 / 9)}
    stuck = {}
    for key, (lr, mu) in settings.items():
        end = minimize(Kinked(), RULES[key], start=starts, steps=500, record_every=500, lr=lr, momentum=mu).points[-1]
        stuck[key] = int(np.sum(np.abs(end) > 1e-6))
    return Finding(
        HOLDS if stuck["nesterov"] == 0 < stuck["momentum"] else FAILS,
        f"stuck from {stuck['nesterov']} of {len(starts)} starts, momentum from {stuck['momentum']}",
        stuck,
    )


class Flat:
    """A convex quadratic whose curvatures fall to a millionth, such that gradient descent gains only as 1/t."""

    def __init__(self, n: int = 1000):
        k = np.arange(1, n + 1)
        self.curvatures, self.start = (k / n) ** 2, k**-0.5

    def value(self, p: np.ndarray) -> float:
        return float(self.curvatures @ p**2 / 2)

    def gradient(self, p: np.ndarray) -> np.ndarray:
        return self.curvatures * p


def growing(t: float) -> float:
    """The momentum (t − 1)/(t + 2) that gives the rate 1/t²."""
    return (t - 1) / (t + 2)


def order(key: str, **hyperparameters: Any) -> float:
    """q of the fall of the loss on `Flat` as 1/t^q, from step 100 to 1,000, at η = 1/L."""
    path = minimize(Flat(), RULES[key], steps=1000, record_every=100, lr=1.0, **hyperparameters)
    return float(-np.log10(path.values[10] / path.values[1]))


@claim(
    "On convex functions its loss falls as 1/t², that of gradient descent as 1/t",
    PRO,
    about="nesterov",
    source="nesterov1983method",
    verdict=PARTLY,
    conditions="with a momentum that grows as (t − 1)/(t + 2); with a constant 0.9 the order is 1",
)
def order_two() -> Finding:
    """A convex quadratic with 1,000 curvatures from a millionth to 1, η = 1/L: the order q of the fall 1/t^q between
    steps 100 and 1,000."""
    orders = {
        "gradient descent": order("sgd"),
        "growing momentum": order("nesterov", momentum=growing),
        "μ = 0.9": order("nesterov", momentum=0.9),
    }
    two = orders["growing momentum"] > 1.9 and orders["gradient descent"] < 1.1
    return Finding(
        (HOLDS if orders["μ = 0.9"] > 1.9 else PARTLY) if two else FAILS,
        ", ".join(f"{name} q = {q:.2f}" for name, q in orders.items()),
        orders,
    )


@claim("With a growing momentum the loss rises on the way", CON, about="nesterov")
def rises() -> Finding:
    """A bowl with κ = 20, η = 1/L, momentum (t − 1)/(t + 2), 300 steps: at how many of them the loss rises, against
    gradient descent."""
    problem = Flat(1)
    problem.curvatures, problem.start = np.array([0.05, 1.0]), np.ones(2)

    def count(key: str, **hyperparameters: Any) -> int:
        path = minimize(problem, RULES[key], steps=300, lr=1.0, **hyperparameters)
        return int(np.sum(np.diff(path.values) > 0))

    ours, sgd = count("nesterov", momentum=growing), count("sgd")
    return Finding(
        HOLDS if ours > 0 == sgd else FAILS,
        f"{ours} of 300 steps, gradient descent {sgd}",
        {"nesterov": ours, "sgd": sgd},
    )
