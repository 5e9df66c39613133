"""Numba: the generated scalar loop, compiled once for each rule and dtype, over one array or a table of many."""

from __future__ import annotations

import contextlib
import hashlib
import importlib.util
import os
import sys
import threading
from collections.abc import Callable, Sequence
from functools import cache, partial
from itertools import compress
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from ..rules import Rule
from .base import Batch, Step, Taken, dtype_name
from .headers import PLAIN, PLAIN_FORTRAN, Headers, Held, address, addresses
from .numpy_backend import NumPyBackend, blocks

#: Below this many elements one thread is faster than starting several.
PARALLEL_FROM = 65_536

#: In the file's name, for Numba's own cache does not know them.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}

_HEADER = '''\
"""Generated: {title}."""
from math import cos, exp, log, pi, sin, sqrt, tanh

from numba import carray, get_num_threads, njit, prange, types
from numba.core.cgutils import voidptr_t
from numba.extending import intrinsic
from numpy import float32, float64, searchsorted, sign

OPTIONS = {options}


@intrinsic
def pointer_(typing, address):
    return types.voidptr(types.int64), lambda context, builder, sig, args: builder.inttoptr(args[0], voidptr_t)


@njit(inline="always", **OPTIONS)
def view_(address, n, dtype):
    return carray(pointer_(address), n, dtype)


@njit(error_model="numpy", inline="always")
def maximum(a, b):
    return a if a >= b or a != a else b


@njit(error_model="numpy", inline="always")
def minimum(a, b):
    return a if a <= b or a != a else b
'''

#: Zero times x is zero unless x is NaN or infinite; only the sum may be taken in any order, and so is vectorised.
_ZEROS = """\
def sum_of_zeros(a_):
    zero_ = sum_ = a_.dtype.type(0)
    for i_ in range(a_.size):
        sum_ += zero_ * a_[i_]
    return sum_"""

_FINITE = """\
def finite_{dtype}(table_, gradients_, ends_, first_, last_):
    k_ = searchsorted(ends_, first_, "right") - 1
    while first_ < last_:
        n_ = min(ends_[k_ + 1], last_) - first_
        if sum_of_zeros(view_(gradients_[k_] + (first_ - ends_[k_]) * {size}, n_, {dtype})) != 0:
            return False
        first_ += n_
        k_ += 1
    return True


def finite_{dtype}_parallel(table_, gradients_, ends_, workers_):
    bad_ = 0
    lines_ = -(-ends_[-1] // 64)
    for w_ in prange(workers_):
        first_, last_ = lines_ * w_ // workers_ * 64, min(lines_ * (w_ + 1) // workers_ * 64, ends_[-1])
        bad_ += not finite_{dtype}(table_, gradients_, ends_, first_, last_)
    return bad_ == 0"""


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("FIRSTORDER_CACHE") or Path(base, "firstorder"))


def _module(key: str, functions: Sequence[str]) -> ModuleType:
    """Generated functions, compiled when called: from a file, so that Numba can keep the compiled code beside it."""

    def source(**options: Any) -> str:
        decorated = [f"@njit(**OPTIONS{_own_options(function)})\n{function}\n" for function in functions]
        return "\n\n".join([_HEADER.format(title=key, options=OPTIONS | options), *decorated])

    kept = source(cache=True)
    name = f"firstorder_{key}_{hashlib.sha256(kept.encode()).hexdigest()[:16]}"
    path = _cache_folder() / f"{name}.py"
    try:
        if not path.exists() or path.read_text() != kept:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(kept)
            partial.replace(path)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
        return module
    except (OSError, RuntimeError):  # nowhere to write, or Numba finds no folder to keep it in: compile without keeping
        module = ModuleType(name)
        exec(compile(source(), name, "exec"), module.__dict__)
        return module


def _own_options(function: str) -> str:
    name = function.removeprefix("def ").partition("(")[0]
    if name == "sum_of_zeros":
        return ' | {"fastmath": {"reassoc"}}'
    return ' | {"parallel": True}' * name.endswith("_parallel")


