"""An optimizer that meets given gradients, or those of a slope: where it goes, step by step."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ..resolve import maker_of


def made(optimizer: Any, p: Any, **hyper: Any) -> Any:
    """The optimizer of parameters by its key or rule, or by the class or function that makes it."""
    return maker_of(optimizer)(p, **hyper)


def point(p: Any, opt: Any) -> Any:
    """What a walk keeps: a copy of the parameters."""
    return p.copy()


def walk(
    optimizer: Any,
    gradients: Callable[[Any], Any] | Iterable[Any],
    steps: int | None = None,
    *,
    start: Any = 0.0,
    keep: Callable[[Any, Any], Any] = point,
    **hyper: Any,
) -> np.ndarray:
    """Where an optimizer goes from `start`: the parameters before the first step and after each, (steps + 1, ...).

    optimizer: a key, a rule, a class, or a function that makes one of the parameters. gradients: one for each step, or
    a function of the parameters that is asked `steps` times. keep: what to keep of (parameters, optimizer) in their
    place. Gradients are not checked for NaN.
    """
    given = None if callable(gradients) else [np.asarray(g, float) for g in gradients]
    p = np.array(np.broadcast_to(start, given[0].shape) if given else start, float)
    opt = made(optimizer, p, **hyper)
    opt.on_nonfinite = "ignore"
    path = [keep(p, opt)]
    with np.errstate(all="ignore"):
        for t in range(len(given) if given else steps or 0):
            opt.step(given[t] if given else np.array(gradients(p)))  # type: ignore[operator]
            path.append(keep(p, opt))
    return np.array(path)


def along(gradients: Iterable[float], optimizer: Any = "adam", **hyper: Any) -> np.ndarray:
    """The path of one parameter that meets these gradients, from 0, at a rate of 1 if no other is given."""
    return walk(optimizer, np.asarray(gradients, float)[:, None], **{"lr": 1.0, **hyper})[:, 0]


def noisy(slope: Any = 1.0, seed: int = 0, minimum: float = 0.0) -> Callable[[Any], Any]:
    """The gradient of slope · (θ − minimum)²/2, by parameter, with noise of standard deviation `slope`."""
    rng = np.random.default_rng(seed)
    return lambda p: slope * (p - minimum + rng.normal(size=p.shape))


def distance(optimizer: Any, steps: int, size: int = 1000, **hyper: Any) -> float:
    """The root mean square distance from the minimum of θ²/2, the start, after steps with noise of deviation 1."""
    path = walk(optimizer, noisy(), steps, start=np.zeros(size), keep=lambda p, opt: (p**2).mean(), **hyper)
    return float(path[-1] ** 0.5)


def look_ahead(
    problem: Any, steps: int, *, lr: float, momentum: Callable[[int], float]
) -> tuple[np.ndarray, np.ndarray]:
    """Nesterov's method as it was published: the points φ after each step, and where its gradient was taken."""
    phi, d, points, looked = np.array(problem.start, float), 0.0, [], []
    for t in range(1, steps + 1):
        looked.append(phi + momentum(t) * d)
        d = momentum(t) * d - lr * problem.gradient(looked[-1])
        phi = phi + d
        points.append(phi)
    return np.array(points), np.array(looked)


def energies(problem: Any, steps: int, lr: float = 1.0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Nesterov's method with growing momentum, on a loss that is 0 at its minimum, 0: its energy, its loss, both after
    each step, and where its gradients were taken."""
    points, looked = look_ahead(problem, steps, lr=lr, momentum=lambda t: (t - 2) / (t + 1))
    t = np.arange(1, steps + 1)
    lead = points + (t[:, None] - 1) / 2 * np.diff(points, axis=0, prepend=problem.start[None])
    losses = np.array([problem.value(p) for p in points])
    return lr * (t + 1) ** 2 * losses + 2 * (lead**2).sum(axis=1), losses, looked
