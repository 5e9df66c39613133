"""Trainings whose weights and gradients are kept in 16 bits, and how far these take a weight."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ..minimize import minimize
from ..problems import TwoLayerNetwork, digits
from ..wrappers import Kahan
from .walks import made


class Narrow:
    """The digits network with weights and gradients kept in `dtype`, of `scale` times the loss.

    Loss and gradient are computed in float32 at the weights as they are.
    """

    def __init__(self, dtype: str, scale: float = 1.0):
        import ml_dtypes  # noqa: F401 - "bfloat16" is the name of a dtype from here on

        data = digits(dtype="float32")
        self.network = TwoLayerNetwork(data.x_train, data.y_train)
        self.n_samples, self.dtype, self.scale = self.network.n_samples, dtype, np.float32(scale)

    def start(self, seed: int) -> dict[str, Any]:
        return {name: array.astype(self.dtype) for name, array in self.network.start(seed).items()}

    def value(self, params: dict[str, Any]) -> float:
        return self.network.value({name: p.astype("float32") for name, p in params.items()})

    def gradient(self, params: dict[str, Any], batch: Any) -> dict[str, Any]:
        gradient = self.network.gradient({name: p.astype("float32") for name, p in params.items()}, batch)
        return {name: (self.scale * g).astype(self.dtype) for name, g in gradient.items()}


@cache
def losses(
    dtype: str,
    lr: float = 1e-4,
    seed: int = 0,
    steps: int = 600,
    *,
    every: int = 20,
    scale: float = 1.0,
    kahan: bool = False,
) -> np.ndarray:
    """Training losses of the `Narrow` network under Adam, from the start on every so many steps."""

    def adam(params: Any) -> Any:
        plain = made("adam", params, lr=lr)
        return Kahan(plain) if kahan else plain

    run: dict[str, Any] = {"steps": steps, "batch_size": 64, "seed": seed, "record_every": every}
    return np.array(minimize(Narrow(dtype, scale), adam, progress=False, **run).values)


#: From a hundredth of this network's best rate to that.
RATES = (1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2)


@cache
def excess(dtype: str = "bfloat16", rates: Sequence[float] = RATES, seeds: int = 20, steps: int = 300) -> np.ndarray:
    """The last loss in `dtype` over that in float32, (rates, seeds)."""
    ends = [
        [[losses(one, lr, seed, steps, every=steps)[-1] for one in (dtype, "float32")] for seed in range(seeds)]
        for lr in rates
    ]
    narrow, full = np.moveaxis(np.array(ends), -1, 0)
    return narrow / full
