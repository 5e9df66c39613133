"""What an optimizer is: one function each, in order of increasing complexity, one file per family.

`RULES` lists them all by name: those that the files hold, in the order of the files and within them. A rule imports
NumPy names and the decorator, nothing else; what is known of it stands there.
"""

from importlib import import_module

from .declare import Rule, Scalar, optimizer
from .hyperparameters import COMMON, Hyperparameter

#: The files, from the simplest rules to those that take most to explain.
FAMILIES = (
    "descent",
    "momentum",
    "sign",
    "adagrad",
    "rmsprop",
    "adam",
    "first_moment",
    "second_moment",
    "schedule_free",
    "layerwise",
    "factored",
    "matrix",
    "parameter_free",
)

RULES: dict[str, Rule] = {
    rule.key: rule
    for family in FAMILIES
    for rule in vars(import_module(f"{__name__}.{family}")).values()
    if isinstance(rule, Rule)
}

__all__ = ["COMMON", "FAMILIES", "RULES", "Hyperparameter", "Rule", "Scalar", "optimizer"]
