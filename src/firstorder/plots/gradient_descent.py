"""The gradient descent chapter's figures: the parabola above a loss, and what a step shrinks the distance by."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def contraction(ax: Axes, low: float, high: float, measured: Mapping[float, float]) -> None:
    """Draw |1 − ηh| for the curvatures h = `low` and `high`, the larger of the two, and measured factors by rate."""
    lr = np.linspace(0, 2.2 / high, 400)
    factors = {h: abs(1 - lr * h) for h in (low, high)}
    ax.plot(lr, factors[low], color=COLORS["momentum"], linestyle=(0, (6, 2)), label=f"curvature {low:g}")
    ax.plot(lr, factors[high], color=COLORS["adam"], linestyle=(0, (1.5, 1.5)), label=f"curvature {high:g}")
    ax.plot(lr, np.maximum(*factors.values()), color=COLORS["sgd"], linewidth=1, label="the larger: the rate")
    ax.plot(
        list(measured), list(measured.values()), "o", markersize=5, color=COLORS["sgd"], label="measured", clip_on=False
    )
    ax.axhline(1, color=COLORS["adamw"], linewidth=0.8)
    for at, name, side in ((2 / (low + high), "best ", "right"), (2 / high, " limit", "left")):
        ax.axvline(at, color="#5d7c8c", linewidth=0.8)
        ax.text(at, 0.03, name, ha=side, fontsize=9)
    ax.set(xlim=(0, lr[-1]), ylim=(0, 1.25))
    ax.legend(loc="center left", bbox_to_anchor=(0.02, 0.4))


def upper_parabola(ax: Axes, f: Callable[[Any], Any], smooth: float, at: float, xlim: tuple[float, float]) -> None:
    """Draw a loss of curvatures up to `smooth`, and at a point its tangent and the parabola that lies above it.

    The arrow is the step of the rate 1/`smooth`, to the parabola's lowest point.
    """
    x = np.linspace(*xlim, 241)
    slope = (f(at + 1e-6) - f(at - 1e-6)) / 2e-6
    lowest, tangent = at - slope / smooth, f(at) + slope * (x - at)
    upper = tangent + smooth * (x - at) ** 2 / 2
    ax.plot(x, upper, color=COLORS["adam"], linestyle=(0, (6, 2)), linewidth=1.5, label="parabola of curvature L")
    ax.plot(x, f(x), color=COLORS["sgd"], linewidth=1.9, label="the loss f")
    ax.plot(x, tangent, color="#5d7c8c", linestyle=(0, (1.5, 1.5)), linewidth=1.4, label="tangent")
    promised = f(at) - slope**2 / (2 * smooth)
    ax.plot([at, lowest, lowest], [f(at), promised, f(lowest)], "o", color=COLORS["momentum"], markersize=5)
    for end, name, side in (((lowest, f(at)), "step −g/L", "center"), ((lowest, promised), " promised", "left")):
        begin = (at, f(at)) if side == "center" else (lowest, f(at))
        ax.annotate("", end, begin, arrowprops={"arrowstyle": "-|>", "color": COLORS["momentum"], "linewidth": 1.6})
        place = ((begin[0] + end[0]) / 2, (begin[1] + end[1]) / 2)
        ax.text(*place, name, color=COLORS["momentum"], ha=side, va="bottom" if side == "center" else "center")
    ax.set(xlim=xlim, ylim=(-0.06 * f(at), 1.6 * f(at)), xticks=[], yticks=[])
    ax.legend(loc="lower right")
