"""The noise of the playground's gradients: the same numbers in every run, here and in the front end (`drive.js`)."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np

from ..problems import Landscape

WORD = 0xFFFFFFFF


def shocks() -> Iterator[np.ndarray]:
    """Two normal numbers for each step: the generator is mulberry32, which both languages compute exactly."""
    seed = 1

    def uniform() -> float:
        nonlocal seed
        seed = (seed + 0x6D2B79F5) & WORD
        bits = (seed ^ seed >> 15) * (1 | seed) & WORD
        bits = (bits + ((bits ^ bits >> 7) * (61 | bits) & WORD) & WORD) ^ bits
        return (bits ^ bits >> 14) / 2**32

    while True:
        radius, angle = math.sqrt(-2 * math.log(1 - uniform())), 2 * math.pi * uniform()
        yield np.array([radius * math.cos(angle), radius * math.sin(angle)])


class Noisy:
    """A landscape whose k-th gradient is shaken by the k-th shock, times `noise` and the length of the first."""

    def __init__(self, ground: Landscape, noise: float):
        self.ground, self.noise = ground, noise
        self._shocks = shocks()
        self._deviation: float | None = None

    def value(self, point: Any) -> float:
        return self.ground.value(point)

    def gradient(self, point: Any) -> np.ndarray:
        gradient = self.ground.gradient(point)
        if not self.noise:
            return gradient
        if self._deviation is None:
            self._deviation = self.noise * float(np.hypot(*gradient))
        return gradient + self._deviation * next(self._shocks)
