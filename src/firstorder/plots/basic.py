"""Axes in the house style, curves over steps, and paths on a landscape."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends import to_numpy
from ..minimize import Trajectory
from ..problems import Landscape
from ..rules import RULES
from .tokens import TOKENS

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

#: The colour of each optimizer on a light page.
COLORS: dict[str, str] = {key: TOKENS["colors"][look["color"]]["light"] for key, look in TOKENS["methods"].items()}
_STYLE: dict[Any, Any] = {
    "font.size": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#dfe4e8",
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "legend.frameon": False,
}


def label_of(key: str) -> str:
    """The name an optimizer goes by on the page: its class name."""
    return RULES[key].name if key in RULES else key


def looks(keys: Iterable[str]) -> list[dict[str, Any]]:
    """Colour and dash of each line of a figure, as Matplotlib takes them: a method's own, of others any left over."""
    return [_line(style) for style in _styles(keys)]


def marks(keys: Iterable[str]) -> list[Any]:
    """The marker that goes with each of `looks`."""
    markers = [TOKENS["marks"][style["mark"]]["matplotlib"] for style in _styles(keys)]
    return [tuple(marker) if isinstance(marker, list) else marker for marker in markers]


def _styles(keys: Iterable[str]) -> list[dict[str, str]]:
    methods = [TOKENS["methods"].get(key) for key in keys]
    taken = {style["color"] for style in methods if style}
    others = cycle([style for style in TOKENS["series"] if style["color"] not in taken] or TOKENS["series"])
    return [style or next(others) for style in methods]


def _line(style: Mapping[str, str]) -> dict[str, Any]:
    dash = TOKENS["dashes"][style["dash"]]
    line: Any = (0, tuple(length / 2 for length in dash)) if dash else "-"  # of pixels, in widths of a line of 2
    return {"color": TOKENS["colors"][style["color"]]["light"], "linestyle": line}


def shades(count: int) -> list[Any]:
    """So many blues, from a light one to a dark one: of lines that have an order."""
    import matplotlib as mpl

    return [mpl.colormaps["Blues"](x) for x in np.linspace(0.35, 1, count)]


def axes(
    xlabel: str,
    ylabel: str,
    *,
    columns: int = 1,
    rows: int = 1,
    size: tuple[float, float] = (6.6, 3.6),
    projection: str | None = None,
    **settings: Any,
) -> tuple[Figure, Any]:
    """`fig, ax` in the book's style, shown as SVG; of several, `ax` is an array. settings: as for `ax.set`."""
    import matplotlib.pyplot as plt

    from .printed import Printed

    # Made before the style is in force: the first figure loads the backend, whose own settings would end with it.
    fig = plt.figure(figsize=size, FigureClass=Printed, layout="constrained", facecolor="white")
    with plt.rc_context(_STYLE):
        ax = fig.subplots(rows, columns, subplot_kw={"projection": projection})
        for one in np.ravel(ax):
            one.set(xlabel=xlabel, ylabel=ylabel, **settings)
    return fig, ax


def curves(ax: Axes, values: Mapping[str, Any], x: Any = None, *, legend: bool = True, **settings: Any) -> None:
    """Draw one line for each entry of `values` (a key or label, and an array or `Trajectory`) over steps or `x`."""
    for (key, y), look in zip(values.items(), looks(values), strict=True):
        steps = x if x is not None else y.steps if isinstance(y, Trajectory) else np.arange(len(y))
        heights = y.values if isinstance(y, Trajectory) else to_numpy(y)
        ax.plot(steps, heights, label=label_of(key), **{"linewidth": 1.7, **look, **settings})
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
    for (key, path), look, marker in zip(trajectories.items(), looks(trajectories), marks(trajectories), strict=True):
        ax.plot(*path.points.T, label=label_of(key), linewidth=1.8, **look)
        ax.plot(*path.points[-1], marker=marker, markersize=5, color=look["color"])
    for minimum in landscape.minima:
        ax.plot(*minimum, marker="*", markersize=11, color="#1d232b", linestyle="none", zorder=5)
    ax.set(xlim=(x0, x1), ylim=(y0, y1), xlabel="x", ylabel="y", aspect="equal")
    if legend and trajectories:
        ax.legend(loc="best", frameon=True, framealpha=0.9, edgecolor="none")
