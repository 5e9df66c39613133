"""A small smooth network under full gradients, and its sharpness: the largest curvature where the run is.

With tanh and squared errors, as where the edge of stability was found; cross-entropy flattens as it is learned.
"""

from __future__ import annotations

from functools import cache
from typing import Any, NamedTuple

import numpy as np

from ..arena import Arena
from ..backends import to_numpy
from ..minimize import batches
from ..problems import digits
from .slices import power
from .walks import made


class SmoothNetwork:
    """64-32-10 with tanh on 500 centred digits; half the squared error to the one-hot labels, mean over images."""

    def __init__(self, images: int = 500, hidden: int = 32):
        data = digits()
        x, y = to_numpy(data.x_train)[:images], to_numpy(data.y_train)[:images]
        self.x, self.y, self.hidden, self.n_samples = x - x.mean(axis=0), np.eye(10)[y], hidden, images

    def start(self, seed: int = 0) -> dict[str, np.ndarray]:
        """Weights normal with variance 1 / inputs, biases zero."""
        rng = np.random.default_rng(seed)
        w1, w2 = (rng.normal(0, n**-0.5, (n, m)) for n, m in ((64, self.hidden), (self.hidden, 10)))
        return {"W1": w1, "b1": np.zeros(self.hidden), "W2": w2, "b2": np.zeros(10)}

    def _errors(self, params: dict[str, np.ndarray], batch: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, y = (self.x, self.y) if batch is None else (self.x[batch], self.y[batch])
        h = np.tanh(x @ params["W1"] + params["b1"])
        return x, h, h @ params["W2"] + params["b2"] - y

    def value(self, params: dict[str, np.ndarray], batch: Any = None) -> float:
        errors = self._errors(params, batch)[2]
        return float((errors**2).sum() / (2 * len(errors)))

    def gradient(self, params: dict[str, np.ndarray], batch: Any = None) -> dict[str, np.ndarray]:
        x, h, errors = self._errors(params, batch)
        d = errors / len(errors)
        d_hidden = (d @ params["W2"].T) * (1 - h**2)
        return {"W1": x.T @ d_hidden, "b1": d_hidden.sum(axis=0), "W2": h.T @ d, "b2": d.sum(axis=0)}


class Followed(NamedTuple):
    """A run: losses by step; and at each look the step, and the sharpness, preconditioned as the optimizer's steps."""

    losses: np.ndarray
    looks: np.ndarray
    sharpness: np.ndarray


@cache
def followed(
    key: str, lr: Any, steps: int = 3000, every: int = 50, batch_size: int | None = None, rounds: int = 8, **hyper: Any
) -> Followed:
    """Train the smooth network, and look at its sharpness: for a method that divides by √v, that of its own units.

    There the Hessian H has become D⁻¹HD⁻¹, with D² = √v̂ + ε. Power iteration goes on from look to look.
    """
    network = SmoothNetwork()
    theta = Arena(network.start())
    opt = made(key, theta, lr=lr, **hyper)
    opt.on_nonfinite = "ignore"
    drawn = batches(network.n_samples, batch_size, 0) if batch_size else None
    v = np.random.default_rng(0).normal(size=theta.buffer.size)
    losses, looks, found = [network.value(theta.views)], list[int](), list[float]()

    def gradient(p: np.ndarray) -> np.ndarray:
        return Arena(network.gradient(theta.over(p).views)).buffer

    for t in range(steps + 1):
        if t % every == 0:
            scale = np.ones_like(v)
            if t and "v" in opt.state:
                held = np.concatenate([np.ravel(part) for part in opt.state["v"].values()])
                scale = np.sqrt(np.sqrt(held / (1 - opt.beta2**opt.t)) + opt.eps)

            def product(unit: np.ndarray, scale: np.ndarray = scale) -> np.ndarray:
                u = unit / scale
                return (gradient(theta.buffer + 1e-4 * u) - gradient(theta.buffer - 1e-4 * u)) / 2e-4 / scale

            v = power(product, v, rounds if looks else 60)
            looks.append(t)
            found.append(float(np.linalg.norm(v)))
        opt.step(Arena(network.gradient(theta.views, next(drawn) if drawn else None)))
        losses.append(network.value(theta.views))
        if not np.isfinite(losses[-1]) or losses[-1] > 1e6:
            break
    return Followed(np.array(losses), np.array(looks), np.array(found))


def tug(lr: float = 0.4, sharpening: float = 0.002, strength: float = 0.02, steps: int = 800) -> np.ndarray:
    """A displacement x and a sharpness S that pull at one another, (steps + 1, 2), from 0.05 and just below 2/lr.

    x is multiplied by 1 − lr·S, and S grows by `sharpening` and shrinks by `strength` · x².
    """
    path = [(0.05, 1.96 / lr)]
    for _ in range(steps):
        x, s = path[-1]
        path.append(((1 - lr * s) * x, s + sharpening - strength * x**2))
    return np.array(path)
