"""The figures of Adam's chapter: one panel a problem, one curve a rule, bands over seeds; steps; valleys of rates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import axes, curves, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def contests(
    panels: Mapping[str, Mapping[str, Any]], labels: Sequence[str], steps: int = 300, columns: int = 2
) -> tuple[Figure, Any]:
    """Draw, for each title, the losses of each rule, (records,); or least, mean and most of them, the range shaded.

    labels: of the y axes of the rows. What lies above 4 or falls below 1e-14 leaves its panel.
    """
    from matplotlib.ticker import NullLocator

    rows = len(panels) // columns
    size = 7.4 if columns > 1 else 5.6, 0.4 + 2.6 * rows  # a phone keeps the shape: one below another are not to be low
    fig, ax = axes("step", "", rows=rows, columns=columns, size=size, yscale="log")
    for one, (title, found) in zip(ax.ravel(), panels.items(), strict=True):
        for (key, losses), look in zip(found.items(), looks(found), strict=True):
            lines = np.atleast_2d(losses)
            x = np.linspace(0, steps, lines.shape[1])
            curves(one, {key: lines[len(lines) // 2]}, x, legend=False)
            if len(lines) > 1:
                one.fill_between(x, lines[0], lines[-1], color=look["color"], alpha=0.15, linewidth=0)
        one.set_title(fill(title, 24), fontsize=10)
        low, first = min(float(np.min(runs)) for runs in found.values()), float(np.max(one.get_ylim()))
        one.set_ylim(max(1e-14, 0.8 * low), min(4.0, first))
        if low > 0.01:  # less than two decades: ticks that can be read
            one.set_yticks([0.1, 0.2, 0.5, 1, 2], ["0.1", "0.2", "0.5", "1", "2"])
            one.yaxis.set_minor_locator(NullLocator())
            one.set_ylim(0.8 * low, min(4.0, first))
    for one, label in zip(ax.reshape(rows, columns)[:, 0], labels, strict=True):
        one.set_ylabel(fill(label, 13))  # on a phone a panel is as high as that
    fig.legend(*ax.flat[0].get_legend_handles_labels(), loc="outside upper center", ncols=4)
    return fig, ax


def valleys(found: Mapping[str, tuple[Any, Any]], within: float = 1.5) -> tuple[Figure, Any]:
    """Draw each rule's mean loss over its rates, thick where it is within a factor of its least, a dot at the least."""
    fig, ax = axes("learning rate", "held-out loss (nats)", xscale="log", yscale="log", ylim=(0.05, 4))
    for (key, (rates, losses)), look in zip(found.items(), looks(found), strict=True):
        rates, losses = np.asarray(rates), np.asarray(losses, dtype=float)
        curves(ax, {key: losses}, rates, legend=False)
        good = np.where(losses < within * losses.min(), losses, np.nan)
        ax.plot(rates, good, color=look["color"], linewidth=5, alpha=0.45, solid_capstyle="round")
        ax.plot(rates[losses == losses.min()], losses.min(), "o", markersize=6, color=look["color"])
    ax.set_yticks([0.05, 0.1, 0.2, 0.5, 1, 2], ["0.05", "0.1", "0.2", "0.5", "1", "2"])
    ax.minorticks_off()
    ax.legend()
    return fig, ax


def steps(lengths: Mapping[str, Any], limits: tuple[float, ...], every: int = 5) -> tuple[Figure, Any]:
    """Draw lengths of steps in units of the rate, one of `every`, and dotted lines at limits."""
    fig, ax = axes("step t", "|step| / lr", ylim=(0, 8))
    t = np.arange(1, len(next(iter(lengths.values()))) + 1)
    shown = slice(every - 1, None, every)
    curves(ax, {label: one[shown] for label, one in lengths.items()}, x=t[shown])
    for limit in limits:
        ax.axhline(limit, color="#5d7c8c", linewidth=0.8, linestyle=":")
    return fig, ax
