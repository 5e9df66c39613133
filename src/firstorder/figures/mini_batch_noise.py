"""A small least-squares problem: what the size of a mini-batch does to the path, the loss and the gradient's noise."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from .panel import Number, Panel, noise, slider
from .scenario import Along, Formula, Mean, Over, Run, Scenario, array, lane, p, point, row, t

RECORDS = 128
PASSES = 10
START = (-1.5, 2.0)


def losses(record: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The loss of one record, (a·θ − y)² / 2, and its gradient."""
    p1, p2 = map(symbol, ("p1", "p2"))
    a1, a2, y = (array(name)[record] for name in ("a1", "a2", "y"))
    loss = (a1 * p1 + a2 * p2 - y) ** 2 / 2
    at = {p1: point[0], p2: point[1]}
    return loss.xreplace(at), sp.diff(loss, p1).xreplace(at), sp.diff(loss, p2).xreplace(at)


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
    def expressions(cls) -> dict[str, Formula]:
        return {"loss": Mean(losses(row)[0], sp.Integer(RECORDS))}

    @classmethod
    def scenario(cls) -> Scenario:
        """The `path` of θ, (steps + 1, 2) in one row; the `loss` on it; the `derived` variance by batch size."""
        B = symbol("batch")
        _, *slopes = losses(array("orders")[(t - 1) * B + row])
        sgd = Run(
            "sgd",
            steps=PASSES * RECORDS / B,
            gradient=[Mean(slope, B) for slope in slopes],
            values={"lr": symbol("lr")},
            start=array("start")[lane],
            lanes=2,
        )
        sizes = [2**k for k in range(RECORDS.bit_length())]
        return Scenario(
            runs={"sgd": sgd},
            curves={
                "path": Along("sgd", p, first=0),
                "loss": Along("sgd", cls.expressions()["loss"], first=0),
                "derived": Over(batch_variance().xreplace({symbol("n"): sp.Integer(RECORDS)}), {"B": sizes}),
            },
        )

    def given(self) -> dict[str, Any]:
        mix = noise(2 * RECORDS, 1).reshape(RECORDS, 2)
        a = np.stack([mix[:, 0], 0.5 * mix[:, 0] + 0.75 * mix[:, 1]], axis=1).round(3)
        y = (a @ [1.0, -0.5] + 0.7 * noise(RECORDS, 2)).round(3)
        minimum = np.linalg.lstsq(a, y, rcond=None)[0]
        random = np.random.default_rng(3)
        orders = np.array([random.permutation(RECORDS) for _ in range(PASSES)])
        # The variance is the mean squared distance of the mini-batches' gradients from the whole gradient at the
        # minimum, for each power of two: of all mini-batches of the ten passes.
        slopes = a * (a @ minimum - y)[:, None]
        centred = slopes - slopes.mean(axis=0)
        means = [centred[orders.reshape(-1, 2**k)].mean(axis=1) for k in range(RECORDS.bit_length())]
        measured = [float((mean**2).sum(axis=1).mean()) for mean in means]
        return {
            "a1": a[:, 0].tolist(),
            "a2": a[:, 1].tolist(),
            "y": y.tolist(),
            "start": list(START),
            "minimum": minimum.tolist(),
            "orders": orders.ravel().tolist(),
            "measured": measured,
            "spread": float((centred**2).sum(axis=1).mean()),
        }
