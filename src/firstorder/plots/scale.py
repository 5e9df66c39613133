"""The figures of the chapter on scaling up: valleys by width, what a step moves, and signals through layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lab.scale import Valley
from .basic import COLORS, axes, curves, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def valleys(found: Mapping[str, Mapping[int, Valley]]) -> Figure:
    """A panel for each name: the mean loss over the rate for each width, the widest darkest, its bottom marked."""
    fig, ax = axes("learning rate", "", columns=len(found), size=(7.2, 3.3), yscale="log", xscale="log")
    ends = [power for each in found.values() for valley in each.values() for power in valley.powers]
    heights = [x for each in found.values() for valley in each.values() for x in valley.mean if np.isfinite(x)]
    for one, (name, each) in zip(np.ravel(ax), found.items(), strict=True):
        for (width, valley), shade in zip(each.items(), shades(len(each)), strict=True):
            good = np.isfinite(valley.mean)
            one.plot(2.0 ** valley.powers[good], valley.mean[good], color=shade, linewidth=1.6, label=f"{width:,}")
            one.plot(2.0**valley.best, valley.mean.min(), "o", color=shade, markersize=5, markeredgecolor="#1d232b")
        one.set_xscale("log", base=2)
        one.set(xlim=2.0 ** np.array([min(ends) - 0.3, max(ends) + 0.3]), ylim=(0.8 * min(heights), 1.2 * max(heights)))
        one.set_title(name, fontsize=10)
    np.ravel(ax)[0].set_ylabel("training loss (nats)")
    np.ravel(ax)[-1].legend(title="units", fontsize=8, title_fontsize=8, loc="upper left", ncols=2)
    return fig


#: What a first step moves, with colour and mark.
PARTS = (("first layer", "sgd", "o"), ("second layer", "momentum", "s"), ("scores", "adam", "^"))


def moves(widths: Sequence[int], found: Mapping[str, np.ndarray]) -> Figure:
    """A panel for each name: what a step changes, (widths, 3), of both hidden layers and the scores, over the width."""
    every = np.concatenate(list(found.values()))
    fig, ax = axes("units in a layer", "", columns=len(found), size=(7.2, 3.0), xscale="log", yscale="log")
    for one, (name, sizes) in zip(np.ravel(ax), found.items(), strict=True):
        for column, (part, key, mark) in zip(sizes.T, PARTS, strict=True):
            one.plot(widths, column, marker=mark, markersize=4, color=COLORS[key], linewidth=1.6, label=part)
        one.set_xscale("log", base=2)
        one.set(ylim=(0.6 * every.min(), 1.6 * every.max()))
        one.set_title(name, fontsize=10)
    np.ravel(ax)[0].set_ylabel("size of the change")
    np.ravel(ax)[0].legend(fontsize=8)
    return fig


def signals(ax: Axes, found: Mapping[str, Any]) -> None:
    """A line for each name: sizes over the layers, the first being the input."""
    for (name, sizes), shade in zip(found.items(), shades(len(found)), strict=True):
        ax.plot(sizes, color=shade, marker="o", markersize=3, linewidth=1.6)
        ax.annotate(name, (len(sizes) - 1, sizes[-1]), (6, -3), textcoords="offset points", fontsize=8)
    ax.set_xlim(right=1.2 * (max(map(len, found.values())) - 1))


def starts(ax: Axes, gains: Sequence[float], found: Mapping[str, Sequence[float]]) -> None:
    """A line for each optimizer: the loss at its best rate over what the weights at the start are multiplied by."""
    curves(ax, found, x=gains, marker="o", markersize=4)
    ax.set_xscale("log", base=2)
