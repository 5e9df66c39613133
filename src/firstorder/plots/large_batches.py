"""The large batches chapter's figures: steps against examples, and lengths of weights that meet an equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES: dict[str, Any] = {"color": "#5d7c8c", "linewidth": 1}


def trade(ax: Axes, measured: Mapping[int, float], least_steps: float, least_examples: float) -> None:
    """Draw steps over examples, a labelled dot for each batch size, and the hyperbola with these asymptotes."""
    sizes = np.geomspace(min(measured) / 2, max(measured) * 1.5, 200)
    steps = least_steps + least_examples / sizes
    ax.plot(steps * sizes, steps, color=COLORS["sgd"], linewidth=1.3, label="hyperbola, fitted")
    ax.axhline(least_steps, linestyle=":", **_LINES)
    ax.axvline(least_examples, linestyle=":", **_LINES)
    x = [size * count for size, count in measured.items()]
    ax.plot(x, list(measured.values()), "o", color=COLORS["adam"], markersize=5, label="measured")
    for (size, count), place in zip(measured.items(), x, strict=True):
        ax.annotate(f"B = {size:,}", (place, count), xytext=(5, 5), textcoords="offset points", fontsize=8)
    ax.legend()


def lengths(ax: Axes, free: Mapping[str, Any], held: Mapping[str, Any], level: Any) -> None:
    """Draw lengths without decay dashed, with decay solid, over the step, and dotted the `level` they should meet."""
    looks = (COLORS["sgd"], COLORS["momentum"], COLORS["adam"])
    for (name, y), color in zip(free.items(), looks, strict=False):
        ax.plot(y, color=color, linestyle=(0, (6, 2)), linewidth=1.1, label=name)
    for (name, y), color in zip(held.items(), looks, strict=False):
        ax.plot(y, color=color, linewidth=1.3, label=name)
    curves(ax, {"derived equilibrium": level}, linestyle=":", color=_LINES["color"])
    ax.set_ylim(top=2.2 * max(y.max() for y in free.values()))  # room for the legend
    ax.legend(fontsize=7, loc="upper center", ncols=3)
