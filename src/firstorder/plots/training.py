"""The training chapter's figures: some digits, and what every optimizer reached from every seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends import to_numpy
from ..lab.results import Row, values
from .basic import COLORS, axes, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def images(x: Any, labels: Any) -> Figure:
    """A row of the digits x (n, 64), dark on light, with their labels underneath."""
    fig, ax = axes("", "", columns=len(x), size=(6.6, 1.0))
    for one, image, label in zip(ax, to_numpy(x), to_numpy(labels), strict=True):
        one.imshow(np.reshape(image, (8, 8)), cmap="gray_r", vmin=0, vmax=1)
        one.set(xticks=[], yticks=[], xlabel=str(label))
        one.grid(visible=False)
    return fig


def dots(ax: Axes, found: Mapping[str, Row], measure: str, *, marked: Collection[str] = (), scale: float = 1.0) -> None:
    """One line for each optimizer: a light dot a seed, a dark one for their mean; the `marked` are filled blue.

    found: rows of a sweep by optimizer, drawn from the top in the order given; scale: what the values are times.
    """
    for height, (key, row) in enumerate(reversed(list(found.items()))):
        seeds = scale * values(row[measure])
        ax.plot(seeds, np.full(len(seeds), height), "|", color="#8a99a5", markersize=5)
        look = COLORS["momentum"] if key in marked else "white"
        ax.plot(seeds.mean(), height, "o", markersize=4.5, markeredgecolor=COLORS["momentum"], markerfacecolor=look)
    ax.set_yticks(range(len(found)), [label_of(key) for key in reversed(list(found))], fontsize=8)
    ax.set_ylim(-0.8, len(found) - 0.2)
    ax.grid(visible=False, axis="y")
