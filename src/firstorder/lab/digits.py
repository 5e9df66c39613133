"""Trainings on the digits that several chapters speak of, each with its settings."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..rules import RULES
from .runs import Run, Tuned, descend, falling, held_out, model, tuned
from .tuning import least


@cache
def horizons(seeds: int = 5) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """For SGD and SignSGD: rates, and training losses of softmax regression, by rate, seed and hundred steps (4, …, 6).

    500 steps with batches of 8.
    """
    problem, run = model("softmax"), {"steps": 500, "batch_size": 8, "record_every": 100}
    found = {}
    for key, lowest in (("sgd", -0.5), ("signsgd", -2.5)):
        rates = 10.0 ** np.arange(lowest, lowest + 1.6, 0.5)
        losses = [[descend(problem, key, lr, seed, **run).values for seed in range(seeds)] for lr in rates]
        found[key] = rates, np.array(losses)
    return found


@cache
def effective(key: str, batch_size: int, **hyper: Any) -> np.ndarray:
    """Training losses, by seed, of a network with 32 units after 150 steps.

    The rate is the best of 13 effective rates, in eighths of a decade, for six other seeds: η = rate · (1 − momentum).
    """
    rates = 10.0 ** np.arange(-0.75, 0.76, 0.125) * (1 - hyper.get("momentum", 0.0))
    run: dict[str, Any] = {"tuning": range(6), "seeds": range(6, 46), "steps": 150, "batch_size": batch_size}
    return tuned("network", key, rates, by_training=True, **run, **hyper).training


#: Three tasks, with the sizes of their batches, and the rates that every method is given to choose from.
BATCH = {"words": 10, "network": 64, "pixels": 64}
RATES = 10.0 ** np.arange(-3, 1.1, 0.5)
STEPS = 200


def held(name: str, key: str, lr: float) -> Run:
    """A task after 200 steps, to tune on: judged by what was held out."""
    return held_out(name, key, lr, steps=STEPS, batch_size=BATCH[name])


def settled(name: str, key: str, **given: Any) -> Tuned:
    """A task after 200 steps at the rate with the least held-out loss, from forty seeds."""
    return tuned(name, key, RATES, tuning=range(3), seeds=range(3, 43), steps=STEPS, batch_size=BATCH[name], **given)


#: The rates for Lion, AdamW and Signum: four a decade, the same for all.
LION_RATES = tuple(10.0 ** np.arange(-3.25, -0.4, 0.25))
#: The seeds that rates of falling runs are chosen by; others judge.
TUNING = range(100, 103)


def falling_accuracies(key: str, rates: Any, **hyper: Any) -> np.ndarray:
    """Test accuracies of the network, in per cent, of 20 seeds after 200 steps with a rate that falls to 0.

    The rate is the one with the least held-out loss, mean of three other seeds.
    """
    return 100 * tuned("network", key, rates, tuning=TUNING, steps=200, schedule=falling, **hyper).accuracy


def good_rates(key: str, kind: str, within: float = 0.05) -> np.ndarray:
    """The rates, four a decade, whose held-out loss after such runs is within so much of the least."""
    rates = 10.0 ** np.arange(-3.25, 0.3, 0.25)
    losses = np.array(
        [[held_out(kind, key, lr, seed, steps=200, schedule=falling).loss for seed in TUNING] for lr in rates]
    ).mean(axis=1)
    return rates[losses <= losses[least(losses, rates)] + within]


def state_numbers(key: str) -> int:
    """How many numbers a rule keeps for the network of the digits besides its parameters."""
    rule, arrays = RULES[key], model("network").start(0).values()
    starts = [rule.initial.get(name) for name in rule.state]
    return sum(start(p).size if callable(start) else p.size for p in arrays for start in starts)
