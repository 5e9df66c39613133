"""The figure of the chapter on sign methods: the steepest step on the unit ball of three norms."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS, axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: Each norm with what a reader may call its ball, and the steepest step of length 1 against a gradient.
BALLS = {
    "largest\ncoordinate": (np.inf, lambda g: -np.sign(g)),
    "Pythagoras": (2, lambda g: -g / np.linalg.norm(g)),
    "sum\nof sizes": (1, lambda g: -np.sign(g) * (np.arange(len(g)) == np.abs(g).argmax())),
}


def balls(g: Any) -> tuple[Figure, Any]:
    """Draw the unit ball of each norm, level lines of a loss with the gradient g, and the steepest step of length 1."""
    g = np.asarray(g, float)
    fig, panels = axes("first coordinate", "second", columns=3, size=(8.4, 3.2), aspect="equal")
    angle = np.linspace(0, 2 * np.pi, 721)
    around = np.stack([np.cos(angle), np.sin(angle)])
    x, y = np.meshgrid(np.linspace(-1.6, 1.6, 50), np.linspace(-1.6, 1.6, 50))
    for ax, (name, (order, steepest)) in zip(panels, BALLS.items(), strict=True):
        ax.contour(x, y, g[0] * x + g[1] * y, levels=9, colors="#8fa9b7", linewidths=0.7, linestyles="-")
        edge = around / np.linalg.norm(around, ord=order, axis=0)
        ax.fill(*edge, color=COLORS["sgd"], alpha=0.18)
        ax.plot(*edge, color=COLORS["sgd"], linewidth=1.2, label="length 1")
        step = steepest(g)
        drawn = {"width": 0.02, "head_width": 0.14, "length_includes_head": True, "zorder": 3}
        ax.arrow(0, 0, *(-g / np.linalg.norm(g) * 0.55), color="#5d7c8c", label="downhill", **drawn)
        ax.arrow(0, 0, *step, color=COLORS["adam"], label="steepest step", **drawn)
        ax.plot(*step, "o", color=COLORS["adam"], markersize=5)
        ax.set(xlim=(-1.6, 1.6), ylim=(-1.6, 1.6), xticks=(-1, 0, 1), yticks=(-1, 0, 1))
        ax.grid(visible=False)
        ax.set_title(name, fontsize=10)
    return fig, panels
