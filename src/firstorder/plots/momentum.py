"""The momentum chapters' figures: the factor of the error per step, what noise leaves of it, and looking ahead."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS, curves, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def factors(
    ax: Axes,
    x: Any,
    predicted: Mapping[str, Any],
    measured: Mapping[str, Mapping[float, float]],
    band: tuple[float, float] | None = None,
) -> None:
    """Draw the `predicted` factors over `x` = ηh as lines, by label, and the `measured` ones (by ηh) as dots.

    band: ηℓ and ηL of a bowl, between which all its curvatures lie.
    """
    if band:
        ax.axvspan(*band, color="#dfe4e8", alpha=0.6, linewidth=0, label="from ηℓ to ηL")
    _lines_and_dots(ax, x, predicted, measured)
    ax.set(xlim=(0, x[-1]), ylim=(0, 1.4))
    ax.legend(loc="lower right")


def floors(ax: Axes, x: Any, derived: Mapping[str, Any], measured: Mapping[str, Mapping[float, float]]) -> None:
    """Draw variances over SGD's, over effective rate times curvature `x`: `derived` as lines, `measured` as dots."""
    _lines_and_dots(ax, x, derived, measured)
    ax.set(xlim=(0, 2), ylim=(0, 1.1))
    ax.annotate("SGD", (0.03, 1.02), color=COLORS["adamw"], fontsize=9)
    ax.legend(loc="lower left")


def _lines_and_dots(
    ax: Axes, x: Any, lines: Mapping[str, Any], dots: Mapping[str, Mapping[float, float]]
) -> None:
    curves(ax, lines, x=x, legend=False)
    colours = {line.get_label(): line.get_color() for line in ax.lines}
    for (label, points), colour in zip(dots.items(), colours.values(), strict=True):
        name = re.sub(r"\W+", "-", label)  # it becomes an `id` of the SVG, which has no spaces
        ax.plot(list(points), list(points.values()), "o", markersize=4.5, color=colour, gid=name)
    ax.axhline(1, color=COLORS["adamw"], linewidth=0.8)


def look_ahead(axes: Any, landscape: Any, at: Any, last: Any, lr: float, momentum: float) -> None:
    """Draw one step of momentum and one of Nesterov's form, from the point `at` and the step before, on two axes.

    Arrows: the share of the last step, and the gradient step, taken at `at` or where that share leads.
    """
    at, carried = np.asarray(at, float), momentum * np.asarray(last, float)
    x, y = np.meshgrid(np.linspace(-2.1, 0.3, 120), np.linspace(-1.1, 0.8, 120))
    for ax, key in zip(axes, ("momentum", "nesterov"), strict=True):
        asked = at if key == "momentum" else at + carried
        downhill = -lr * landscape.gradient(asked)
        ax.contour(x, y, landscape(x, y), levels=10, colors="#5d7c8c", linewidths=0.5, alpha=0.7)
        ax.grid(visible=False)
        _arrow(ax, at, carried, "#5d7c8c", "μ × last step")
        _arrow(ax, at + carried, downhill, COLORS["adam"], "gradient step")
        if key == "momentum":  # where its gradient was taken
            _arrow(ax, at, downhill, COLORS["adam"], linestyle=(0, (3, 2)), alpha=0.7)
        _arrow(ax, at, carried + downhill, COLORS[key], linewidth=2.6)
        ax.plot(*at, "o", color="#1d232b", markersize=5)
        ax.plot(*asked, "o", color=COLORS["adam"], markersize=9, fillstyle="none")
        ax.plot(*landscape.minima[0], marker="*", markersize=11, color="#1d232b")
        ax.axhline(0, color="#5d7c8c", linewidth=0.8, linestyle=":")
        ax.set_title(label_of(key), fontsize=10)
        ax.set(aspect="equal")


def _arrow(ax: Axes, start: Any, way: Any, color: str, label: str = "", **line: Any) -> None:
    style = {"arrowstyle": "-|>", "color": color, "linewidth": 1.8, "shrinkA": 0, "shrinkB": 0, **line}
    ax.annotate("", tuple(start + way), tuple(start), arrowprops=style)
    left = way[0] > 0.5  # beside the arrow: the long one is labelled below it, the short one to its right
    x, y = start + way / 2 + ((-0.1, -0.12) if left else (0.12, 0.0))
    ax.text(x, y, label, color=color, fontsize=8.5, ha="right" if left else "left", va="top" if left else "center")
