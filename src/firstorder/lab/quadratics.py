"""Linear methods on parabolas of many curvatures at once: how fast the error shrinks, and where noise leaves it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import sympy as sp

from ..derive import iteration_matrix, stationary_variance
from ..minimize import minimize
from ..problems import LANDSCAPES
from ..resolve import OptimizerLike
from .walks import walk


def radius(optimizer: OptimizerLike, x: Any, momentum: float) -> np.ndarray:
    """The spectral radius of a step at each rate times curvature of `x`: the factor of the error in the long run."""
    h = sp.Symbol("h", real=True)
    known = {sp.Symbol("lr", real=True): 1, sp.Symbol("momentum", real=True): momentum}
    at = sp.lambdify(h, iteration_matrix(optimizer, h).subs(known))
    return np.array([abs(np.linalg.eigvals(np.array(at(value), float))).max() for value in x])


def shrinking(optimizer: OptimizerLike, x: Any, momentum: float) -> np.ndarray:
    """The factor by which runs at each rate times curvature of `x` shrink a step: steps 101 to 200, from 1."""

    def size(p: np.ndarray, opt: Any) -> np.ndarray:
        return np.hypot(p, opt.state["b"])

    x = np.asarray(x, float)
    run = walk(optimizer, lambda p: x * p, 200, start=np.ones_like(x), keep=size, lr=1.0, momentum=momentum)
    return (run[200] / run[100]) ** (1 / 100)


def steps_to_millionth(optimizer: OptimizerLike, kappa: float, most: int, **settings: Any) -> int:
    """Steps until the distance on a bowl with curvatures 1 and `kappa` stays below a millionth; most + 1 if it does
    not."""
    bowl = LANDSCAPES["quadratic"].with_parameters(condition=kappa)
    path = minimize(bowl, optimizer, start=(1, 1), steps=most, progress=False, **settings)
    distance = np.linalg.norm(path.points, axis=1)
    return int(np.flatnonzero(distance > 1e-6 * distance[0])[-1]) + 1


def best_pairs(kappa: float) -> dict[str, tuple[str, dict[str, float]]]:
    """A rule with its rate and momentum for curvatures from 1 to `kappa`: the best pair of momentum, the best and the
    usual one of Nesterov's form."""
    root, root3 = kappa**0.5, (3 * kappa + 1) ** 0.5
    usual = (root - 1) / (root + 1)
    return {
        "momentum": ("momentum", {"lr": 4 / (root + 1) ** 2, "momentum": usual**2}),
        "best": ("nesterov", {"lr": 4 / root3**2, "momentum": (root3 - 2) / (root3 + 2)}),
        "usual": ("nesterov", {"lr": 1 / kappa, "momentum": usual}),
    }


@cache
def floors(optimizer: OptimizerLike, x: tuple[float, ...], runs: int = 2000, steps: int = 2000, **hyper: Any) -> Any:
    """The mean squared distance from the minimum at which noise of variance 1 leaves parabolas of curvature 1.

    x: effective rates, each η/(1 − momentum) for what `hyper` holds. Mean over all runs and over the last three
    quarters of the steps.
    """
    rates = np.array(x)[:, None] * (1 - hyper.get("momentum", 0.0))
    rng = np.random.default_rng(0)

    def slope(p: np.ndarray) -> np.ndarray:  # on parabolas scaled by their rates, so that one run serves all
        return rates * (p + rng.normal(size=p.shape))

    def square(p: np.ndarray, opt: Any) -> np.ndarray:
        return (p**2).mean(axis=1)

    start = np.zeros((len(x), runs))
    return walk(optimizer, slope, steps, start=start, keep=square, lr=1.0, **hyper)[steps // 4 :].mean(axis=0)


def noise_ratio(optimizer: OptimizerLike) -> sp.Expr:
    """The variance that noise leaves over that of SGD at the same effective rate: in `x`, that rate times curvature,
    and `momentum`."""
    h, lr, mu = sp.symbols("h lr momentum", real=True)
    x = sp.Symbol("x", positive=True)
    ours = stationary_variance(optimizer, h).subs(lr, x * (1 - mu) / h)
    return sp.factor(ours / stationary_variance("sgd", h).subs(lr, x / h))
