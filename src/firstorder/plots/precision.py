"""The precision chapter's opening figure: losses in several formats, and what rounding costs at several rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from .basic import COLORS, axes, curves

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def rounded(found: Mapping[str, np.ndarray], rates: Sequence[float], excess: np.ndarray) -> Figure:
    """Losses every 20 steps by format; and a factor of the loss, (rates, seeds), with a line through the means."""
    fig, (left, right) = axes("", "", columns=2, size=(7.2, 3.4))
    curves(left, found, x=20 * np.arange(len(next(iter(found.values())))))
    left.set(xlabel="step", ylabel="training loss (nats)")
    for seed in excess.T:
        right.plot(rates, seed, "o", color="#8a99a5", markersize=4)
    right.plot(rates, np.exp(np.log(excess).mean(axis=1)), color=COLORS["momentum"], linewidth=1.7)
    right.axhline(1, color="#1d232b", linestyle=":", linewidth=1)
    right.set(xscale="log", xlabel="learning rate", ylabel="loss in bfloat16 / in float32")
    return fig
