"""Axes in the house style, curves over steps, and paths on a landscape."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..minimize import Trajectory
from ..problems import Landscape

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: One colour for each optimizer, the playground's on a light page; and a dash, so that colour alone tells nothing.
COLORS = {
    "sgd": "#1d232b",
    "momentum": "#0068ab",
    "nesterov": "#7d3f98",
    "adagrad": "#7a6200",
    "rmsprop": "#007a58",
    "centered_rmsprop": "#47707a",
    "adadelta": "#b23a78",
    "adam": "#c24a00",
    "adamw": "#9b1c31",
}
_OTHERS = ("#0068ab", "#c24a00", "#007a58", "#7d3f98", "#7a6200", "#b23a78", "#1d232b")
_DASHES = ("-", (0, (6, 2)), (0, (1.5, 1.5)), (0, (6, 2, 1.5, 2)), (0, (3, 1.5)), (0, (8, 3)), (0, (4, 1, 1, 1, 1, 1)))
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dfe4e8",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "figure.constrained_layout.use": True,
    "figure.facecolor": "white",
}


def label_of(key: str) -> str:
    """The name an optimizer goes by on the page: its class name."""
    from ..optimizers import OPTIMIZERS

    return OPTIMIZERS[key].rule.name if key in OPTIMIZERS else key


def _look(key: str, position: int) -> dict[str, Any]:
    return {"color": COLORS.get(key, _OTHERS[position % len(_OTHERS)]), "linestyle": _DASHES[position % len(_DASHES)]}


def axes(
    xlabel: str, ylabel: str, *, columns: int = 1, size: tuple[float, float] = (6.6, 3.6), **settings: Any
) -> tuple[Figure, Any]:
    """`fig, ax` in the book's style, drawn as SVG; with `columns` > 1, `ax` is an array. settings: as for `ax.set`."""
    import matplotlib.pyplot as plt
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("svg", metadata={"Date": None}, dpi=150)
    plt.rcParams["svg.hashsalt"] = "firstorder"  # read when a cell has ended: the same figure gives the same file
    with plt.rc_context(_STYLE):
        fig, ax = plt.subplots(1, columns, figsize=size)
        for one in np.atleast_1d(ax):
            one.set(xlabel=xlabel, ylabel=ylabel, **settings)
    return fig, ax


def curves(ax: Axes, values: Mapping[str, Any], x: Any = None, *, legend: bool = True, **settings: Any) -> None:
    """Draw one line for each entry of `values` (a key or label, and an array or `Trajectory`) over steps or `x`."""
    for position, (key, y) in enumerate(values.items()):
        steps = x if x is not None else y.steps if isinstance(y, Trajectory) else np.arange(len(y))
        heights = y.values if isinstance(y, Trajectory) else y
        ax.plot(steps, heights, label=label_of(key), **{"linewidth": 1.7, **_look(key, position), **settings})
    if legend:
        ax.legend()


def paths(ax: Axes, landscape: Landscape, trajectories: Mapping[str, Trajectory], *, legend: bool = True) -> None:
    """Draw a landscape's contours over its domain and the path of each trajectory on them."""
    x0, x1, y0, y1 = landscape.domain
    x, y = np.meshgrid(np.linspace(x0, x1, 160), np.linspace(y0, y1, 160))
    height = landscape(x, y)
    lift = np.log1p(height - height.min())
    # Filled with pixels: as curves, an egg box's levels alone would weigh more than a whole page may.
    ax.contourf(x, y, lift, levels=13, cmap="Blues_r", alpha=0.45).set_rasterized(True)
    ax.contour(x, y, lift, levels=13, colors="#5d7c8c", linewidths=0.4)
    ax.grid(visible=False)
    for position, (key, path) in enumerate(trajectories.items()):
        look = _look(key, position)
        ax.plot(*path.points.T, label=label_of(key), linewidth=1.8, **look)
        ax.plot(*path.points[-1], marker="o", markersize=4, color=look["color"])
    for minimum in landscape.minima:
        ax.plot(*minimum, marker="*", markersize=11, color="#1d232b", linestyle="none", zorder=5)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="x", ylabel="y", aspect="equal")
    if legend and trajectories:
        ax.legend(loc="best", frameon=True, framealpha=0.9, edgecolor="none")
