"""First Order: gradient-based optimizers, written once and run on NumPy, Numba, CuPy and the web.

import firstorder as fo

opt = fo.Adam(params, lr=1e-3)
opt.step(grads)
"""

from importlib import import_module
from types import ModuleType
from typing import Any

from .arena import Arena
from .backends import BackendError, use, using
from .backends import active as _active
from .backends import xp as _xp
from .checkpoint import StateError
from .groups import Group
from .minimize import Trajectory, minimize
from .optimizer import Optimizer
from .problems import LANDSCAPES, Landscape, landscape
from .reading import RuleError
from .rules import RULES, Rule, Scalar, optimizer

__version__ = "0.1.0"

__all__ = [
    "LANDSCAPES",
    "OPTIMIZERS",
    "SGD",
    "AdaGrad",
    "Adadelta",
    "Adam",
    "AdamW",
    "Arena",
    "BackendError",
    "CenteredRMSProp",
    "Group",
    "Landscape",
    "Momentum",
    "Nesterov",
    "Optimizer",
    "RMSProp",
    "Rule",
    "RuleError",
    "Scalar",
    "StateError",
    "Trajectory",
    "backend",
    "landscape",
    "minimize",
    "optimizer",
    "use",
    "using",
    "xp",
]

#: Every optimizer by name.
OPTIMIZERS: dict[str, type[Optimizer]] = {key: Optimizer.of(rule) for key, rule in RULES.items()}

SGD = OPTIMIZERS["sgd"]
Momentum = OPTIMIZERS["momentum"]
Nesterov = OPTIMIZERS["nesterov"]
AdaGrad = OPTIMIZERS["adagrad"]
RMSProp = OPTIMIZERS["rmsprop"]
CenteredRMSProp = OPTIMIZERS["centered_rmsprop"]
Adadelta = OPTIMIZERS["adadelta"]
Adam = OPTIMIZERS["adam"]
AdamW = OPTIMIZERS["adamw"]

xp: ModuleType
"""The array module of the backend in force: `numpy` or `cupy`."""


def backend() -> str:
    """The name of the backend in force."""
    return _active().name


def __getattr__(name: str) -> Any:
    if name == "xp":
        return _xp()
    if name in ("derive", "plots", "widgets"):  # imported when used: they take long, or need the extra `book`
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
