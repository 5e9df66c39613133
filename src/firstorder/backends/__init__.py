"""Run a rule over arrays: one module each for NumPy, Numba and CuPy, and the switch between them.

A backend is one file in this folder with one object named `backend`; nothing else lists it.
"""

from __future__ import annotations

import contextlib
import contextvars
import importlib
import os
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from types import ModuleType
from typing import Any

from .base import Backend, BackendError, Step

__all__ = [
    "BACKENDS",
    "Backend",
    "BackendError",
    "Step",
    "active",
    "array_backend",
    "backend_of",
    "to_numpy",
    "use",
    "using",
]

BACKENDS: dict[str, Backend] = {
    module.backend.name: module.backend
    for module in (
        importlib.import_module(f"{__name__}.{info.name}")
        for info in pkgutil.iter_modules(__path__)
        if info.name.endswith("_backend")
    )
}

# The names that are in force: what new arrays are made with, and what updates NumPy arrays.
_process: tuple[str, str] | None = None
_context: contextvars.ContextVar[tuple[str, str] | None] = contextvars.ContextVar("firstorder_backend", default=None)


def _resolve(name: str, cpu: Callable[[], str] = lambda: "numpy") -> tuple[str, str]:
    """(array backend, CPU backend) for a name; `cpu()` is kept when the name is not a CPU backend."""
    if name == "auto":
        ranked = sorted(BACKENDS.values(), key=lambda b: b.rank, reverse=True)
        usable = [b for b in ranked if b.missing() is None]
        best_cpu = next(b.name for b in usable if b.arrays == "numpy")
        return next((b.name for b in usable if b.arrays != "numpy"), best_cpu), best_cpu
    if name not in BACKENDS:
        raise BackendError(f"backend {name!r} is unknown; use one of {', '.join(map(repr, BACKENDS))} or 'auto'")
    if missing := BACKENDS[name].missing():
        raise BackendError(f"backend {name!r} is not available here: {missing}")
    return (name, name) if BACKENDS[name].arrays == "numpy" else (name, cpu())


def _current() -> tuple[str, str]:
    global _process
    if chosen := _context.get():
        return chosen
    if _process is None:
        name = os.environ.get("FIRSTORDER_BACKEND", "numpy")
        try:
            _process = _resolve(name)
        except BackendError as error:
            raise BackendError(f"environment variable FIRSTORDER_BACKEND={name}: {error}") from error
    return _process


def use(name: str) -> None:
    """Make `name` the backend of this process: "numpy", "numba", "cupy", or "auto" for the fastest one here.

    NumPy arrays are updated by the CPU backend in force ("numpy" or "numba"), CuPy arrays always by CuPy;
    `firstorder.xp` is the array module of the backend. Raises `BackendError`, saying what to install, if the
    backend is not available. The environment variable FIRSTORDER_BACKEND sets the backend at the start.
    """
    global _process
    _process = _resolve(name, lambda: _current()[1])


@contextlib.contextmanager
def using(name: str) -> Iterator[None]:
    """`with using(name):` switches the backend inside the block, in this thread or task only."""
    token = _context.set(_resolve(name, lambda: _current()[1]))
    try:
        yield
    finally:
        _context.reset(token)


def active() -> Backend:
    """The backend in force."""
    return BACKENDS[_current()[0]]


def array_backend(name: str, array: Any) -> Backend:
    """The backend that owns `array`, by its type; a `TypeError` that names the parameter if none does."""
    for backend in BACKENDS.values():
        if backend.owns(array):
            return backend
    raise TypeError(f"{name} must be a NumPy or CuPy array, got {type(array).__name__}")


def to_numpy(arrays: Any) -> Any:
    """`arrays` in the host's memory: an array, or a mapping, list or tuple of arrays, however deep.

    What is of NumPy already, or no array, is what it was, and not copied.
    """
    if isinstance(arrays, Mapping):
        return {name: to_numpy(array) for name, array in arrays.items()}
    if isinstance(arrays, (list, tuple)):
        return [to_numpy(array) for array in arrays]
    owner = next((backend for backend in BACKENDS.values() if backend.owns(arrays)), None)
    return arrays if owner is None or owner.arrays == "numpy" else arrays.get()


def backend_of(arrays: str) -> Backend:
    """The backend that updates arrays of a kind ("numpy" or "cupy"), as the switch stands now."""
    return BACKENDS[_current()[1]] if arrays == "numpy" else BACKENDS[arrays]


def xp() -> ModuleType:
    """The array module of the backend in force."""
    return active().xp
