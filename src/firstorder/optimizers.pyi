"""Written by `python -m firstorder.add`, from the rules."""

from typing import Any, ClassVar

from .optimizer import Optimizer
from .step import NonFinite, Value

__all__: list[str]

OPTIMIZERS: dict[str, type[Optimizer]]

class SGD(Optimizer):
    lr: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class Momentum(Optimizer):
    lr: Value
    momentum: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.9, on_nonfinite: NonFinite = "raise") -> None: ...

class Nesterov(Optimizer):
    lr: Value
    momentum: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.9, on_nonfinite: NonFinite = "raise") -> None: ...

class DampenedMomentum(Optimizer):
    lr: Value
    momentum: Value
    dampening: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.9, dampening: Value = 0.9, on_nonfinite: NonFinite = "raise") -> None: ...

class AggMo(Optimizer):
    lr: Value
    momentum1: Value
    momentum2: Value
    momentum3: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum1: Value = 0.0, momentum2: Value = 0.9, momentum3: Value = 0.99, on_nonfinite: NonFinite = "raise") -> None: ...

class QHM(Optimizer):
    lr: Value
    momentum: Value
    nu: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.999, nu: Value = 0.7, on_nonfinite: NonFinite = "raise") -> None: ...

class SignSGD(Optimizer):
    lr: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class Signum(Optimizer):
    lr: Value
    momentum: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.9, on_nonfinite: NonFinite = "raise") -> None: ...

class Lion(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.0001, beta1: Value = 0.9, beta2: Value = 0.99, weight_decay: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class Sophia(Optimizer):
    lr: Value
    beta1: Value
    curvature_weight: Value
    eps: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.0001, beta1: Value = 0.965, curvature_weight: Value = 0.04, eps: Value = 1e-12, weight_decay: Value = 0.1, on_nonfinite: NonFinite = "raise") -> None: ...

class Rprop(Optimizer):
    lr: Value
    etaminus: Value
    etaplus: Value
    step_min: Value
    step_max: Value
    def __init__(self, params: Any, *, lr: Value = 0.01, etaminus: Value = 0.5, etaplus: Value = 1.2, step_min: Value = 1e-06, step_max: Value = 50.0, on_nonfinite: NonFinite = "raise") -> None: ...

