"""The figures of the chapter around the optimizer: a cliff, and where sharpness-aware steps lead."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..minimize import Trajectory
from ..problems import Landscape
from .basic import axes, looks, marks, paths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def cliff(ax: Axes, loss: Callable[[Any], Any], points: Mapping[str, Any]) -> None:
    """Draw the logarithm of a loss over (w, b), and the path of each label, (steps + 1, 2)."""
    w, b = np.meshgrid(np.linspace(3.6, 7.0, 220), np.linspace(-4.2, -1.4, 220))
    height = np.log10(loss(np.stack([w.ravel(), b.ravel()], axis=-1)) + 1e-5).reshape(w.shape)
    levels = np.quantile(height, np.linspace(0, 1, 15))  # as much area between two lines as between any others
    ax.contourf(w, b, height, levels=levels, cmap="Blues_r", alpha=0.75).set_rasterized(True)
    ax.contour(w, b, height, levels=levels[1:-1:2], colors="#5d7c8c", linewidths=0.5, linestyles="-")
    ax.grid(visible=False)
    for (label, path), look in zip(points.items(), looks(points), strict=True):
        ax.plot(*path.T, label=label, linewidth=1.5, marker=".", markersize=4, **look)
    ax.set(xlim=(3.6, 7.0), ylim=(-4.2, -1.4))
    ax.legend(loc="lower left", frameon=True, framealpha=0.9, edgecolor="none")


def flatness(
    valley: Landscape,
    slides: Mapping[str, Trajectory],
    wells: Callable[[Any], Any],
    ends: Mapping[str, Any],
) -> tuple[Figure, Any]:
    """Draw paths along a valley of minima; and a loss of one parameter with, for each label, where runs end on it."""
    fig, ax = axes("x", "y", columns=2, size=(7.4, 3.6))
    paths(ax[0], valley, slides)
    first = next(iter(slides.values()))  # the others may lie on it
    ax[0].plot(*first.points.T, color=looks(slides)[0]["color"], linewidth=3, zorder=4)
    x = np.linspace(-2, 2, 400)
    ax[1].plot(x, wells(x), color="#5d7c8c", linewidth=1.3)
    for row, (label, points) in enumerate(ends.items()):
        height = wells(points) + 0.07 * (row + 1)
        drawn = {"marker": marks(ends)[row], "color": looks(ends)[row]["color"], "markersize": 5, "fillstyle": "none"}
        ax[1].plot(points, height, linestyle="none", label=label, **drawn)
    ax[1].set(xlabel="θ", ylabel="loss")
    ax[1].legend()
    return fig, ax
