"""What an optimizer is: one function each, in order of increasing complexity, one file per family.

`RULES` lists them all by name. A rule imports NumPy names and the decorator, nothing else.
"""

from .adagrad import adagrad
from .adam import adam, adamw
from .declare import Rule, Scalar, optimizer
from .descent import sgd
from .hyperparameters import HYPERPARAMETERS, Hyperparameter, hyperparameter
from .momentum import momentum, nesterov
from .rmsprop import adadelta, centered_rmsprop, rmsprop

RULES: dict[str, Rule] = {
    rule.key: rule for rule in (sgd, momentum, nesterov, adagrad, rmsprop, centered_rmsprop, adadelta, adam, adamw)
}

__all__ = ["HYPERPARAMETERS", "RULES", "Hyperparameter", "Rule", "Scalar", "hyperparameter", "optimizer"]
