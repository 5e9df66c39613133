"""Run an optimizer on a problem and keep the path."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from .backends import array_backend, to_numpy
from .backends.base import COMPUTE
from .resolve import Make, OptimizerLike, maker_of
from .step import Stepper, Value
from .step.structure import Structure, plain


@dataclass(frozen=True)
class Trajectory:
    """The path of a descent.

    steps (k,): the steps that were recorded, from 0, the start; points (k, n): the parameters there, flattened;
    values (k,): the problem's value there; params: the answer, put together as the start was: the last parameters, or
    what the optimizer has to be evaluated in their place (`averaged`): Schedule-Free's mean, an average, slow weights.
    ended: why it ended, "steps" (all were taken), "diverged" (the last point or its value is not finite), "stopped" (by
    a callback) or "interrupted" (by Ctrl-C).
    """

    steps: np.ndarray
    points: np.ndarray
    values: np.ndarray
    params: Any
    ended: Literal["steps", "diverged", "stopped", "interrupted"] = "steps"

    @property
    def interrupted(self) -> bool:
        """Whether Ctrl-C ended the path: it is the one so far, and shorter than asked for."""
        return self.ended == "interrupted"

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


@dataclass(frozen=True)
class Moment:
    """What a callback sees: the steps taken, the parameters and the problem's value there, and the optimizer."""

    step: int
    params: Any
    value: float
    optimizer: Stepper


#: Called with each recorded point; where it returns True, the descent ends.
Callback = Callable[[Moment], bool | None]


class EarlyStopping:
    """A callback that ends a descent once `patience` recorded values in a row are no better than the best before them.

    Better is less, by more than `min_delta`. measure: what is judged in the place of the problem's value, a function of
    the parameters (a loss on data held out). `best` is the best value, at step `best_step`. It begins anew with each
    descent.
    """

    def __init__(self, patience: int = 10, min_delta: float = 0.0, measure: Callable[[Any], float] | None = None):
        whole("patience", patience, 1)
        if isinstance(min_delta, (bool, str)) or not 0 <= min_delta < math.inf:
            raise ValueError(f"min_delta must be a finite number >= 0, got {min_delta!r}")
        self.patience, self.min_delta, self.measure = patience, float(min_delta), measure
        self.best, self.best_step, self._since = math.inf, 0, 0

    def __call__(self, moment: Moment) -> bool:
        if moment.step == 0:
            self.best, self.best_step, self._since = math.inf, 0, 0
        value = moment.value if self.measure is None else float(self.measure(moment.params))
        if value < self.best - self.min_delta or (self.best == math.inf and value < math.inf):
            self.best, self.best_step, self._since = value, moment.step, 0
        else:
            self._since += 1
        return self._since >= self.patience


class Descent:
    """A problem and the parameters that are moved on it, one step at a time: what `minimize` and `find_lr` share.

    It owns a copy of the start, so its `params` are nobody else's. Arguments: as for `minimize`.
    """

    def __init__(
        self,
        problem: Any,
        optimizer: OptimizerLike | Make,
        start: Any,
        batch_size: int | None,
        seed: int,
        hyperparameters: Mapping[str, Value],
    ):
        make = maker_of(optimizer)
        if not callable(getattr(problem, "value", None)):
            raise TypeError(f"problem must have value(params) and gradient(params), got {problem!r}")
        examples = getattr(problem, "n_samples", None)
        if batch_size is not None:
            if examples is None:
                raise TypeError(
                    f"batch_size must be None for a problem without examples (n_samples), got {batch_size!r}"
                )
            whole("batch_size", batch_size, 1, examples)
        if start is None:
            start = problem.start(seed) if callable(problem.start) else problem.start
        if not isinstance(start, Mapping) and not _of_arrays(start):
            start = np.asarray(start) if isinstance(start, np.generic) else start
            start = start if str(getattr(start, "dtype", "")) in COMPUTE else np.array(start, dtype=float)
        self.problem = problem
        self._structure = Structure.of(start, "start")
        self._arrays = []
        for name, leaf in zip(self._structure.names, self._structure.leaves(start, "start"), strict=True):
            array_backend(f"start: {name!r}", leaf)
            self._arrays.append(plain(f"start: {name!r}", leaf).copy())
        if not self._arrays:
            raise ValueError(f"start has no arrays: {start!r}")
        self._own = set(map(id, self._arrays))
        self.params = self._structure.build(self._arrays)
        self.optimizer: Stepper = self._made(make, hyperparameters)
        place = {id(array): i for i, array in enumerate(self._arrays)}
        slots = self.optimizer.parameters.slots
        if not all(id(slot.array) in place for slot in slots):
            raise TypeError("optimizer must step the arrays that its function is given, as they are, in no Arena")
        self._order = [place[id(slot.array)] for slot in slots]
        self._batches = None if batch_size is None else batches(problem.n_samples, batch_size, seed)

    def _made(self, make: Make, hyperparameters: Mapping[str, Value]) -> Stepper:
        if "on_nonfinite" in hyperparameters:
            raise TypeError("on_nonfinite: gradients are not looked at here, for a path that diverges ends there")
        if isinstance(make, type):
            made: Stepper = make(self.params, on_nonfinite="ignore", **hyperparameters)
            return made
        if hyperparameters:
            given = ", ".join(hyperparameters)
            raise TypeError(f"{given}: hyperparameters belong inside the function that makes the optimizer")
        made = make(self.params)
        if not isinstance(made, Stepper):
            raise TypeError(f"optimizer must return an optimizer or a wrapper of one, got {made!r}")
        made.on_nonfinite = "ignore"
        return made

    def step(self) -> None:
        """One step, with the gradients of the next mini-batch; gradients are what the optimizer's own `step` takes."""
        batch = () if self._batches is None else (next(self._batches),)
        try:
            for _ in range(self.optimizer.evaluations - 1):
                self.optimizer.perturb(self._gradients(batch))  # type: ignore[attr-defined]
            self.optimizer.step(self._gradients(batch))
        except BaseException:  # between two gradients the parameters are not where the descent is
            if self.optimizer.evaluations > 1:
                self.optimizer.restore()  # type: ignore[attr-defined]
            raise

    def _gradients(self, batch: tuple[Any, ...]) -> Any:
        """The problem's gradients, put together as the optimizer's parameters are, which may be in groups."""
        leaves = self._structure.leaves(self.problem.gradient(self.params, *batch), "the gradient")
        mine = [leaf.copy() if {id(leaf), id(getattr(leaf, "base", None))} & self._own else leaf for leaf in leaves]
        return self.optimizer.parameters.assemble([mine[i] for i in self._order])

    def answer(self) -> Any:
        """What is to be evaluated, put together as the start was: the parameters, where there is nothing else."""
        other = {id(slot.array): value.astype(slot.array.dtype) for slot, value in self.optimizer.answer()}
        return self._structure.build([other.get(id(array), array) for array in self._arrays])

    def point(self) -> np.ndarray:
        """All parameters as one vector, copied."""
        return np.concatenate([to_numpy(array).ravel() for array in self._arrays])

    def value(self) -> float:
        """The problem's value where the parameters are."""
        return float(self.problem.value(self.params))


