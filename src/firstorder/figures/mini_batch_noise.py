"""A small least-squares problem: what the size of a mini-batch does to the path, the loss and the gradient's noise."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy as sp

from ..reading.parse import symbol
from ..rules import RULES
from .panel import Number, Panel, drive, noise, slider

RECORDS = 128
PASSES = 10
START = (-1.5, 2.0)


@functools.cache
def record() -> dict[str, sp.Expr]:
    """The loss of one record, (a·θ − y)² / 2, and its gradient."""
    a1, a2, y, p1, p2 = map(symbol, ("a1", "a2", "y", "p1", "p2"))
    loss = (a1 * p1 + a2 * p2 - y) ** 2 / 2
    return {"loss": loss, "slope1": sp.diff(loss, p1), "slope2": sp.diff(loss, p2)}


@functools.cache
def batch_variance() -> sp.Expr:
    """The variance of the mean of B of n deviations drawn without replacement, each of mean square `spread`.

    All n sum to 0, so two of them have the covariance that makes n·spread + n(n − 1)·covariance vanish.
    """
    n, B, spread, covariance = (symbol(name) for name in ("n", "B", "spread", "covariance"))
    between = sp.solve(n * spread + n * (n - 1) * covariance, covariance)[0]
    return sp.factor((B * spread + B * (B - 1) * between) / B**2)


class MiniBatchNoise(Panel):
    """SGD on a least-squares problem of 128 records and 2 parameters, for every batch size and learning rate.

    batch: B, a power of two up to 128; lr: η. The records come in the same order, new in each of ten passes.
    """

    module = "mini_batch_noise"
    heading = "The noise of mini-batches"
    about = "the path of mini-batch SGD on a least-squares problem, its loss, and the variance of its gradient."
    run_by = ("sgd",)
    pixels = (1083, 563)

    batch = Number(4, 1, RECORDS, "records in a mini-batch", "B", "doubling")
    lr = slider("lr", 0.1, 0.01, 1.0)

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        return record() | {"variance": batch_variance()}

    def given(self) -> dict[str, Any]:
        mix = noise(2 * RECORDS, 1).reshape(RECORDS, 2)
        a = np.stack([mix[:, 0], 0.5 * mix[:, 0] + 0.75 * mix[:, 1]], axis=1).round(3)
        y = (a @ [1.0, -0.5] + 0.7 * noise(RECORDS, 2)).round(3)
        minimum = np.linalg.lstsq(a, y, rcond=None)[0]
        random = np.random.default_rng(3)
        return {
            "a1": a[:, 0].tolist(),
            "a2": a[:, 1].tolist(),
            "y": y.tolist(),
            "start": list(START),
            "minimum": minimum.tolist(),
            "orders": [random.permutation(RECORDS).tolist() for _ in range(PASSES)],
        }

    def curves(self) -> dict[str, Any]:
        """The `path` of θ, (steps + 1, 2) in one row; the `loss` on it; the measured and the derived `variance`.

        The variance is the mean squared distance of the mini-batches' gradients from the whole gradient at the
        minimum, for each power of two: of all mini-batches of the ten passes.
        """
        a = np.stack([self.data["a1"], self.data["a2"]], axis=1)
        y, orders = np.array(self.data["y"]), np.array(self.data["orders"])
        batches = orders.reshape(-1, self.batch)

        def gradient(p: np.ndarray, t: int) -> np.ndarray:
            rows = batches[t - 1]
            return a[rows].T @ (a[rows] @ p - y[rows]) / self.batch

        path = drive(RULES["sgd"], START, gradient, len(batches), {"lr": self.lr})["p"]
        loss = ((a @ path.T - y[:, None]) ** 2).mean(axis=0) / 2
        minimum = np.array(self.data["minimum"])
        slopes = a * (a @ minimum - y)[:, None]
        centred = slopes - slopes.mean(axis=0)
        sizes = [2**k for k in range(RECORDS.bit_length())]
        means = [centred[orders.reshape(-1, size)].mean(axis=1) for size in sizes]
        spread = (centred**2).sum(axis=1).mean()
        return {
            "path": path.ravel(),
            "loss": loss,
            "measured": np.array([(mean**2).sum(axis=1).mean() for mean in means]),
            "derived": np.array([spread / B * (RECORDS - B) / (RECORDS - 1) for B in sizes]),
        }
