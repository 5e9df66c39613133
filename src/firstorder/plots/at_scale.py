"""The figure of the chapter on many workers: how many images each way of working together reads right."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .basic import COLORS

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def read_right(ax: Axes, ways: Mapping[str, tuple[float, float, float]]) -> None:
    """A line for each way, by its name, of (kilobytes, accuracy, accuracy where each worker has classes of its own):
    a filled dot and a hollow one. Ways that send most stand on top."""
    order = sorted(ways, key=lambda name: ways[name][0])
    ink = COLORS["momentum"]
    for height, name in enumerate(order):
        _, alike, apart = ways[name]
        ax.plot([alike, apart], [height] * 2, color="#5d7c8c", linewidth=1, zorder=1)
        ax.plot(apart, height, "o", color=ink, markersize=6, markerfacecolor="white", label="one or two" * (not height))
        ax.plot(alike, height, "o", color=ink, markersize=6, label="all" * (not height))
    ax.set_yticks(range(len(order)), [f"{name}: {ways[name][0]:,.0f} kB" for name in order], fontsize=9)
    ax.set_ylim(-0.7, len(order) - 0.3)
    ax.grid(visible=False, axis="y")
    ax.legend(title="classes that a worker sees", loc="upper left")
