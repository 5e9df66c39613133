"""The noise of the playground's gradients: the same numbers in every run, here and in the front end (`drive.js`)."""

from __future__ import annotations

import functools
import math
from typing import Any

import numpy as np

from ..problems import Landscape

WORD = 0xFFFFFFFF


@functools.cache
def shocks(steps: int) -> np.ndarray:
    """Normal numbers, two for each step: the generator is mulberry32, which both languages compute exactly."""
    seed = 1

    def uniform() -> float:
        nonlocal seed
        seed = (seed + 0x6D2B79F5) & WORD
        bits = (seed ^ seed >> 15) * (1 | seed) & WORD
        bits = (bits + ((bits ^ bits >> 7) * (61 | bits) & WORD) & WORD) ^ bits
        return (bits ^ bits >> 14) / 2**32

    def pair() -> tuple[float, float]:
        radius, angle = math.sqrt(-2 * math.log(1 - uniform())), 2 * math.pi * uniform()
        return radius * math.cos(angle), radius * math.sin(angle)

    return np.array([pair() for _ in range(steps)])


class Noisy:
    """A landscape whose k-th gradient is shaken by the k-th shock, times `noise` and the length of the first."""

    def __init__(self, ground: Landscape, noise: float):
        self.ground, self.noise = ground, noise
        self._taken, self._deviation = 0, 0.0

    def value(self, point: Any) -> float:
        return self.ground.value(point)

    def gradient(self, point: Any) -> np.ndarray:
        gradient = self.ground.gradient(point)
        if self._taken == 0:
            self._deviation = self.noise * float(np.hypot(*gradient))
        self._taken += 1
        return gradient + self._deviation * shocks(self._taken)[-1] if self.noise else gradient
