"""What sets Adam's relatives apart: their pace under given gradients, ADOPT's counter-example, and the digits."""

# mypy: disable-error-code="no-untyped-def"

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy import maximum, sqrt

from ..rules import Rule, optimizer
from .runs import Tuned, tuned, warming
from .steps import lengths
from .walks import made, walk

#: The β₂ of the counter-example.
BETAS = (0.1, 0.5, 0.9, 0.99)


@cache
def shrinking(key: str) -> np.ndarray:
    """Steps under gradients of 10 for 3,000 steps, then of 0.1 for 6,000, with the same small ε for both rules."""
    return lengths(np.append(np.full(3000, 10.0), np.full(6000, 0.1)), key, eps=1e-8)


def rectification(t: int) -> float:
    """RAdam's factor of the rate at step t, as a schedule for Adam; 1 where RAdam takes plain averages."""
    top = 2 / (1 - 0.999) - 1
    rho = top - 2 * t * 0.999**t / (1 - 0.999**t)
    if rho <= 5:
        return 1.0
    return float(((rho - 4) * (rho - 2) * top / ((top - 4) * (top - 2) * rho)) ** 0.5)


def apart_at(key: str, steps: Sequence[int]) -> list[float]:
    """The largest over the smallest rate, that is step over m, for constant gradients from 1e-4 to 1e4, at steps."""
    sizes = np.geomspace(1e-4, 1e4, 9)

    def point_and_average(p: Any, opt: Any) -> Any:
        return [p.copy(), opt.state["m"].copy()]

    kept = walk(key, lambda p: sizes, max(steps), start=np.zeros(9), keep=point_and_average)
    rates = [(kept[t - 1, 0] - kept[t, 0]) / kept[t, 1] for t in steps]
    return [float(rate.max() / rate.min()) for rate in rates]


@optimizer(paper="taniguchi2024adopt", builds_on=("adopt",))
def adopt_unclipped(p, g, m, v, *, t, lr=1e-3, beta1=0.9, beta2=0.9999, eps=1e-6):
    known = 1 if t > 1 else 0
    kept = beta2 if t > 1 else 0
    m = beta1 * m + (1 - beta1) * known * g / maximum(sqrt(v), eps)
    p = p - lr * m
    v = kept * v + (1 - kept) * g**2
    return p, m, v


@cache
def counter_example(rule: Rule, *stops: int, runs: int = 50) -> np.ndarray:
    """Where the mean of some runs is after so many steps for each of `BETAS`, (stops, 4), minimising 0.1 θ on [−1, 1]
    from 0 at rates 0.5/√t; gradients are 10 in one case of ten, otherwise −1."""
    rng, p = np.random.default_rng(0), np.zeros((4, runs))
    groups = [{"params": row, "beta2": beta2} for row, beta2 in zip(p, BETAS, strict=True)]
    opt = made(rule, groups, lr=lambda t: 0.5 / t**0.5, beta1=0.9, eps=1e-8)
    found = []
    for t in range(1, max(stops) + 1):
        opt.step(list(np.where(rng.random(p.shape) < 0.1, 10.0, -1.0)))
        np.clip(p, -1, 1, out=p)
        if t in stops:
            found.append(p.mean(axis=1))
    return np.array(found)


#: The rates that each relative is given to choose from: quarters of a decade.
RATES = tuple(10.0 ** np.arange(-2.25, -0.24, 0.25))


@cache
def adam_like(key: str, warm_up: int = 0) -> Tuned:
    """The digits network after 200 steps of 32 records, from 20 seeds, at the rate with the least mean training loss of
    five others; with a linear warm-up over so many steps."""
    run: dict[str, Any] = {"tuning": range(5), "seeds": range(5, 25), "steps": 200, "batch_size": 32}
    return tuned("network", key, RATES, by_training=True, schedule=warming(warm_up), **run)
