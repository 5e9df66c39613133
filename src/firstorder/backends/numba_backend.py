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

from ..reading import python_loop
from ..rules import Rule
from .base import Step
from .numpy_backend import NumPyBackend, blocks

#: Below this many elements one thread is faster than starting several.
PARALLEL_FROM = 65_536

#: In the file's name, for Numba's own cache does not know them.
OPTIONS: dict[str, Any] = {"error_model": "numpy", "nogil": True, "fastmath": {"contract"}}

_HEADER = '''\
"""Generated from the rule {key!r}."""
from math import cos, exp, log, pi, sin, sqrt, tanh

from numba import njit, prange
from numpy import sign


@njit(error_model="numpy", inline="always")
def maximum(a, b):
    return a if a >= b or a != a else b


@njit(error_model="numpy", inline="always")
def minimum(a, b):
    return a if a <= b or a != a else b


'''


def _cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(os.environ.get("FIRSTORDER_CACHE") or Path(base, "firstorder"))


@cache
def _module(rule: Rule) -> Any:
    """The generated loops as a module: from a file, so that Numba can keep the compiled code beside it."""
    loops = [python_loop(rule.program, parallel) for parallel in (False, True)]
    source = _HEADER.format(key=rule.key) + "\n\n\n".join(loops) + "\n"
    name = f"firstorder_{rule.key}_{hashlib.sha256(f'{OPTIONS}{source}'.encode()).hexdigest()[:16]}"
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
    except OSError:  # nowhere to write: compile without keeping
        module = type(sys)(name)
        exec(compile(source, name, "exec"), module.__dict__)
    return module


@cache
def compiled(rule: Rule, parallel: bool) -> Callable[..., None]:
    """The rule's loop as a Numba dispatcher."""
    from numba import njit

    loop = getattr(_module(rule), f"{rule.key}_parallel" if parallel else rule.key)
    try:
        return njit(cache=True, parallel=parallel, **OPTIONS)(loop)
    except RuntimeError:  # Numba finds no folder to keep it in
        return njit(parallel=parallel, **OPTIONS)(loop)


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
        written = step.rule.program.written
        for block in blocks(arrays, dtype, written):
            copies = [np.array(part) for part in block]  # contiguous, as the loop is compiled for
            loop(*copies, *scalars)
            for part, copy, changed in zip(block, copies, written, strict=True):
                if changed:
                    part[...] = copy


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
