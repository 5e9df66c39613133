"""The Adam family's figure: what each rule reached from every seed, one row for each rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import COLORS, label_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def rows(ax: Axes, values: Mapping[str, Any], *, reference: str) -> None:
    """Draw each entry (key, array over seeds) as a row of dots, a bar at its mean; a line at the reference's mean."""
    for place, (key, seeds) in enumerate(values.items()):
        color = COLORS["adam"] if key == reference else COLORS["momentum"]
        ax.plot(seeds, np.full(len(seeds), place), "o", markersize=4.5, color=color, alpha=0.55, markeredgewidth=0)
        ax.plot(np.mean(seeds), place, "|", markersize=13, markeredgewidth=2.2, color=color)
    ax.axvline(np.mean(values[reference]), color=COLORS["adam"], linewidth=0.8, linestyle=":")
    ax.set_yticks(range(len(values)), [label_of(key) for key in values])
    ax.grid(visible=False, axis="y")
    ax.invert_yaxis()
