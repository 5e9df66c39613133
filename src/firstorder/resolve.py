"""What "an optimizer" is, wherever one is taken: its key, its class, its rule, or a function that makes one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .optimizer import Optimizer
from .rules import RULES, Rule
from .step.groups import unknown

#: A key of `firstorder.OPTIMIZERS`, an optimizer class, or a rule.
OptimizerLike = str | Rule | type[Optimizer]
#: What makes an optimizer of parameters, a wrapped one too: `lambda params: fo.Lookahead(fo.Adam(params), k=5)`.
Make = Callable[..., Any]


def rule_of(optimizer: OptimizerLike, name: str = "optimizer") -> Rule:
    """The rule of an optimizer; `name` is what the argument is called in errors.

    Raises ValueError for a key that is not known, with the nearest that is, and TypeError for anything else.
    """
    if isinstance(optimizer, Rule):
        return optimizer
    return class_of(optimizer, name).rule


def class_of(optimizer: OptimizerLike, name: str = "optimizer") -> type[Optimizer]:
    """The class of an optimizer; raises as `rule_of` does."""
    if isinstance(optimizer, str):
        if optimizer not in RULES:
            raise ValueError(f"{name}: {unknown('optimizer', optimizer, RULES)}")
        return Optimizer.of(RULES[optimizer])
    if isinstance(optimizer, Rule):
        return Optimizer.of(optimizer)
    if isinstance(optimizer, type) and issubclass(optimizer, Optimizer) and optimizer is not Optimizer:
        return optimizer
    raise TypeError(
        f"{name} must be a key such as 'adam', a class such as firstorder.Adam, or a rule, got {optimizer!r}"
    )


def maker_of(optimizer: OptimizerLike | Make, name: str = "optimizer") -> Make:
    """What makes the optimizer of parameters: its class, or the function that was given.

    A class takes hyperparameters beside the parameters, a function has them inside.
    """
    if callable(optimizer) and not isinstance(optimizer, (type, Rule)):
        return optimizer
    return class_of(optimizer, name)
