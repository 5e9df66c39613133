"""The large batches chapter's figure: steps against examples."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES: dict[str, Any] = {"color": "#5d7c8c", "linewidth": 1}


def trade(ax: Axes, measured: Mapping[int, float], least_steps: float, least_examples: float) -> None:
    """Draw steps over examples, a labelled dot for each batch size, and the hyperbola with these asymptotes."""
    sizes = np.geomspace(min(measured) / 2, max(measured) * 1.5, 200)
    steps = least_steps + least_examples / sizes
    ax.plot(steps * sizes, steps, color=COLORS["sgd"], linewidth=1.3, label="hyperbola, fitted")
    ax.axhline(least_steps, linestyle=":", **_LINES)
    ax.axvline(least_examples, linestyle=":", **_LINES)
    x = [size * count for size, count in measured.items()]
    ax.plot(x, list(measured.values()), "o", color=COLORS["adam"], markersize=5, label="measured")
    for (size, count), place in zip(measured.items(), x, strict=True):
        ax.annotate(f"B = {size:,}", (place, count), xytext=(5, 5), textcoords="offset points", fontsize=8)
    ax.legend()
