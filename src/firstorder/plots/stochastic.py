"""The stochastic descent chapter's figures: variances by batch size, floors under losses, shares and places of runs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from .basic import COLORS, axes, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_LINES: dict[str, Any] = {"color": "#5d7c8c", "linewidth": 1}
_THREE = (COLORS["momentum"], COLORS["nesterov"], COLORS["adam"])


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


def promises(x: Any, losses: Mapping[str, Any], slopes: Mapping[str, Any]) -> Figure:
    """Draw losses and squared slopes over numbers of steps, promised and measured ones by name."""
    fig, (left, right) = axes("steps T", "", columns=2, size=(7.2, 3.2), xscale="log", yscale="log")
    curves(left, losses, x=x, marker="o", markersize=4)
    curves(right, slopes, x=x, marker="o", markersize=4)
    left.set_ylabel("loss above the minimum")
    right.set(ylabel="squared slope", ylim=(0.1, 10))
    return fig


def shares(ax: Axes, x: Any, measured: Mapping[str, Any], fine: Any, derived: Mapping[str, Any]) -> None:
    """Draw by name shares between 0 and 1 that were measured at `x` as dots, and derived ones over `fine` as lines."""
    curves(ax, {f"{name}, derived": y for name, y in derived.items()}, x=fine)
    for line, (name, y), marker in zip(ax.get_lines(), measured.items(), "os", strict=False):
        ax.plot(x, y, marker, color=line.get_color(), markersize=5, fillstyle="none", label=f"{name}, measured")
    ax.axhline(0.5, linestyle=":", **_LINES)
    ax.set(ylim=(-0.03, 1.03))
    ax.legend()


def densities(ax: Axes, x: Any, measured: Mapping[str, Any], fine: Any, derived: Any) -> None:
    """Draw by name measured densities over `x` as dots, and the derived one over `fine` as a line."""
    ax.plot(fine, derived, color=COLORS["sgd"], linewidth=1.4, label="derived")
    for (name, y), marker, color in zip(measured.items(), "o^s", _THREE, strict=False):
        ax.plot(x, y, marker, color=color, markersize=4.5, fillstyle="none", label=name)
    ax.legend()


def passes(ax: Axes, losses: Mapping[str, Any], x: Mapping[str, Any]) -> None:
    """Draw each loss over its own numbers of passes."""
    looks = zip(losses, (COLORS["sgd"], COLORS["momentum"], COLORS["adam"]), ("-", (0, (6, 2)), "-"), strict=False)
    for name, color, dash in looks:
        ax.plot(x[name], losses[name], color=color, linestyle=dash, linewidth=1.3, label=name)
    ax.legend()
