"""Numba: the generated scalar loop, compiled once for each rule and dtype, parallel over large arrays."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import sys
from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from ..rules import Rule
from .base import Step
from .numpy_backend import NumPyBackend, blocks

#: Below this many elements one thread is faster than starting several.
PARALLEL_FROM = 65_536

_HEADER = '''\
"""Generated from the rule {key!r}."""
from math import cos, exp, log, pi, sin, sqrt, tanh

from numba import njit, prange


@njit(error_model="numpy", inline="always")
def maximum(a, b):
    return a if a >= b or a != a else b


@njit(error_model="numpy", inline="always")
def minimum(a, b):
    return a if a <= b or a != a else b


@njit(error_model="numpy", inline="always")
def sign(x):
    return x if x == 0 or x != x else x / abs(x)


'''


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("FIRSTORDER_CACHE") or Path(base, "firstorder"))


def _module(rule: Rule) -> tuple[Any, bool]:
    """The generated loop as a module: from a file, so that Numba can keep the compiled code beside it."""
    source = _HEADER.format(key=rule.key) + rule.python() + "\n"
    name = f"firstorder_{rule.key}_{hashlib.sha256(source.encode()).hexdigest()[:16]}"
    path = _cache_folder() / f"{name}.py"
    try:
        if not path.exists() or path.read_text() != source:
            path.parent.mkdir(parents=True, exist_ok=True)
            partial = path.with_suffix(f".{os.getpid()}")
            partial.write_text(source)
            partial.replace(path)
        spec = importlib.util.spec_from_file_location(name, path)
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        sys.modules[name] = module
        return module, True
    except OSError:  # nowhere to write: compile without keeping
        module = type(sys)(name)
        exec(compile(source, name, "exec"), module.__dict__)
        return module, False


@cache
def compiled(rule: Rule, parallel: bool) -> Callable[..., None]:
    """The rule's loop as a Numba dispatcher."""
    from numba import njit

    module, keep = _module(rule)
    options: dict[str, Any] = {"error_model": "numpy", "cache": keep, "nogil": True, "fastmath": {"contract"}}
    return njit(parallel=parallel, **options)(getattr(module, rule.key))


class NumbaBackend(NumPyBackend):
    name = "numba"
    rank = 1

    def missing(self) -> str | None:
        return None if importlib.util.find_spec("numba") else "pip install 'firstorder[fast]' (or numba)"

    def owns(self, array: Any) -> bool:
        return False  # its arrays are NumPy's

    def run(self, step: Step, arrays: Sequence[np.ndarray]) -> None:
        dtype = self.compute_dtype(arrays[0])
        scalars = tuple(map(dtype.type, step.arguments))
        if flat := _flat(arrays, dtype):
            compiled(step.rule, flat[0].size >= PARALLEL_FROM)(*flat, *scalars)
            return
        loop = compiled(step.rule, False)
        for block in blocks(arrays, dtype, step.rule.program.written):
            loop(*map(np.ascontiguousarray, block), *scalars)


def _flat(arrays: Sequence[np.ndarray], dtype: np.dtype) -> list[np.ndarray] | None:
    """One-dimensional views in one memory order, or None if layouts or dtypes differ."""
    if any(a.dtype != dtype for a in arrays):
        return None
    if all(a.flags.c_contiguous for a in arrays):
        return [a.reshape(-1) for a in arrays]
    if all(a.flags.f_contiguous for a in arrays):
        return [a.T.reshape(-1) for a in arrays]
    return None


backend = NumbaBackend()
