"""The figures of the chapter on language: whose loss ends where, what makes up for it, and the blocks' curvatures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from ..lab.results import Row
from .basic import COLORS, label_of, looks

if TYPE_CHECKING:
    from matplotlib.axes import Axes

#: What the rules that the chapter makes up are called on the page.
NAMES = {
    "block_adam": "Adam, one $v$ a matrix",
    "row_adam": "Adam, one $v$ a row",
    "normalised_momentum": "momentum, gradients of length 1",
    "muon_rms": "Muon",
}


#: Whose colour a rule has that is a form of another's.
_LOOKS = {"muon_rms": "muon"}


def name_of(key: str) -> str:
    """The name an optimizer goes by in this chapter."""
    return NAMES.get(key, label_of(key))


def seeds(ax: Axes, values: Mapping[str, Any]) -> None:
    """A line for each optimizer, the lowest mean on top: a tick a seed, and a dot for their mean."""
    order = sorted(values, key=lambda key: -np.mean(values[key]))
    for height, key in enumerate(order):
        ax.plot(values[key], np.full(len(values[key]), height), "|", color="#8a99a5", markersize=6)
        ax.plot(
            np.mean(values[key]), height, "o", markersize=5, color=COLORS.get(_LOOKS.get(key, key), COLORS["momentum"])
        )
    _lines(ax, order)


def valleys(ax: Axes, rows: Mapping[str, Row]) -> None:
    """Held-out losses over the rates that were tried, without those that diverged: a line for each optimizer."""
    for (key, row), look in zip(rows.items(), looks(_LOOKS.get(key, key) for key in rows), strict=True):
        ax.plot(*zip(*_finite(row), strict=True), marker="o", markersize=3, label=name_of(key), **look)
    ax.legend(ncols=2)


def _finite(row: Row) -> list[tuple[float, float]]:
    return [(rate, loss) for rate, loss in row["tuning"] if loss is not None]


def intervals(ax: Axes, shares: Mapping[str, tuple[float, float, float]]) -> None:
    """A line for each: a number with its interval, in the order given from the top."""
    order = list(shares)[::-1]
    for height, key in enumerate(order):
        middle, low, high = shares[key]
        ax.plot([low, high], [height, height], color=COLORS["momentum"], linewidth=2)
        ax.plot(middle, height, "o", markersize=5, color=COLORS["momentum"])
    _lines(ax, order)


def _lines(ax: Axes, order: list[str]) -> None:
    ax.set_yticks(range(len(order)), [name_of(key) for key in order], fontsize=9)
    ax.set_ylim(-0.7, len(order) - 0.3)
    ax.grid(visible=False, axis="y")


def bars(ax: Axes, groups: Mapping[str, Any]) -> None:
    """Means over seeds with two standard errors, a point for each place, one series beside the other."""
    width = 0.16
    for k, ((label, values), color) in enumerate(zip(groups.items(), ("momentum", "adam", "sgd"), strict=False)):
        mean, error = values.mean(axis=0), 2 * values.std(axis=0, ddof=1) / len(values) ** 0.5
        x = np.arange(len(mean)) + (k - (len(groups) - 1) / 2) * width
        ax.errorbar(x, mean, error, fmt="os^"[k], markersize=5, color=COLORS[color], label=label, capsize=2)
    ax.axhline(0, color="#5d7c8c", linewidth=0.8)
    ax.legend()


def strip(ax: Axes, values: Mapping[str, Mapping[str, float]]) -> None:
    """A line for each network: the numbers of its blocks as dots, each with its name."""
    for height, blocks in enumerate(reversed(list(values.values()))):
        for k, (name, value) in enumerate(sorted(blocks.items(), key=lambda item: item[1])):
            ax.plot(value, height, "o", markersize=5, color=COLORS["momentum"])
            ax.annotate(
                name, (value, height), (0, 9 + 11 * (k % 3)), textcoords="offset points", ha="center", fontsize=7
            )
    ax.set_yticks(range(len(values)), list(values)[::-1])
    ax.set_ylim(-0.4, len(values) - 0.3)
    ax.grid(visible=False, axis="y")