@cache
def _rule_module(rule: Rule) -> ModuleType:
    from ..reading.python import python_loop, python_rows

    rows = "\n\n\n".join(python_rows(rule.program, dtype) for dtype in ("float32", "float64"))
    return _module(rule.key, [python_loop(rule.program), *rows.split("\n\n\n")])


@cache
def _finite_module() -> ModuleType:
    forms = [_FINITE.format(dtype=dtype, size=size) for dtype, size in (("float32", 4), ("float64", 8))]
    return _module("finite", [_ZEROS, *(function for form in forms for function in form.split("\n\n\n"))])


@cache
def compiled(rule: Rule, dtype: str, parallel: bool) -> Callable[..., None]:
    """The rule's loop over rows as a Numba dispatcher: `(table, gradients, ends, first, last, ...scalars)`, or if it is
    parallel `(table, gradients, ends, workers, ...scalars)`."""
    return getattr(_rule_module(rule), f"{rule.key}_{dtype}{'_parallel' * parallel}")


@cache
def _finite(dtype: str, parallel: bool) -> Callable[..., bool]:
    return getattr(_finite_module(), f"finite_{dtype}{'_parallel' * parallel}")


# ── threads and forks ─────────────────────────────────────────────────────────────────────────────

_one_at_a_time = threading.Lock()
_forked = False


def _after_fork() -> None:
    """In a child made by fork after Numba had started its threads: they are not there, and it cannot start others."""
    global _forked, _one_at_a_time
    _one_at_a_time = threading.Lock()
    if numba := sys.modules.get("numba"):
        with contextlib.suppress(ValueError):  # it had not started any
            numba.threading_layer()
            _forked = True


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)


def _call(
    function: Callable[[str, bool], Callable[..., Any]],
    addresses: np.ndarray,
    gradients: np.ndarray,
    ends: np.ndarray,
    size: int,
    dtype: str,
    *scalars: float,
) -> Any:
    """Run a compiled function on what a `Table` has, on several threads if it is large.

    Numba's layer "workqueue" ends the process when two Python threads use it at once; and no layer survives a fork.
    """
    if size < PARALLEL_FROM or _forked:
        return function(dtype, False)(addresses, gradients, ends, 0, size, *scalars)
    from numba import get_num_threads

    with _one_at_a_time:
        return function(dtype, True)(addresses, gradients, ends, get_num_threads(), *scalars)


# ── many arrays ───────────────────────────────────────────────────────────────────────────────────


class Table(NamedTuple):
    """Arrays of one dtype by their addresses, those of a row in each column; `ends` is as `python_rows` has it."""

    addresses: np.ndarray
    gradients: np.ndarray
    ends: np.ndarray
    size: int
    dtype: str

    @classmethod
    def of(cls, addresses: np.ndarray, gradients: np.ndarray, sizes: np.ndarray, dtype: str) -> Table:
        ends = np.concatenate([[0], sizes.cumsum()])
        return cls(addresses, gradients, ends, int(ends[-1]), dtype)


class _Batch(Batch):
    """By the addresses of all arrays that are plain (of the dtype of the step and in C order); the rest one by one."""

    def __init__(self, backend: NumbaBackend, rule: Rule | None, rows: Sequence[Sequence[np.ndarray]]):
        super().__init__(backend, rule, rows)
        self._lay_out()

    def _lay_out(self) -> None:
        self._held = Held([array for row in self.rows for array in row])
        by_dtype: dict[str, list[int]] = {}
        for i, row in enumerate(self.rows):
            dtype = self.backend.compute_dtype(row[0])
            if Headers([row[0].shape] * len(row), [dtype] * len(row)).addresses(row).all():
                by_dtype.setdefault(dtype.name, []).append(i)
        self.parts: list[tuple[list[int], Headers, np.ndarray, Table]] = []
        for name, members in by_dtype.items():
            rows = [self.rows[i] for i in members]
            sizes = np.array([row[0].size for row in rows], np.int64)
            columns = np.array([addresses(column) for column in zip(*rows, strict=True)], np.int64)
            table = Table.of(columns, columns[0], sizes, name)
            headers = Headers([row[0].shape for row in rows], [np.dtype(name)] * len(rows))
            self.parts.append((members, headers, sizes, table))
        self.odd = sorted(set(range(len(self.rows))).difference(*by_dtype.values()))

    def take(self, gradients: Sequence[np.ndarray]) -> Taken:
        if not self._held.unchanged():
            self._lay_out()
        return _Taken(self, gradients)


