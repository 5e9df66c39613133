"""The landscape chapter's figures: maps of the test functions, errors of differences, slices through a loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..problems import Landscape
from .basic import COLORS, axes, curves, paths

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def maps(landscapes: Sequence[Landscape]) -> Figure:
    """Draw the contours of three landscapes side by side, each with its minima and, as a dot, the start."""
    fig, row = axes("x", "y", columns=len(landscapes), size=(7.2, 2.9))
    for ax, landscape in zip(row, landscapes, strict=True):
        paths(ax, landscape, {})
        ax.plot(*landscape.start, "o", color=COLORS["adam"], markersize=5)
        ax.set_title(landscape.label, fontsize=10)
    return fig


def errors(ax: Axes, h: Any, measured: Mapping[str, Any], derived: Mapping[str, Any]) -> None:
    """Draw measured errors over the step h as dots and derived ones as lines."""
    for (name, y), marker, color in zip(measured.items(), "ox", (COLORS["momentum"], COLORS["adam"]), strict=False):
        ax.plot(h, y, marker, color=color, markersize=4, label=name)
    curves(ax, derived, x=h, color=COLORS["sgd"], linewidth=1.1)


def direction(ax: Axes, landscape: Landscape, point: np.ndarray) -> None:
    """Draw a landscape with the gradient at `point` and the contour through it."""
    paths(ax, landscape, {})
    x0, x1, y0, y1 = landscape.domain
    x, y = np.meshgrid(np.linspace(x0, x1, 240), np.linspace(y0, y1, 240))
    ax.contour(x, y, landscape(x, y), levels=[landscape.value(point)], colors=COLORS["momentum"], linewidths=1.8)
    unit = landscape.gradient(point) / np.linalg.norm(landscape.gradient(point))
    for sign, name, side, color in ((1, " ∇f", "left", COLORS["adam"]), (-1, "−∇f ", "right", COLORS["sgd"])):
        x1, y1 = point + 0.7 * sign * unit
        arrow = {"arrowstyle": "-|>", "color": color, "linewidth": 1.8}
        ax.annotate("", (x1, y1), (point[0], point[1]), arrowprops=arrow)
        ax.text(x1, y1, name, color=color, fontsize=10, ha=side)
