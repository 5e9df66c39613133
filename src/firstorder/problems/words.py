"""Documents in which a few words are frequent and most are rare."""

from __future__ import annotations

import numpy as np


def documents(n: int, seed: int, words: int = 500) -> tuple[np.ndarray, np.ndarray]:
    """(x, y): n documents as rows of 0 and 1, the share 1/r of which has the word of rank r (Zipf); labels 0 and 1.

    Every word weighs for or against the label, the rare ones as much as the frequent ones; the weights do not depend
    on the seed.
    """
    weights = np.random.default_rng(99).normal(0, 2, words)
    rng = np.random.default_rng(seed)
    x = (rng.random((n, words)) < 1 / np.arange(1, words + 1)).astype(float)
    y = rng.random(n) < 1 / (1 + np.exp(-x @ weights))
    return x, y.astype(int)
