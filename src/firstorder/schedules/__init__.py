"""Learning-rate schedules: functions of t, the step being taken, counted from 1.

    opt = fo.Adam(params, lr=fo.Warmup(100, then=fo.Cosine(3e-4, steps=900)))

A schedule may stand for any hyperparameter. PyTorch counts epochs from 0 and so takes its first step at epoch 0:
what its scheduler gives at epoch e is what ours gives at t = e + 1. Numbers are taken as Python floats, whatever they
come as, so that a schedule computes in float64.
"""

from .compose import WSD, Sequence, Warmup
from .cycles import CosineRestarts, Cyclic, OneCycle
from .decay import Constant, Cosine, Exponential, InverseSqrt, MultiStep, Polynomial, StepDecay
from .plateau import ReduceOnPlateau
from .schedule import Product, Schedule

#: Every schedule by name.
SCHEDULES: dict[str, type[Schedule]] = {
    "constant": Constant,
    "step": StepDecay,
    "multi_step": MultiStep,
    "exponential": Exponential,
    "polynomial": Polynomial,
    "cosine": Cosine,
    "cosine_restarts": CosineRestarts,
    "cyclic": Cyclic,
    "one_cycle": OneCycle,
    "inverse_sqrt": InverseSqrt,
    "warmup": Warmup,
    "wsd": WSD,
    "sequence": Sequence,
    "product": Product,
    "reduce_on_plateau": ReduceOnPlateau,
}

__all__ = [
    "SCHEDULES",
    "WSD",
    "Constant",
    "Cosine",
    "CosineRestarts",
    "Cyclic",
    "Exponential",
    "InverseSqrt",
    "MultiStep",
    "OneCycle",
    "Polynomial",
    "Product",
    "ReduceOnPlateau",
    "Schedule",
    "Sequence",
    "StepDecay",
    "Warmup",
]
