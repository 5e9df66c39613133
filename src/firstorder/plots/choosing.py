"""The figures of the chapter on learning rates: valleys with what a range test says, and searches that draw rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..find_lr import RangeTest
from .basic import COLORS, axes, curves, label_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def valleys(rates: Sequence[float], found: Mapping[str, tuple[np.ndarray, RangeTest]]) -> Figure:
    """For each method losses over the rates, (rates, seeds): a dot a seed, a line through the means; and the range
    test's limit, with a band from a tenth of it to a third."""
    fig, ax = axes("learning rate", "", columns=len(found), size=(7.2, 3.0), xscale="log", yscale="log")
    for one, (key, (losses, test)) in zip(np.ravel(ax), found.items(), strict=True):
        for seed in losses.T:
            one.plot(rates, seed, "o", color="#8a99a5", markersize=2.5)
        one.plot(rates, losses.mean(axis=1), color=COLORS[key], linewidth=1.7)
        one.axvline(test.limit, color="#1d232b", linestyle=":", linewidth=1.2)
        one.axvspan(test.limit / 10, test.limit / 3, color=COLORS["momentum"], alpha=0.12)
        one.set_title(label_of(key), fontsize=10)
    np.ravel(ax)[0].set_ylabel("held-out loss (nats)")
    return fig


def searches(found: Mapping[str, Any]) -> Figure:
    """The least loss after 1, 2, … trials, by the scale that the rates were drawn on."""
    fig, ax = axes("trials", "least held-out loss (nats)", yscale="log")
    curves(ax, found, x=range(1, len(next(iter(found.values()))) + 1))
    return fig
