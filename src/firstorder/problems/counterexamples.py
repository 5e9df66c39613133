"""Problems made to show where adaptive methods go wrong: Reddi et al.'s drift and Wilson et al.'s separable data."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..optimizer import Optimizer


class Reddi:
    """Linear losses on [−1, 1] on which Adam walks away from the minimum: one large slope, then small opposite ones.

    f_t(x) = C x at every `period`-th step (t mod period = 1) and −x otherwise. The mean slope, `slope`, is
    (C + 1) / period − 1 per step; where it is positive, the best point is −1. In the stochastic version f_t(x) = C x
    with probability 1 / period, and the mean slope is the same.

    Source: Reddi, Kale and Kumar (2018): C > 2 with period 3, β₁ = 0 and β₂ = 1 / (1 + C²), see `beta2`; and, up to a
    factor of 10 on all slopes, C = period = 101 for their online experiment.
    """

    def __init__(self, C: float = 3.0, period: int = 3):
        if not C > 0 or period < 2:
            raise ValueError(f"C must be positive and period at least 2, got {C!r} and {period!r}")
        self.C, self.period = float(C), period

    @property
    def slope(self) -> float:
        """The mean of the slopes: the gradient of the mean loss."""
        return (self.C + 1) / self.period - 1

    @property
    def minimum(self) -> float:
        """The point of [−1, 1] where the mean loss is least."""
        return -float(np.sign(self.slope))

    @property
    def beta2(self) -> float:
        """The β₂ for which Reddi et al. prove that Adam, with β₁ = 0 and period 3, goes to the wrong end."""
        return 1 / (1 + self.C**2)

    def drift(self, beta2: Any) -> Any:
        """How far a cycle of three steps moves Adam with β₁ = 0, in units of the rate, once v has settled."""
        b, C = np.asarray(beta2, dtype=float), self.C
        moments = np.array([C**2 + b + b**2, C**2 * b + 1 + b**2, C**2 * b**2 + 1 + b]) / (1 + b + b**2)
        return np.tensordot([-C, 1.0, 1.0], moments**-0.5, axes=1)

    def border(self) -> float:
        """The β₂ above which Adam with β₁ = 0 drifts to the minimum: where `drift` changes its sign, for C > 2."""
        low, high = 0.0, 1.0
        for _ in range(60):
            middle = (low + high) / 2
            low, high = (middle, high) if self.drift(middle) > 0 else (low, middle)
        return high

    def slopes(self, steps: int, runs: int | None = None, seed: int = 0) -> np.ndarray:
        """The gradients of steps 1 to `steps`, (steps,): in turn; or, for a number of `runs`, drawn, (steps, runs)."""
        if runs is None:
            large = np.arange(1, steps + 1) % self.period == 1
        else:
            large = np.random.default_rng(seed).random((steps, runs)) < 1 / self.period
        return np.where(large, self.C, -1.0)

    def run(
        self,
        optimizer: type[Optimizer],
        steps: int,
        *,
        start: float = 0.0,
        runs: int | None = None,
        seed: int = 0,
        **hyperparameters: Any,
    ) -> np.ndarray:
        """The path from `start`, projected onto [−1, 1] after each step: (steps + 1,) or (steps + 1, runs)."""
        x = np.full(() if runs is None else runs, float(start))
        opt = optimizer(x, **hyperparameters)
        path = [x.copy()]
        for slope in self.slopes(steps, runs, seed):
            opt.step(slope)
            x.clip(-1, 1, out=x)
            path.append(x.copy())
        return np.array(path)


class Separable:
    """Least squares on separable data for which adaptive methods find a solution that says yes to everything.

    Each of n examples has a label y, +1 with probability `positive` and −1 otherwise, and the features y, 1, 1, and
    then some of its own that no other example has: one if y = +1, five if y = −1. Only the first feature tells
    anything about a new example. X (n, 3 + 5 n), y (n,).

    Source: Wilson et al. (2017): the solution of AdaGrad, RMSProp and Adam is a multiple of sign(Xᵀ y).
    """

    def __init__(self, n: int = 50, positive: float = 0.6, seed: int = 0):
        self.y = np.where(np.random.default_rng(seed).random(n) < positive, 1.0, -1.0)
        self.X = np.zeros((n, 3 + 5 * n))
        self.X[:, 0], self.X[:, 1:3] = self.y, 1
        for i, y in enumerate(self.y):
            self.X[i, 3 + 5 * i : 3 + 5 * i + (1 if y > 0 else 5)] = 1
        self.start = np.zeros(self.X.shape[1])

    def value(self, w: Any) -> float:
        """Half the sum of the squared errors."""
        return float(((self.X @ w - self.y) ** 2).sum() / 2)

    def gradient(self, w: Any) -> Any:
        return self.X.T @ (self.X @ w - self.y)

    def accuracy(self, w: Any) -> tuple[float, float]:
        """Shares of new examples labelled −1 and +1 that are recognised: each is all or none."""
        return tuple(float(y * (w[0] * y + w[1] + w[2]) > 0) for y in (-1, 1))  # type: ignore[return-value]


class Kinked:
    """The strongly convex function of one variable on which tuned momentum cycles (Lessard, Recht and Packard)."""

    def gradient(self, p: np.ndarray) -> np.ndarray:
        """Slope 25 outside 1 to 2, slope 1 inside."""
        return np.where(p < 1, 25 * p, np.where(p < 2, p + 24, 25 * p - 24))

    def value(self, p: np.ndarray) -> float:
        inside = np.clip(p, 1, 2) - 1
        return float(np.sum(25 * p**2 / 2 - 24 * (inside**2 / 2 + (p > 2) * (p - 2))))
