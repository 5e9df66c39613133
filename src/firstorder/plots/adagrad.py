"""The AdaGrad chapter's figure: the rate that a feature comes to, against how often it occurred."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def rates_by_frequency(ax: Axes, counts: Any, rates: Any, *, least: int = 20) -> float:
    """Draw the rate of each feature against its count, both axes logarithmic, and the line fitted from `least` on.

    Returns the slope of the line: the exponent.
    """
    often = counts >= least
    slope, level = np.polyfit(np.log(counts[often]), np.log(rates[often]), 1)
    ends = np.array([counts.min(), counts.max()], dtype=float)
    ax.plot(counts, rates, "o", markersize=2.5, alpha=0.5, color=COLORS["adagrad"], label="a word")
    ax.plot(ends, np.exp(level) * ends**slope, color=COLORS["sgd"], linewidth=1.2, label=f"slope {slope:.2f}")
    ax.set(xscale="log", yscale="log")
    ax.legend()
    return float(slope)
