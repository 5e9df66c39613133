"""What optimizers keep: numbers for each parameter, and what eight bits do to a second moment."""

from __future__ import annotations

import numpy as np

from ..card import EXAMPLE, state_bytes
from ..rules import RULES
from .runs import model, state_after


def numbers_kept(key: str) -> float:
    """Numbers of state for each parameter of a 64 × 32 matrix."""
    return float(round(state_bytes(RULES[key]) / 4 / np.prod(EXAMPLE), 2))


def second_moments() -> np.ndarray:
    """Adam's v for the weights of the digits' network after 200 batches, of all weights that have had a gradient."""
    state = state_after(model("network"), "adam", 0.01, 2, steps=200)["v"]
    v = np.concatenate([np.ravel(state[name]) for name in ("W1", "W2")])
    return v[v > 0]


def in_eight_bits(v: np.ndarray, even: bool) -> np.ndarray:
    """v through 256 codes from 0 to its largest: evenly spaced, or 0 and equal ratios from a ten-millionth on."""
    codes = np.arange(256) / 255 if even else np.append(0, np.geomspace(1e-7, 1, 255))
    middles = (codes[1:] + codes[:-1]) / 2
    return codes[np.searchsorted(middles, v / v.max())] * v.max()
