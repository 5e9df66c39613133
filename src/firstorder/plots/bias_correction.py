"""The bias correction chapter's figures: estimates with their standard errors, and runs with their spread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import axes, curves, looks, marks

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def estimates(ax: Axes, values: Mapping[str, Any], x: Any, *, errors: float = 2.0) -> None:
    """Draw the mean of each entry (label, array of shape (len(x), runs)) with bars of `errors` standard errors."""
    for (key, runs), look, marker in zip(values.items(), looks(values), marks(values), strict=True):
        runs = np.asarray(runs)
        bars = errors * runs.std(axis=1, ddof=1) / runs.shape[1] ** 0.5
        drawn = {"color": look["color"], "marker": marker, "markersize": 4, "linestyle": "none", "capsize": 2}
        ax.errorbar(x, runs.mean(axis=1), bars, label=key, **drawn)
    ax.legend()


def trained(found: Mapping[str, Mapping[str, Any]], rates: Sequence[float]) -> tuple[Figure, Any]:
    """Draw, for each label, the loss by step at one rate (left) and the last loss by rate (right).

    found: by label "at_0.01" and "ends", each least, mean and most over seeds: (3, records) and (3, rates).
    """
    fig, ax = axes("", "training loss (nats)", columns=2, size=(8.4, 3.8), yscale="log")
    ax[0].set(xlabel="step")
    ax[1].set(xlabel="learning rate η", xscale="log")
    for panel, part, x in ((ax[0], "at_0.01", 20 * np.arange(11)), (ax[1], "ends", rates)):
        for (label, one), look in zip(found.items(), looks(found), strict=True):
            low, mean, high = one[part]
            panel.plot(x, mean, label=label, linewidth=1.7, **look)
            panel.fill_between(x, low, high, color=look["color"], alpha=0.15, linewidth=0)
    fig.legend(*ax[0].get_legend_handles_labels(), loc="outside upper center", ncols=2)
    return fig, ax


def monte_carlo(x: Any, derived: Mapping[str, Any], runs: Mapping[str, Any], dots: int = 14) -> tuple[Figure, Any]:
    """Draw curves over the steps x, and at some of the steps the mean of runs, (steps, runs), with its error."""
    at = np.unique(np.geomspace(1, len(x), dots).astype(int))
    fig, ax = axes("step t", "mean / true moment", xscale="log")
    curves(ax, derived, x)
    estimates(ax, {name: one[at - 1] for name, one in runs.items()}, at)
    return fig, ax
