"""The scale invariance chapter's figure: lengths of weights that meet an equilibrium."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .basic import COLORS, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def lengths(ax: Axes, free: Mapping[str, Any], held: Mapping[str, Any], level: Any) -> None:
    """Draw lengths without decay dashed, with decay solid, over the step, and dotted the `level` they should meet."""
    looks = (COLORS["sgd"], COLORS["momentum"], COLORS["adam"])
    for (name, y), color in zip(free.items(), looks, strict=False):
        ax.plot(y, color=color, linestyle=(0, (6, 2)), linewidth=1.1, label=name)
    for (name, y), color in zip(held.items(), looks, strict=False):
        ax.plot(y, color=color, linewidth=1.3, label=name)
    curves(ax, {"derived equilibrium": level}, linestyle=":", color="#5d7c8c")
    ax.set_yticks([2, 3, 5, 10], ["2", "3", "5", "10"])
    ax.minorticks_off()
    ax.set_ylim(top=2.2 * max(y.max() for y in free.values()))  # room for the legend
    ax.legend(fontsize=7, loc="upper center", ncols=3)
