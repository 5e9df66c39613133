"""The figure of the chapter on memory: numbers that optimizers keep for each parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from .basic import COLORS, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def kept(ax: Axes, numbers: Mapping[str, float]) -> None:
    """Draw a bar for each optimizer, the largest on top, with its number of numbers beside it."""
    ordered = sorted(numbers.items(), key=lambda pair: pair[1])
    ax.barh([label_of(key) for key, _ in ordered], [count for _, count in ordered], color=COLORS["adam"], height=0.6)
    for row, (_, count) in enumerate(ordered):
        ax.annotate(f"{count:g}", (count, row), xytext=(4, 0), textcoords="offset points", va="center", fontsize=9)
    ax.set(xlabel="numbers kept for each parameter", ylabel="")
    ax.grid(visible=False, axis="y")
