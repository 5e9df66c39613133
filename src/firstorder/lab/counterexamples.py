"""Where rules end on the counter-examples to the convergence of adaptive methods."""

from __future__ import annotations

from functools import cache
from typing import Any

from ..optimizer import Optimizer
from ..problems.counterexamples import Reddi
from ..rules import RULES


@cache
def reddi_end(key: str, steps: int = 1000, runs: int | None = None, **hyper: Any) -> float:
    """Where a rule ends on Reddi's example (C = 3) at the rate 0.5/√t: in turn, or the mean of so many random runs."""
    path = Reddi().run(Optimizer.of(RULES[key]), steps, runs=runs, lr=lambda t: 0.5 / t**0.5, **hyper)
    return float(path[-1].mean())
