"""The stochastic descent chapter's figures: variances against batch size, floors under loss curves, shares of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .basic import COLORS, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LINES: dict[str, Any] = {"color": "#5d7c8c", "linewidth": 1}


def variances(ax: Axes, x: Any, derived: Mapping[str, Any], measured: Mapping[str, Any]) -> None:
    """Draw by name the derived variances as lines over the batch sizes `x`, and the measured ones as dots."""
    curves(ax, {f"{name}, derived": y for name, y in derived.items()}, x=x)
    for line, (name, y), marker in zip(ax.get_lines(), measured.items(), "os", strict=False):
        ax.plot(x, y, marker, color=line.get_color(), markersize=5, fillstyle="none", label=f"{name}, measured")
    ax.legend()


def floors(ax: Axes, losses: Mapping[str, Any], levels: Mapping[str, float]) -> None:
    """Draw loss curves over the step, and the level that each is derived to end at, dotted."""
    for level in levels.values():
        ax.axhline(level, linestyle=":", **_LINES)
    curves(ax, losses)


def shares(ax: Axes, x: Any, values: Mapping[str, Any]) -> None:
    """Draw shares between 0 and 1 over `x`, with a dot for each run of an experiment."""
    curves(ax, values, x=x, marker="o", markersize=4)
    ax.axhline(0.5, linestyle=":", **_LINES)
    ax.set(ylim=(-0.03, 1.03))


def passes(ax: Axes, losses: Mapping[str, Any], x: Mapping[str, Any]) -> None:
    """Draw each loss over its own numbers of passes."""
    looks = zip(losses, (COLORS["sgd"], COLORS["momentum"], COLORS["adam"]), ("-", (0, (6, 2)), "-"), strict=False)
    for name, color, dash in looks:
        ax.plot(x[name], losses[name], color=color, linestyle=dash, linewidth=1.3, label=name)
    ax.legend()
