"""Trainings on the digits that several chapters speak of, each with its settings."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from .runs import tuned


@cache
def effective(key: str, batch_size: int, **hyper: Any) -> np.ndarray:
    """Training losses, by seed, of a network with 32 units after 150 steps.

    The rate is the best of six effective rates for three other seeds: η = rate · (1 − momentum).
    """
    rates = 10.0 ** np.arange(-0.75, 0.51, 0.25) * (1 - hyper.get("momentum", 0.0))
    run: dict[str, Any] = {"tuning": range(3), "seeds": range(3, 8), "steps": 150, "batch_size": batch_size}
    return tuned("network", key, rates, by_training=True, **run, **hyper).training
