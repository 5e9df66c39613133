"""The length of weights whose length does not matter: a batch-normalised layer under SGD, with decay and without."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np

from ..minimize import batches
from ..problems.normalised import NormalisedNetwork
from .large_batches import N
from .runs import images
from .walks import made

STEPS = 600


class Course(NamedTuple):
    """At each step: the length of the first layer's weights, the squared length of the gradient times that length, and
    the angle by which the step turns the weights."""

    length: np.ndarray
    tilde: np.ndarray
    angle: np.ndarray


@cache
def network() -> NormalisedNetwork:
    """One normalised hidden layer of 16 units on the digits, ε = 0, so that the length does not matter at all."""
    return NormalisedNetwork(*images("even"), hidden=(16,), eps=0.0)


@cache
def course(decay: float, gain: float, lr: float = 0.1) -> Course:
    """SGD with batches of 32 from first weights `gain` times as long, with this decay of them."""
    params, drawn, found = network().start(), batches(N, 32, seed=0), []
    params["W1"] *= gain
    sgd = made("sgd", params, lr=lr)
    for _ in range(STEPS):
        grads, old = network().gradient(params, next(drawn)), params["W1"].copy()
        length = np.linalg.norm(old)
        tilde = (length * np.linalg.norm(grads["W1"])) ** 2
        grads["W1"] += decay * old
        sgd.step(grads)
        cosine = (old * params["W1"]).sum() / (length * np.linalg.norm(params["W1"]))
        found.append([float(x) for x in (length, tilde, np.arccos(cosine))])
    return Course(*np.array(found).T)


def equilibrium(courses: list[Course], decay: float, lr: float = 0.1) -> np.ndarray:
    """The derived length at each step, from the mean of ‖g̃‖² over courses and 100 steps; nan at the ends."""
    tilde = np.mean([each.tilde for each in courses], axis=0)
    level = np.full(STEPS, np.nan)
    level[50:-50] = (lr * np.convolve(tilde, np.ones(100) / 100, mode="same")[50:-50] / (2 * decay)) ** 0.25
    return level
