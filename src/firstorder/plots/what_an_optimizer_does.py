"""The first chapter's figures: a slope, the paths of two weights, and four trainings of a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lab.results import rows, stored
from ..lab.two_dots import FAINTER, METHODS, NAMES
from .basic import COLORS, axes, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def slope(ax: Axes, at: float, rate: float) -> None:
    """Half the squared distance from 1, its tangent at a weight, and the step from there."""
    weights = np.linspace(-0.6, 2.6, 200)
    ax.plot(weights, (weights - 1) ** 2 / 2, color=COLORS["sgd"], linewidth=1.8)
    here, falls = (at - 1) ** 2 / 2, at - 1
    near = np.array([at - 0.35, at + 0.3])
    ax.plot(near, here + falls * (near - at), "--", color=COLORS["adam"], linewidth=1.6)
    ax.plot(at, here, "o", color=COLORS["sgd"], markersize=7)
    ax.annotate("the slope here", (at, here), (12, 6), textcoords="offset points")
    after = at - rate * falls
    ax.plot([at, at], [0, here], ":", color="#8a99a5", linewidth=1)
    ax.annotate("", (after, 0), (at, 0), arrowprops={"arrowstyle": "->", "color": COLORS["momentum"], "linewidth": 1.8})
    ax.annotate("one step", ((at + after) / 2, 0), (0, 7), textcoords="offset points", ha="center")
    ax.set(ylim=(-0.06, 1.3))


def four_paths(found: Mapping[str, Any]) -> Figure:
    """The paths of `FourSteps().curves()` on the map of the loss, side by side."""
    fig, ax = axes("", "", columns=2, rows=2, size=(6.6, 5.2), xticks=[0, 1], yticks=[0, 1])
    x, y = np.meshgrid(np.linspace(-0.2, 1.5, 120), np.linspace(-0.25, 1.9, 120))
    height = np.log10(((x - 1) ** 2 / FAINTER**2 + (y - 1) ** 2) / 2 + 2e-4)
    for one, key in zip(ax.flat, METHODS, strict=True):
        xs, ys = np.reshape(found[key], (-1, 2)).T
        one.contourf(x, y, height, levels=12, cmap="Blues_r", alpha=0.45).set_rasterized(True)
        one.contour(x, y, height, levels=12, colors="#5d7c8c", linewidths=0.4)
        one.plot(xs, ys, color=COLORS[key], linewidth=1.3)
        one.plot(0, 0, "o", markersize=6, markerfacecolor="white", markeredgecolor="#1d232b")
        one.plot(1, 1, "*", color="#1d232b", markersize=11, zorder=5)
        one.set_title(NAMES[key], fontsize=10)
        one.grid(visible=False)
    for last, first in zip(ax[-1], ax[:, 0], strict=True):
        last.set_xlabel("weight of the faint dot")
        first.set_ylabel("weight of the dark dot")
    return fig


def network() -> Figure:
    """Training losses of the digits network in the book's sweep, each method at its tuned rate: means of ten seeds."""
    trained = rows(stored(), "two_layer")
    fig, ax = axes("step", "training loss (nats)", yscale="log")
    curves(ax, {key: trained[key]["curve"] for key in METHODS}, x=range(0, 301, 10))
    return fig
