"""First Order: gradient-based optimizers, written once and run on NumPy, Numba, CuPy and the web.

import firstorder as fo

opt = fo.Adam(params, lr=1e-3)
opt.step(grads)
"""

from importlib import import_module
from types import ModuleType
from typing import Any

from . import optimizers, wrappers
from .arena import Arena
from .backends import BackendError, to_numpy, use, using
from .backends import active as _active
from .backends import xp as _xp
from .find_lr import find_lr
from .minimize import EarlyStopping, Trajectory, minimize
from .optimizer import Optimizer
from .optimizers import *  # noqa: F403
from .optimizers import OPTIMIZERS as OPTIMIZERS
from .problems import LANDSCAPES, Landscape, landscape
from .reading import RuleError
from .rules import Hyperparameter, Rule, Scalar, optimizer
from .schedules import (
    SCHEDULES,
    WSD,
    Constant,
    Cosine,
    CosineRestarts,
    Cyclic,
    Exponential,
    InverseSqrt,
    MultiStep,
    OneCycle,
    Polynomial,
    Product,
    ReduceOnPlateau,
    Schedule,
    Sequence,
    StepDecay,
    Warmup,
)
from .step import Group, StateError
from .wrappers import *  # noqa: F403

__version__ = "0.2.0"

__all__ = [
    "LANDSCAPES",
    "SCHEDULES",
    "WSD",
    "Arena",
    "BackendError",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Cyclic",
    "EarlyStopping",
    "Exponential",
    "Group",
    "Hyperparameter",
    "InverseSqrt",
    "Landscape",
    "MultiStep",
    "OneCycle",
    "Optimizer",
    "Polynomial",
    "Product",
    "ReduceOnPlateau",
    "Rule",
    "RuleError",
    "Scalar",
    "Schedule",
    "Sequence",
    "StateError",
    "StepDecay",
    "Trajectory",
    "Warmup",
    "backend",
    "find_lr",
    "landscape",
    "minimize",
    "optimizer",
    "to_numpy",
    "use",
    "using",
    "xp",
]
__all__ += optimizers.__all__ + wrappers.__all__

#: Imported when used: slow, or with the extra `book`.
_LATER = ("catalogue", "claims", "derive", "exercises", "figures", "plots")

xp: ModuleType
"""The array module of the backend in force: `numpy` or `cupy`."""


def backend() -> str:
    """The name of the backend in force."""
    return _active().name


def __getattr__(name: str) -> Any:
    if name == "xp":
        return _xp()
    if name in _LATER:
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
