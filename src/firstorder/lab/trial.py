"""One training of a sweep: losses on the way, the parameters to judge, what it keeps, and how long a step takes."""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..arena import Arena
from ..minimize import batches
from ..optimizer import Optimizer, Value


class Run(NamedTuple):
    """One training: the losses recorded on the way (the first before any step) and the parameters to judge.

    params is None if the run left the finite numbers; `state`: numbers kept for each parameter; `seconds`: of a step
    with its gradient, the mean of the fastest ten in a row.
    """

    losses: list[float]
    params: dict[str, Any] | None
    state: float
    seconds: float


def train(
    problem: Any,
    optimizer: type[Optimizer],
    *,
    lr: float,
    steps: int,
    batch_size: int,
    seed: int,
    record_every: int | None = None,
    schedule: Callable[[float], Value] | None = None,
) -> Run:
    """Train once from the problem's start of `seed`, with mini-batches drawn by `seed`.

    The loss on all examples is recorded at every `record_every`-th step; with None, never. schedule: makes the
    schedule of a learning rate; None keeps it constant. All other hyperparameters are at their defaults, except that
    `lr_max`, where a rule has it, is `lr`.
    """
    rule = optimizer.rule
    params = Arena(problem.start(seed))
    views, gradient = params.views, params.zeros_like()
    given: dict[str, Value] = {"lr": schedule(lr) if schedule else lr}
    if "lr_max" in rule.hyperparameters:
        given["lr_max"] = lr
    opt = optimizer(params, on_nonfinite="ignore", **given)
    drawn = batches(problem.n_samples, batch_size, seed)
    losses = [problem.value(views)] if record_every else []
    times = []
    with np.errstate(all="ignore"):
        for t in range(1, steps + 1):
            begun = time.perf_counter()
            for name, g in problem.gradient(views, next(drawn)).items():
                gradient.views[name][...] = g
            if not math.isfinite(float(gradient.buffer.sum())):  # stop here: factorisations refuse NaN
                return Run(losses, None, 0.0, math.inf)
            opt.step(gradient)
            times.append(time.perf_counter() - begun)
            if record_every and t % record_every == 0:
                with opt.averaged():
                    losses.append(problem.value(views))
        opt.swap()  # for good: the run is over, and this is to be judged
        finite = math.isfinite(float(params.buffer.sum())) and math.isfinite(problem.value(views))
    seconds = min(np.mean(times[i : i + 10]) for i in range(0, steps, 10))
    return Run(losses, views if finite else None, _kept(opt) / params.buffer.size, float(seconds))


def _kept(opt: Optimizer) -> int:
    """How many numbers the state arrays hold."""
    return sum(array.size for slot in opt.parameters.slots for array in slot.state.values())
