"""The optimizers: the class of each rule, under its name, and all by key in `OPTIMIZERS`.

Nothing is listed here. Type checkers and editors read optimizers.pyi, which `python -m firstorder.add` writes.
"""

from __future__ import annotations

from .optimizer import Optimizer
from .rules import RULES

#: Every optimizer by its key, in order of increasing complexity.
OPTIMIZERS: dict[str, type[Optimizer]] = {key: Optimizer.of(rule) for key, rule in RULES.items()}

globals().update({made.__name__: made for made in OPTIMIZERS.values()})

__all__ = ["OPTIMIZERS", *(made.__name__ for made in OPTIMIZERS.values())]