def _of_arrays(start: Any) -> bool:
    return isinstance(start, Sequence) and any(getattr(member, "ndim", 0) for member in start)


def minimize(
    problem: Any,
    optimizer: OptimizerLike | Make,
    start: Any = None,
    steps: int = 100,
    *,
    batch_size: int | None = None,
    seed: int = 0,
    record_every: int = 1,
    callback: Callback | None = None,
    progress: bool | None = None,
    **hyperparameters: Value,
) -> Trajectory:
    """Take `steps` steps on `problem` from `start` and return the `Trajectory`.

    optimizer: a key ("adam"), a class such as `fo.Adam` or a rule, with its hyperparameters after it; or a function
    that makes one of the parameters, wrapped or in groups: `lambda params: fo.Lookahead(fo.Adam(params, lr=0.1), k=5)`,
    `lambda params: fo.Adam([{"params": params["w"], "lr": 0.1}, {"params": params["b"]}])`; what it leaves out is
    left alone. `SAM` gets both of its gradients.
    problem: anything with `value(params)` and `gradient(params)`: a landscape, a learning problem, your own. Its
    gradients are what the optimizer's `step` takes, put together as the start is; None leaves a parameter as it is.
    start: a point (sequence of numbers), or a sequence or mapping of arrays, which is copied; None takes the problem's
    own, from `seed` if it is random. batch_size: examples in each mini-batch, drawn with `seed` from a problem that
    has `n_samples`; None uses them all. record_every: steps between recorded points (the last is always kept).
    callback: called with a `Moment` at each recorded point; where it returns True, as `EarlyStopping` does, the descent
    ends. progress: show a bar; None shows it in a terminal, after two seconds.

    Gradients are not checked for NaN: a descent that diverges ends there, and its trajectory says so. Ctrl-C ends it
    too: what is returned is the path so far, and says `interrupted`. Raises as the optimizer and its `step` do.
    """
    whole("steps", steps, 0)
    whole("record_every", record_every, 1)
    descent = Descent(problem, optimizer, start, batch_size, seed, hyperparameters)
    recorded: list[tuple[int, np.ndarray, float]] = []
    ended: Literal["steps", "diverged", "stopped", "interrupted"] = "steps"
    try:
        with np.errstate(all="ignore"):
            for t in _counted(steps, progress):
                if t:
                    descent.step()
                if t % record_every == 0 or t == steps:
                    point, value = descent.point(), descent.value()
                    recorded.append((t, point, value))
                    if not (np.isfinite(value) and np.isfinite(point).all()):
                        ended = "diverged"
                        break
                    if callback is not None and callback(Moment(t, descent.params, value, descent.optimizer)):
                        ended = "stopped"
                        break
    except KeyboardInterrupt:
        if not recorded:
            raise
        ended = "interrupted"
    ts, points, values = zip(*recorded, strict=True)
    with np.errstate(all="ignore"):
        answer = descent.answer()
    return Trajectory(np.array(ts), np.array(points), np.array(values), answer, ended)


def whole(name: str, given: Any, least: int, most: float = math.inf) -> None:
    """Raise ValueError unless `given` is a whole number from `least` to `most`."""
    if not isinstance(given, (int, np.integer)) or isinstance(given, bool) or not least <= given <= most:
        span = f">= {least}" if most == math.inf else f"from {least} to {most}"
        raise ValueError(f"{name} must be a whole number {span}, got {given!r}")


def _counted(steps: int, progress: bool | None) -> Sequence[int] | Any:
    from tqdm.auto import tqdm

    shown = sys.stderr.isatty() if progress is None else progress
    return tqdm(range(steps + 1), disable=not shown, delay=2, leave=False, unit="step")