class _Taken(Taken):
    def __init__(self, batch: _Batch, gradients: Sequence[np.ndarray]):
        super().__init__(batch, gradients, [i for i in batch.odd if gradients[i] is not None])
        self.tables = []
        for members, headers, sizes, table in batch.parts:
            whole = len(members) == len(gradients)
            found = headers.addresses(gradients if whole else [gradients[i] for i in members])
            if not found.all():
                self.single += [
                    i for i, at in zip(members, found.tolist(), strict=True) if not at and gradients[i] is not None
                ]
                self.tables.append(Table.of(table.addresses, found, np.where(found, sizes, 0), table.dtype))
            else:
                self.tables.append(table._replace(gradients=found))

    def finite(self) -> bool:
        return all(_call(_finite, *table) for table in self.tables) and super().finite()

    def run(self, step: Step) -> None:
        for table in self.tables:
            _call(partial(compiled, step.rule), *table, *step.arguments)
        super().run(step)


class NumbaBackend(NumPyBackend):
    name = "numba"
    compiles = True
    rank = 1

    def missing(self) -> str | None:
        return None if importlib.util.find_spec("numba") else "pip install 'firstorder[fast]' (or numba)"

    def owns(self, array: Any) -> bool:
        return False  # its arrays are NumPy's

    def batch(self, rule: Rule | None, rows: Sequence[Sequence[np.ndarray]]) -> Batch:
        return _Batch(self, rule, rows)

    def all_finite(self, array: np.ndarray, dtype: np.dtype) -> bool:
        if array.size < PARALLEL_FROM or array.dtype != dtype or array.flags.num & PLAIN != PLAIN:
            return super().all_finite(array, dtype)
        gradients = np.array([address(array)])
        return _call(_finite, gradients[:, None], gradients, np.array([0, array.size]), array.size, dtype.name)

    def run(self, step: Step, arrays: Sequence[np.ndarray]) -> None:
        dtype = self.compute_dtype(arrays[0])
        if _in_one_order(arrays, dtype):
            _loop(step, arrays, dtype)
            return
        written = step.rule.program.written
        for block in blocks(arrays, dtype, written):
            copies = [np.array(part) for part in block]
            _loop(step, copies, dtype)
            for target, copy in compress(zip(block, copies, strict=True), written):
                target[...] = copy


def _in_one_order(arrays: Sequence[np.ndarray], dtype: np.dtype) -> bool:
    """Whether the arrays are of `dtype` and lie in memory without gaps, all in C order or all in Fortran's."""
    flags = PLAIN | PLAIN_FORTRAN
    for array in arrays:
        if array.dtype != dtype:
            return False
        flags &= array.flags.num
    return flags in (PLAIN, PLAIN_FORTRAN, PLAIN | PLAIN_FORTRAN)


def _loop(step: Step, arrays: Sequence[np.ndarray], dtype: np.dtype) -> None:
    """Update one parameter and its state, which lie alike in memory."""
    parameter, gradient, *state = addresses(arrays)
    size = arrays[0].size
    numbers = np.array([parameter, *state, gradient, 0, size])
    table = numbers[:-3, None], numbers[-3:-2], numbers[-2:], size, dtype_name(dtype)
    _call(partial(compiled, step.rule), *table, *step.arguments)


backend = NumbaBackend()
