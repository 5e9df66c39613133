"""What an optimizer is: one function each, in order of increasing complexity, one file per family.

`RULES` lists them all by name. A rule imports NumPy names and the decorator, nothing else.
"""

from .adagrad import adagrad, ftrl
from .adam import adam, adamw, fully_decoupled_adamw
from .declare import Rule, Scalar, optimizer
from .descent import sgd
from .factored import adafactor, sm3
from .first_moment import adan, ademamix, grams, nadam, nadam_constant, qhadam
from .hyperparameters import HYPERPARAMETERS, Hyperparameter, hyperparameter
from .layerwise import adai, cautious_adamw, cautious_lion, lamb, lars, mars, novograd, stable_adamw
from .matrix import muon, muon_rms, shampoo, soap
from .momentum import aggmo, dampened_momentum, momentum, nesterov, qhm
from .parameter_free import dadapt_adam, dadapt_sgd, prodigy
from .rmsprop import adadelta, centered_rmsprop, rmsprop, rmsprop_momentum
from .schedule_free import schedule_free_adamw, schedule_free_sgd
from .second_moment import adabelief, adabound, adamax, adopt, amsgrad, amsgrad_corrected, radam, yogi
from .sign import lion, rprop, signsgd, signum, sophia

RULES: dict[str, Rule] = {
    rule.key: rule
    for rule in (
        sgd,
        momentum,
        nesterov,
        dampened_momentum,
        aggmo,
        qhm,
        signsgd,
        signum,
        lion,
        sophia,
        rprop,
        adagrad,
        ftrl,
        rmsprop,
        centered_rmsprop,
        rmsprop_momentum,
        adadelta,
        adam,
        adamw,
        fully_decoupled_adamw,
        grams,
        qhadam,
        ademamix,
        nadam_constant,
        nadam,
        adan,
        adamax,
        amsgrad,
        amsgrad_corrected,
        yogi,
        adabelief,
        adabound,
        radam,
        adopt,
        schedule_free_sgd,
        schedule_free_adamw,
        lars,
        lamb,
        novograd,
        stable_adamw,
        adai,
        mars,
        cautious_adamw,
        cautious_lion,
        adafactor,
        sm3,
        muon,
        muon_rms,
        shampoo,
        soap,
        dadapt_sgd,
        dadapt_adam,
        prodigy,
    )
}

__all__ = ["HYPERPARAMETERS", "RULES", "Hyperparameter", "Rule", "Scalar", "hyperparameter", "optimizer"]