class AdaGrad(Optimizer):
    lr: Value
    eps: Value
    initial_accumulator_value: Value
    def __init__(self, params: Any, *, lr: Value = 0.01, eps: Value = 1e-10, initial_accumulator_value: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class FTRL(Optimizer):
    lr: Value
    beta: Value
    lambda1: Value
    lambda2: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta: Value = 1.0, lambda1: Value = 0.0, lambda2: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class RMSProp(Optimizer):
    lr: Value
    alpha: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.01, alpha: Value = 0.99, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class CenteredRMSProp(Optimizer):
    lr: Value
    alpha: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.01, alpha: Value = 0.99, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class RMSPropMomentum(Optimizer):
    lr: Value
    alpha: Value
    eps: Value
    momentum: Value
    def __init__(self, params: Any, *, lr: Value = 0.01, alpha: Value = 0.99, eps: Value = 1e-08, momentum: Value = 0.9, on_nonfinite: NonFinite = "raise") -> None: ...

class Adadelta(Optimizer):
    lr: Value
    rho: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 1.0, rho: Value = 0.9, eps: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class Adam(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class AdamW(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, weight_decay: Value = 0.01, on_nonfinite: NonFinite = "raise") -> None: ...

class FullyDecoupledAdamW(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    lr_max: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, weight_decay: Value = 1e-05, lr_max: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class Grams(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class QHAdam(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    nu1: Value
    nu2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.995, beta2: Value = 0.999, nu1: Value = 0.7, nu2: Value = 1.0, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class AdEMAMix(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    beta3: Value
    mixing: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, beta3: Value = 0.9999, mixing: Value = 2.0, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class NAdamConstant(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class NAdam(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    momentum_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.002, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, momentum_decay: Value = 0.004, on_nonfinite: NonFinite = "raise") -> None: ...

class Adan(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    beta3: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.98, beta2: Value = 0.92, beta3: Value = 0.99, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class AdaMax(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.002, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class AMSGrad(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class AMSGradCorrected(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class Yogi(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    initial_accumulator_value: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.01, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 0.001, initial_accumulator_value: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class AdaBelief(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-16, on_nonfinite: NonFinite = "raise") -> None: ...

class AdaBound(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    final_lr: Value
    gamma: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, final_lr: Value = 0.1, gamma: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class RAdam(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class ADOPT(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.9999, eps: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class ScheduleFreeSGD(Optimizer):
    lr: Value
    momentum: Value
    def __init__(self, params: Any, *, lr: Value = 1.0, momentum: Value = 0.9, on_nonfinite: NonFinite = "raise") -> None: ...

class ScheduleFreeAdamW(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.0025, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, weight_decay: Value = 0.01, on_nonfinite: NonFinite = "raise") -> None: ...

class LARS(Optimizer):
    lr: Value
    momentum: Value
    trust_coefficient: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 1.0, momentum: Value = 0.9, trust_coefficient: Value = 0.001, weight_decay: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class LAMB(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-06, weight_decay: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class NovoGrad(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.25, eps: Value = 1e-06, weight_decay: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class StableAdamW(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.99, eps: Value = 1e-08, weight_decay: Value = 0.01, on_nonfinite: NonFinite = "raise") -> None: ...

class Adai(Optimizer):
    lr: Value
    beta0: Value
    beta2: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, beta0: Value = 0.1, beta2: Value = 0.99, eps: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class MARS(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    variance_reduction: Value
    eps: Value
    weight_decay: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.003, beta1: Value = 0.95, beta2: Value = 0.99, variance_reduction: Value = 0.025, eps: Value = 1e-08, weight_decay: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class CautiousAdamW(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    uncorrected: ClassVar[type[Optimizer]]
    def __init__(self, params: Any, *, lr: Value = 0.001, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, weight_decay: Value = 0.01, on_nonfinite: NonFinite = "raise") -> None: ...

class CautiousLion(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.0001, beta1: Value = 0.9, beta2: Value = 0.99, weight_decay: Value = 0.001, on_nonfinite: NonFinite = "raise") -> None: ...

class Adafactor(Optimizer):
    lr: Value
    beta2_decay: Value
    eps1: Value
    eps2: Value
    d: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.01, beta2_decay: Value = -0.8, eps1: Value = 0.0, eps2: Value = 0.001, d: Value = 1.0, weight_decay: Value = 0.0, on_nonfinite: NonFinite = "raise") -> None: ...

class SM3(Optimizer):
    lr: Value
    momentum: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.1, momentum: Value = 0.9, eps: Value = 1e-08, on_nonfinite: NonFinite = "raise") -> None: ...

class Muon(Optimizer):
    lr: Value
    momentum: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.95, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-07, weight_decay: Value = 0.1, on_nonfinite: NonFinite = "raise") -> None: ...

class MuonRMS(Optimizer):
    lr: Value
    momentum: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    rms: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, momentum: Value = 0.95, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-07, weight_decay: Value = 0.1, rms: Value = 0.2, on_nonfinite: NonFinite = "raise") -> None: ...

class Shampoo(Optimizer):
    lr: Value
    eps: Value
    def __init__(self, params: Any, *, lr: Value = 0.001, eps: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class SOAP(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    precondition_frequency: Value
    def __init__(self, params: Any, *, lr: Value = 0.003, beta1: Value = 0.95, beta2: Value = 0.95, eps: Value = 1e-08, weight_decay: Value = 0.01, precondition_frequency: Value = 10, on_nonfinite: NonFinite = "raise") -> None: ...

class DAdaptSGD(Optimizer):
    lr: Value
    momentum: Value
    d0: Value
    def __init__(self, params: Any, *, lr: Value = 1.0, momentum: Value = 0.9, d0: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class DAdaptAdam(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    d0: Value
    def __init__(self, params: Any, *, lr: Value = 1.0, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, d0: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...

class Prodigy(Optimizer):
    lr: Value
    beta1: Value
    beta2: Value
    eps: Value
    weight_decay: Value
    d0: Value
    def __init__(self, params: Any, *, lr: Value = 1.0, beta1: Value = 0.9, beta2: Value = 0.999, eps: Value = 1e-08, weight_decay: Value = 0.0, d0: Value = 1e-06, on_nonfinite: NonFinite = "raise") -> None: ...
