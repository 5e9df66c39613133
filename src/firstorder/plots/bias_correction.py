"""The bias correction chapter's figures: estimates with their standard errors, and runs with their spread."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import label_of, looks, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def estimates(ax: Axes, values: Mapping[str, Any], x: Any, *, errors: float = 2.0) -> None:
    """Draw the mean of each entry (label, array of shape (len(x), runs)) with bars of `errors` standard errors."""
    for (key, runs), look, marker in zip(values.items(), looks(values), marks(values), strict=True):
        runs = np.asarray(runs)
        bars = errors * runs.std(axis=1, ddof=1) / runs.shape[1] ** 0.5
        drawn = {"color": look["color"], "marker": marker, "markersize": 4, "linestyle": "none", "capsize": 2}
        ax.errorbar(x, runs.mean(axis=1), bars, label=key, **drawn)
    ax.legend()


def spreads(ax: Axes, values: Mapping[str, Any], x: Any, *, legend: bool = True) -> None:
    """Draw the mean of each entry (label, array of shape (seeds, len(x))) and a band from its least to its largest.

    The legend stands above the figure, for all axes that show the same entries.
    """
    for (key, runs), look in zip(values.items(), looks(values), strict=True):
        runs = np.asarray(runs)
        ax.plot(x, runs.mean(axis=0), label=label_of(key), linewidth=1.7, **look)
        ax.fill_between(x, runs.min(axis=0), runs.max(axis=0), color=look["color"], alpha=0.15, linewidth=0)
    if legend:
        ax.figure.legend(*ax.get_legend_handles_labels(), loc="outside upper center", ncols=2)
