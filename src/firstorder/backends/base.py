"""What a backend is, and the step it is given to run."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from ..rules import Rule

#: Parameters may have these dtypes; 16-bit ones are computed, and their state kept, in float32.
#: bfloat16 is a dtype of the package ml_dtypes.
COMPUTE = {"float16": "float32", "bfloat16": "float32", "float32": "float32", "float64": "float64"}


@cache  # NumPy makes the name anew each time, which takes longer than all else a step asks of a small array
def dtype_name(dtype: np.dtype) -> str:
    return dtype.name


@cache
def _computed_in(dtype: np.dtype) -> np.dtype:
    return np.dtype(COMPUTE[dtype.name])


class BackendError(RuntimeError):
    """A backend that is unknown, or not available on this machine."""


class Step:
    """One step of a rule with every scalar known: what a backend needs besides the arrays.

    keywords: the keyword arguments of the rule's function.
    """

    __slots__ = ("_next", "_scalars", "keywords", "rule", "scalar_state", "t")

    def __init__(
        self, rule: Rule, t: float, hyperparameters: Mapping[str, float], scalar_state: tuple[float, ...] = ()
    ):
        self.rule, self.t, self.scalar_state = rule, t, scalar_state
        self.keywords = {"t": t, **hyperparameters} if "t" in rule.program.keywords else {**hyperparameters}
        self._scalars: tuple[tuple[float, ...], tuple[float, ...]] | None = None
        self._next: tuple[float, ...] | None = None

    @property
    def arguments(self) -> tuple[float, ...]:
        """The scalars of the generated loop, computed in float64."""
        if self._scalars is None:
            self._scalars = self.rule.scalars(*self.scalar_state, **self.keywords)
        return self._scalars[0]

    @property
    def next_scalar_state(self) -> tuple[float, ...]:
        if self._scalars is not None:  # the loop's scalars came with it
            return self._scalars[1]
        if self._next is None:
            self._next = tuple(map(float, self.rule.next_scalars(*self.scalar_state, **self.keywords)))
        return self._next

    def ready(self, backend: Backend) -> None:
        """Evaluate every scalar of an element-wise rule, so that what stops the step is raised before it."""
        _ = self.arguments if backend.compiles else self.next_scalar_state


class Cache(dict):
    """What was made of arrays, addresses and all: a copy or a pickle starts without it, for its arrays are others."""

    def __reduce__(self) -> Any:
        return Cache, ()


class Batch:
    """Parameters with their state arrays, in rows, that one element-wise rule updates in one go: here one by one.

    A backend that is faster on all at once has its own. A batch is made once for many steps, and holds the arrays. One
    without a rule, of parameters alone, looks whether gradients are finite.
    """

    def __init__(self, backend: Backend, rule: Rule | None, rows: Sequence[Sequence[Any]]):
        self.backend, self.rule, self.rows = backend, rule, rows
        self.parameters = [row[0] for row in rows]

    def take(self, gradients: Sequence[Any]) -> Taken:
        """Get ready for a step with these gradients, one for each row; None leaves a row as it is."""
        return Taken(self, gradients, [i for i, g in enumerate(gradients) if g is not None])


class Taken:
    """A batch and the gradients of one step; `single` are the rows to be updated one by one."""

    def __init__(self, batch: Batch, gradients: Sequence[Any], single: list[int]):
        self.batch, self.gradients, self.single = batch, gradients, single

    @property
    def parameters(self) -> Sequence[Any]:
        return self.batch.parameters

    def finite(self) -> bool:
        """Whether no gradient has NaN or infinity in the dtype that the step is computed in."""
        backend, rows = self.batch.backend, self.batch.rows
        return all(backend.all_finite(self.gradients[i], backend.compute_dtype(rows[i][0])) for i in self.single)

    def run(self, step: Step) -> None:
        """Update parameters and state in place."""
        for i in self.single:
            parameter, *state = self.batch.rows[i]
            self.batch.backend.run(step, (parameter, self.gradients[i], *state))


class Backend(ABC):
    """Runs steps over arrays. `arrays` is the kind of array it updates; `rank` orders the choice of "auto"."""

    name: str
    compiles = True  # whether it runs the generated loop, and not the rule's own function
    arrays: str = "numpy"
    rank: int = 0

    def __reduce__(self) -> Any:
        return "backend"  # the name of the one that there is, in its module

    @abstractmethod
    def missing(self) -> str | None:
        """Why the backend cannot be used here and what to install; None if it can."""

    @property
    @abstractmethod
    def xp(self) -> ModuleType:
        """The array module."""

    @abstractmethod
    def owns(self, array: Any) -> bool:
        """Whether `array` is of the kind this backend makes (each kind has one owner)."""

    @abstractmethod
    def run(self, step: Step, arrays: Sequence[Any]) -> None:
        """Update parameter and state in place; arrays: parameter, gradient, then the state arrays."""

    def batch(self, rule: Rule | None, rows: Sequence[Sequence[Any]]) -> Batch:
        """What runs an element-wise rule on many parameters at once; rows: each parameter and its state arrays."""
        return Batch(self, rule, rows)

    def whole(self, step: Step, arrays: Sequence[Any]) -> tuple[list[Any], tuple[float, ...]]:
        """What a rule that is not element-wise makes of whole tensors: the new values of those arrays that it writes,
        in order, and the next scalar state. Nothing is written yet, so that an error in one tensor changes none."""
        rule, dtype = step.rule, self.compute_dtype(arrays[0])
        written = rule.program.written
        if not arrays[0].size:  # nothing has no mean
            return [a for a, w in zip(arrays, written, strict=True) if w], step.scalar_state
        cast = [a.astype(dtype, copy=False) for a in arrays[:2]] + list(arrays[2:])
        scalars = [self.scalar(value, dtype) for value in step.scalar_state]
        results = rule.function(*cast, *scalars, **step.keywords)
        results = results if isinstance(results, tuple) else (results,)
        return list(results[: sum(written)]), tuple(map(self.number, results[sum(written) :]))

    def scalar(self, value: Any, dtype: np.dtype) -> Any:
        """A scalar state as a rule takes it, of what `number` made or a number."""
        return value

    def number(self, value: Any) -> Any:
        """A scalar state as it is kept: a number, or where that would make the host wait, an array of one."""
        return float(value)

    @abstractmethod
    def all_finite(self, array: Any, dtype: np.dtype) -> bool:
        """Whether no element is NaN or infinite in `dtype`, the one that the step is computed in."""

    @abstractmethod
    def extent(self, array: Any) -> tuple[int, int]:
        """First byte and one past the last byte of the array's memory."""

    @abstractmethod
    def overlap(self, a: Any, b: Any) -> bool:
        """Whether two arrays have an element in common (or may have: when that is too hard to tell)."""

    @staticmethod
    def folds(array: Any) -> bool:
        """Whether two elements of the array may be the same memory: strides that do not step over one another."""
        reach = array.dtype.itemsize
        for stride, length in sorted((abs(s), n) for s, n in zip(array.strides, array.shape, strict=True) if n > 1):
            if stride < reach:
                return array.size > 0
            reach += stride * (length - 1)
        return False

    @abstractmethod
    def writable(self, array: Any) -> bool:
        """Whether the array can be updated in place."""

    def compute_dtype(self, array: Any) -> np.dtype:
        """The dtype that an array's update is computed in and its state kept in."""
        return _computed_in(array.dtype)
