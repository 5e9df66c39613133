"""Claims about batch gradient descent."""

import tracemalloc

import numpy as np

from ..minimize import minimize
from ..problems import LANDSCAPES, SoftmaxRegression, digits
from ..rules import RULES
from .claim import CON, FAILS, HOLDS, PARTLY, PRO, Finding, claim


@claim("It is simple: one line, one hyperparameter, no state", PRO, about="batch")
def simple():
    """Lines, hyperparameters and state arrays of the rule that runs, counted."""
    sgd = RULES["sgd"]
    lines, numbers, state = len(sgd.program.lines), len(sgd.hyperparameters), len(sgd.state)
    return Finding(
        HOLDS if (lines, numbers, state) == (1, 1, 0) else FAILS,
        f"{lines} line, {numbers} hyperparameter, {state} state arrays",
        {"lines": lines, "hyperparameters": numbers, "state": state},
    )
