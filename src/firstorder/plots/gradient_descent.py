"""The gradient descent chapter's figure: how much a step shrinks the distance, against the learning rate."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from .basic import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def contraction(ax: Axes, low: float, high: float, measured: Mapping[float, float]) -> None:
    """Draw |1 − ηh| for the curvatures h = `low` and `high`, the larger of the two, and measured factors by rate."""
    lr = np.linspace(0, 2.2 / high, 400)
    factors = {h: abs(1 - lr * h) for h in (low, high)}
    ax.plot(lr, factors[low], color=COLORS["momentum"], linestyle=(0, (6, 2)), label=f"curvature {low:g}")
    ax.plot(lr, factors[high], color=COLORS["adam"], linestyle=(0, (1.5, 1.5)), label=f"curvature {high:g}")
    ax.plot(lr, np.maximum(*factors.values()), color=COLORS["sgd"], linewidth=1, label="the larger: the rate")
    ax.plot(
        list(measured), list(measured.values()), "o", markersize=5, color=COLORS["sgd"], label="measured", clip_on=False
    )
    ax.axhline(1, color=COLORS["adamw"], linewidth=0.8)
    for at, name, side in ((2 / (low + high), "best ", "right"), (2 / high, " limit", "left")):
        ax.axvline(at, color="#5d7c8c", linewidth=0.8)
        ax.text(at, 0.03, name, ha=side, fontsize=9)
    ax.set(xlim=(0, lr[-1]), ylim=(0, 1.25))
    ax.legend(loc="center left", bbox_to_anchor=(0.02, 0.4))
