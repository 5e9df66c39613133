"""The momentum chapters' figure: the factor by which the error shrinks per step, over rate times curvature."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .basic import COLORS, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def factors(ax: Axes, x: Any, predicted: Mapping[str, Any], measured: Mapping[str, Mapping[float, float]]) -> None:
    """Draw the `predicted` factors over `x` = ηh as lines, by label, and the `measured` ones (by ηh) as dots."""
    curves(ax, predicted, x=x, legend=False)
    colours = {line.get_label(): line.get_color() for line in ax.lines}
    for (label, dots), colour in zip(measured.items(), colours.values(), strict=True):
        name = re.sub(r"\W+", "-", label)  # it becomes an `id` of the SVG, which has no spaces
        ax.plot(list(dots), list(dots.values()), "o", markersize=4.5, color=colour, gid=name)
    ax.axhline(1, color=COLORS["adamw"], linewidth=0.8)
    ax.set(xlim=(0, x[-1]), ylim=(0, 1.4))
    ax.legend(loc="lower right")
