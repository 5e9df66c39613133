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
from .schedules import (
    SCHEDULES,
    WSD,
    Constant,
    Cosine,
    CosineRestarts,
    Exponential,
    InverseSqrt,
    MultiStep,
    OneCycle,
    Polynomial,
    ReduceOnPlateau,
    Schedule,
    StepDecay,
    Warmup,
)
from .wrappers import (
    EMA,
    L2,
    SAM,
    SWA,
    WRAPPERS,
    Accumulate,
    ClipGlobalNorm,
    ClipNorm,
    ClipValue,
    DecoupledDecay,
    FullyDecoupledDecay,
    Kahan,
    Lookahead,
    Wrapper,
)

__version__ = "0.1.0"

__all__ = [
    "ADOPT",
    "EMA",
    "FTRL",
    "L2",
    "LAMB",
    "LANDSCAPES",
    "LARS",
    "MARS",
    "OPTIMIZERS",
    "QHM",
    "SAM",
    "SCHEDULES",
    "SGD",
    "SM3",
    "SOAP",
    "SWA",
    "WRAPPERS",
    "WSD",
    "AMSGrad",
    "AMSGradCorrected",
    "Accumulate",
    "AdEMAMix",
    "AdaBelief",
    "AdaBound",
    "AdaGrad",
    "AdaMax",
    "Adadelta",
    "Adafactor",
    "Adai",
    "Adam",
    "AdamW",
    "Adan",
    "AggMo",
    "Arena",
    "BackendError",
    "CautiousAdamW",
    "CautiousLion",
    "CenteredRMSProp",
    "ClipGlobalNorm",
    "ClipNorm",
    "ClipValue",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "DAdaptAdam",
    "DAdaptSGD",
    "DampenedMomentum",
    "DecoupledDecay",
    "Exponential",
    "FullyDecoupledAdamW",
    "FullyDecoupledDecay",
    "Grams",
    "Group",
    "InverseSqrt",
    "Kahan",
    "Landscape",
    "Lion",
    "Lookahead",
    "Momentum",
    "MultiStep",
    "Muon",
    "MuonRMS",
    "NAdam",
    "NAdamConstant",
    "Nesterov",
    "NovoGrad",
    "OneCycle",
    "Optimizer",
    "Polynomial",
    "Prodigy",
    "QHAdam",
    "RAdam",
    "RMSProp",
    "RMSPropMomentum",
    "ReduceOnPlateau",
    "Rprop",
    "Rule",
    "RuleError",
    "Scalar",
    "Schedule",
    "ScheduleFreeAdamW",
    "ScheduleFreeSGD",
    "Shampoo",
    "SignSGD",
    "Signum",
    "Sophia",
    "StableAdamW",
    "StateError",
    "StepDecay",
    "Trajectory",
    "Warmup",
    "Wrapper",
    "Yogi",
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
DampenedMomentum = OPTIMIZERS["dampened_momentum"]
AggMo = OPTIMIZERS["aggmo"]
QHM = OPTIMIZERS["qhm"]
SignSGD = OPTIMIZERS["signsgd"]
Signum = OPTIMIZERS["signum"]
Lion = OPTIMIZERS["lion"]
Sophia = OPTIMIZERS["sophia"]
Rprop = OPTIMIZERS["rprop"]
AdaGrad = OPTIMIZERS["adagrad"]
FTRL = OPTIMIZERS["ftrl"]
RMSProp = OPTIMIZERS["rmsprop"]
CenteredRMSProp = OPTIMIZERS["centered_rmsprop"]
RMSPropMomentum = OPTIMIZERS["rmsprop_momentum"]
Adadelta = OPTIMIZERS["adadelta"]
Adam = OPTIMIZERS["adam"]
AdamW = OPTIMIZERS["adamw"]
FullyDecoupledAdamW = OPTIMIZERS["fully_decoupled_adamw"]
Grams = OPTIMIZERS["grams"]
QHAdam = OPTIMIZERS["qhadam"]
AdEMAMix = OPTIMIZERS["ademamix"]
NAdamConstant = OPTIMIZERS["nadam_constant"]
NAdam = OPTIMIZERS["nadam"]
Adan = OPTIMIZERS["adan"]
AdaMax = OPTIMIZERS["adamax"]
AMSGrad = OPTIMIZERS["amsgrad"]
AMSGradCorrected = OPTIMIZERS["amsgrad_corrected"]
Yogi = OPTIMIZERS["yogi"]
AdaBelief = OPTIMIZERS["adabelief"]
AdaBound = OPTIMIZERS["adabound"]
RAdam = OPTIMIZERS["radam"]
ADOPT = OPTIMIZERS["adopt"]
ScheduleFreeSGD = OPTIMIZERS["schedule_free_sgd"]
ScheduleFreeAdamW = OPTIMIZERS["schedule_free_adamw"]
LARS = OPTIMIZERS["lars"]
LAMB = OPTIMIZERS["lamb"]
NovoGrad = OPTIMIZERS["novograd"]
StableAdamW = OPTIMIZERS["stable_adamw"]
Adai = OPTIMIZERS["adai"]
MARS = OPTIMIZERS["mars"]
CautiousAdamW = OPTIMIZERS["cautious_adamw"]
CautiousLion = OPTIMIZERS["cautious_lion"]
Adafactor = OPTIMIZERS["adafactor"]
SM3 = OPTIMIZERS["sm3"]
Muon = OPTIMIZERS["muon"]
MuonRMS = OPTIMIZERS["muon_rms"]
Shampoo = OPTIMIZERS["shampoo"]
SOAP = OPTIMIZERS["soap"]
DAdaptSGD = OPTIMIZERS["dadapt_sgd"]
DAdaptAdam = OPTIMIZERS["dadapt_adam"]
Prodigy = OPTIMIZERS["prodigy"]

xp: ModuleType
"""The array module of the backend in force: `numpy` or `cupy`."""


def backend() -> str:
    """The name of the backend in force."""
    return _active().name


def __getattr__(name: str) -> Any:
    if name == "xp":
        return _xp()
    if name in ("catalogue", "claims", "derive", "plots", "figures"):  # when used: slow, or with the extra `book`
        return import_module(f"{__name__}.{name}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
