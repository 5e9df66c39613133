"""Is a gradient right? Compared with central differences."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..arena import Arena


def gradient_error(problem: Any, point: Any, samples: int = 200, seed: int = 0) -> float:
    """Largest error of `problem.gradient` at `point`, relative to the gradient's largest element.

    Central differences with h = ε^(1/3)·max(1, |p|), where truncation O(h²) and rounding O(ε/h) balance: about 1e-10
    in float64. At most `samples` randomly chosen elements are checked. point: one array, or a mapping of arrays.
    """
    params = Arena(point if isinstance(point, dict) else np.array(point, dtype=float))
    flat = params.buffer
    gradient = Arena(problem.gradient(params.views)).buffer
    chosen = np.random.default_rng(seed).permutation(flat.size)[:samples]
    worst = 0.0
    for i in chosen.tolist():
        kept = float(flat[i])
        h = np.finfo(flat.dtype).eps ** (1 / 3) * max(1.0, abs(kept))
        values = []
        for x in (kept + h, kept - h):
            flat[i] = x
            values.append(float(problem.value(params.views)))
        flat[i] = kept
        worst = max(worst, abs((values[0] - values[1]) / (2 * h) - float(gradient[i])))
    return worst / max(float(abs(gradient).max()), np.finfo(flat.dtype).tiny)
