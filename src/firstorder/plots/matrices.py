"""The figures of the chapter on matrices: a bowl straight and turned, singular values of steps, and Newton–Schulz."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS, axes, curves, looks, marks, shades

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def turned(straight: Mapping[str, Any], rotated: Mapping[str, Any], every: int) -> tuple[Figure, Any]:
    """Draw shares of a loss, recorded every so many steps, of one bowl in two panels: its axes straight and turned."""
    fig, panels = axes(
        "step t", "share of the loss left", columns=2, size=(8.4, 3.6), yscale="log", ylim=(1e-15, 3)
    )
    for ax, shares, title in zip(panels, (straight, rotated), ("axes of the elements", "turned"), strict=True):
        steps = every * np.arange(len(next(iter(shares.values()))))
        curves(ax, shares, x=steps, legend=False)
        ax.set_title(title, fontsize=10)
    shown = panels[0].get_legend_handles_labels()
    fig.legend(*shown, loc="outside upper center", ncols=5, columnspacing=1, handlelength=1.6, frameon=False)
    return fig, panels


def singular_values(ax: Axes, values: Mapping[str, Any]) -> None:
    """Draw singular values by rank and relative to the largest, a line with marks for each label."""
    for (label, found), look, marker in zip(values.items(), looks(values), marks(values), strict=True):
        order = np.sort(found)[::-1]
        shares = order[order > 1e-9 * order[0]] / order[0]
        ax.plot(1 + np.arange(len(shares)), shares, label=label, marker=marker, markersize=4, linewidth=1, **look)
    ax.set(yscale="log", xlabel="rank", ylabel="singular value / largest")
    ax.legend()


def newton_schulz(ax: Axes, before: Any, after: Mapping[str, Any], other: Mapping[str, Any]) -> None:
    """Draw singular values after more and more steps over what they were, darker and at last thicker, and others."""
    for (label, values), shade in zip(after.items(), shades(len(after)), strict=True):
        last = label == list(after)[-1]
        ax.plot(before, values, label=label, color=shade, linewidth=2.2 if last else 1.2)
    curves(ax, other, x=before, legend=False, linestyle="--", color=COLORS["sgd"])
    ax.axhline(1, color="#5d7c8c", linestyle=":", linewidth=0.8)
    ax.set(xscale="log", xlabel="singular value before", ylabel="after", ylim=(0, 1.3))
    ax.legend()
