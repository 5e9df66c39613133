"""What sign methods do under noise: their floor, their progress, and the lengths of steps, Adam's and Rprop's too."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from ..arena import Arena
from ..minimize import batches
from ..problems import LANDSCAPES
from .runs import model
from .walks import made, noisy, walk


def sign_descent(rate: Callable[[np.ndarray], float], steps: int = 2000) -> np.ndarray:
    """(loss, sum of the slopes' sizes, rate) before each step of sign descent on the bowl, whose rate is a function of
    the gradient; the last row has the end."""
    bowl, found = LANDSCAPES["quadratic"], []
    p = np.array(bowl.start)
    for _ in range(steps + 1):
        g = bowl.gradient(p)
        found.append([bowl.value(p), np.abs(g).sum(), rate(g)])
        p = p - rate(g) * np.sign(g)
    return np.array(found)


def floor(lr: Any, steps: int = 1500) -> float:
    """Mean square of 1,000 parameters of signSGD, h = σ = 1, over the last third of the steps."""
    squares = walk("signsgd", noisy(), steps, start=np.zeros(1000), keep=lambda p, opt: (p**2).mean(), lr=lr)[1:]
    return float(np.mean(squares[steps * 2 // 3 :]))


def progress(key: str, noise: np.ndarray, **hyper: Any) -> np.ndarray:
    """How far 1,000 parameters get a step, on average and in units of η, under gradients of mean 1 with each noise."""
    rng, p = np.random.default_rng(0), np.zeros((len(noise), 1000))
    opt, start = made(key, p, lr=1.0, **hyper), p
    for t in range(500):
        if t == 400:
            start = p.copy()
        opt.step(1 + noise[:, None] * rng.normal(size=p.shape))
    return -(p - start).mean(axis=1) / 100


def adam_length(gradient: Callable[[Any], Any], p: np.ndarray, steps: int, beta1: float = 0.9) -> np.ndarray:
    """Root mean square of what Adam moves, at each step, in units of η."""
    opt, lengths = made("adam", p, lr=0.01, beta1=beta1), []
    for _ in range(steps):
        before = p.copy()
        opt.step(gradient(p))
        moved = (p - before)[p != before] / 0.01
        lengths.append(float(np.sqrt((moved**2).mean())))
    return np.array(lengths)


def length_on_noise(beta1: float = 0.9) -> float:
    """The length of Adam's steps, in units of η, where gradients are normal noise."""
    rng = np.random.default_rng(0)
    return float(adam_length(lambda p: rng.normal(size=1000), np.zeros(1000), 300, beta1)[200:].mean())


@cache
def length_on_digits() -> tuple[float, float]:
    """The length of Adam's steps over the first and the last 20 of 200 on the digits' network."""
    network = model("network")
    cut, params = batches(network.n_samples, 64, 2), Arena(network.start(2))
    lengths = adam_length(
        lambda p: Arena(network.gradient(params.views, next(cut))).buffer, params.buffer, 200
    )
    return float(lengths[:20].mean()), float(lengths[-20:].mean())


def swing(key: str, lr: float = 0.002, **hyper: Any) -> float:
    """How far from the minimum of the bowl a rule still gets in the last 1,000 of 4,000 steps, in units of its rate."""
    bowl = LANDSCAPES["quadratic"]
    return float(abs(walk(key, bowl.gradient, 4000, start=bowl.start, lr=lr, **hyper)[-1000:]).max() / lr)


def rprop_growth(right: float, steps: int = 300) -> float:
    """Growth of the logarithm of Rprop's step, a step, where signs are right with a probability; measured."""
    rng, before = np.random.default_rng(0), 0.0
    opt = made("rprop", np.zeros(2000), lr=1, step_min=1e-300, step_max=1e300)
    for t in range(steps + 50):
        if t == 50:
            before = np.log(opt.state["s"]).mean()
        opt.step(np.where(rng.random(2000) < right, 1.0, -1.0))
    return float((np.log(opt.state["s"]).mean() - before) / steps)


@cache
def rprop_steps(batch_size: int) -> tuple[list[float], float]:
    """Softmax regression on 1,000 digits, 100 steps of Rprop: its median step for pixels that are lit in most images,
    and the loss on all of them at the end."""
    problem = model("softmax", "fit")
    lit, params, medians = (problem.x > 0).mean(axis=0) > 0.5, problem.start(), []
    opt = made("rprop", params, lr=0.01)
    for _, batch in zip(range(100), batches(problem.n_samples, batch_size, 0), strict=False):
        opt.step(problem.gradient(params, batch))
        medians.append(float(np.median(opt.state["s"]["W"][lit])))
    return medians, problem.value(params)
