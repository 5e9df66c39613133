"""Run an optimizer on a problem and keep the path."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .arena import Arena
from .backends import array_backend
from .backends.base import COMPUTE
from .optimizer import Optimizer
from .rules import Rule
from .step import Stepper, Value


@dataclass(frozen=True)
class Trajectory:
    """The path of a descent.

    steps (k,): the steps that were recorded, from 0, the start; points (k, n): the parameters there, flattened;
    values (k,): the problem's value there; params: the last parameters, put together as the start was.
    A path that diverges ends with the first point whose value or coordinates are not finite.
    """

    steps: np.ndarray
    points: np.ndarray
    values: np.ndarray
    params: Any

    @property
    def diverged(self) -> int | None:
        """The step at which the path left the finite numbers; None if it did not."""
        finite = np.isfinite(self.values[-1]) and np.isfinite(self.points[-1]).all()
        return None if finite else int(self.steps[-1])

    def __len__(self) -> int:
        return len(self.steps)


def batches(n: int, size: int, seed: int) -> Iterator[np.ndarray]:
    """Mini-batches of indices without end: every epoch a new permutation of range(n), cut into pieces of `size`."""
    rng = np.random.default_rng(seed)
    while True:
        order = rng.permutation(n)
        yield from (order[i : i + size] for i in range(0, n, size))


#: What makes an optimizer of parameters.
Make = Callable[[Any], Stepper]


def optimizer_class(optimizer: Any) -> type[Optimizer]:
    """`optimizer` if it is an optimizer class, or the class of a `Rule`."""
    if isinstance(optimizer, Rule):
        return Optimizer.of(optimizer)
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer) and optimizer is not Optimizer:
        return optimizer
    raise TypeError(f"optimizer must be a class such as firstorder.Adam, or a rule, got {optimizer!r}")


def _made(optimizer: type[Optimizer] | Rule | Make, params: Any, hyperparameters: dict[str, Value]) -> Any:
    """The optimizer of `params`, which takes gradients as they are."""
    if isinstance(optimizer, (type, Rule)) or not callable(optimizer):
        return optimizer_class(optimizer)(params, on_nonfinite="ignore", **hyperparameters)
    if hyperparameters:
        given = ", ".join(hyperparameters)
        raise TypeError(f"{given}: hyperparameters belong inside the function that makes the optimizer")
    made = optimizer(params)
    if not isinstance(made, Stepper):
        raise TypeError(f"optimizer must return an optimizer or a wrapper of one, got {made!r}")
    made.on_nonfinite = "ignore"
    return made


def minimize(
    problem: Any,
    optimizer: type[Optimizer] | Rule | Make,
    start: Any = None,
    steps: int = 100,
    *,
    batch_size: int | None = None,
    seed: int = 0,
    record_every: int = 1,
    progress: bool | None = None,
    **hyperparameters: Value,
) -> Trajectory:
    """Take `steps` steps on `problem` from `start` and return the `Trajectory`.

    optimizer: a class such as `fo.Adam` or a rule, with its hyperparameters after it; or a function that makes one of
    the parameters: `lambda params: fo.Lookahead(fo.Adam(params, lr=0.1), k=5)`. `SAM` gets both of its gradients.
    problem: anything with `value(params)` and `gradient(params)`: a landscape, a learning problem, your own.
    start: a point (sequence of numbers) or a mapping of arrays, which is copied; None takes the problem's own,
    from `seed` if it is random. batch_size: examples in each mini-batch, drawn with `seed` from a problem that
    has `n_samples`; None uses them all. record_every: steps between recorded points (the last is always kept).
    progress: show a bar; None shows it in a terminal, after two seconds.

    Gradients are not checked for NaN: a descent that diverges ends there, and its trajectory says so.
    """
    _whole("steps", steps, 0)
    _whole("record_every", record_every, 1)
    examples = getattr(problem, "n_samples", None)
    if batch_size is not None:
        if examples is None:
            raise TypeError(f"batch_size must be None for a problem without examples (n_samples), got {batch_size!r}")
        _whole("batch_size", batch_size, 1, examples)
    if start is None:
        start = problem.start(seed) if callable(problem.start) else problem.start
    if not isinstance(start, dict):
        start = start if str(getattr(start, "dtype", "")) in COMPUTE else np.array(start, dtype=float)
    params = Arena(start)
    views = params.views
    grads = params.zeros_like()
    opt = _made(optimizer, params, hyperparameters)
    drawn = None if batch_size is None else batches(problem.n_samples, batch_size, seed)
    to_numpy = getattr(array_backend("start", params.buffer).xp, "asnumpy", np.asarray)

    recorded: list[tuple[int, np.ndarray, float]] = []
    with np.errstate(all="ignore"):
        for t in _counted(steps, progress):
            if t:
                batch = () if drawn is None else (next(drawn),)
                _fill(grads.views, problem.gradient(views, *batch))
                for _ in range(opt.evaluations - 1):
                    opt.perturb(grads)
                    _fill(grads.views, problem.gradient(views, *batch))
                opt.step(grads)
            if t % record_every == 0 or t == steps:
                point, value = to_numpy(params.buffer).copy(), float(problem.value(views))
                recorded.append((t, point, value))
                if not (np.isfinite(value) and np.isfinite(point).all()):
                    break
    ts, points, values = zip(*recorded, strict=True)
    return Trajectory(np.array(ts), np.array(points), np.array(values), views)


def _whole(name: str, given: Any, least: int, most: float = math.inf) -> None:
    if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or not least <= given <= most:
        span = f">= {least}" if most == math.inf else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {span}, got {given!r}")


def _fill(target: Any, source: Any) -> None:
    if isinstance(target, dict):
        for name, view in target.items():
            view[...] = source[name]
    else:
        target[...] = source


def _counted(steps: int, progress: bool | None) -> Sequence[int] | Any:
    from tqdm.auto import tqdm

    shown = sys.stderr.isatty() if progress is None else progress
    return tqdm(range(steps + 1), disable=not shown, delay=2, leave=False, unit="step")
