"""The weight decay chapter's figures: weights that shrink, and searches over rate and decay."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from .basic import axes, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def shrinks(paths: Mapping[str, Any], scales: Sequence[float], derived: Mapping[str, Any]) -> tuple[Figure, Any]:
    """Draw, in a panel for each label, mean weights by step and scale, (steps + 1, scales), and dots where they are
    derived to be."""
    fig, ax = axes("step", "mean weight", columns=len(paths), size=(7.2, 3.2), ylim=(0, 1.05))
    for panel, (label, path) in zip(ax, paths.items(), strict=True):
        steps = np.arange(len(path))
        dots = steps[:: len(steps) // 8]
        labels = [f"gradients of size {scale:g}" for scale in scales]
        for i, look in enumerate(looks(labels)):
            panel.plot(steps, path[:, i], label=labels[i], linewidth=1.7, **look)
            panel.plot(dots, derived[label][dots, i], "o", markersize=4, color=look["color"])
        panel.set_title(label, fontsize=10)
    fig.legend(*ax[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(scales))
    return fig, ax


def searches(losses: Mapping[str, Any], rates: Sequence[float], decays: Sequence[float]) -> tuple[Figure, Any]:
    """Draw, in a panel for each label, the loss (rates, decays); the best decay of each rate is framed."""
    fig, ax = axes("learning rate", "weight decay λ", columns=len(losses), size=(7.4, 3.4))
    for panel, (label, loss) in zip(ax, losses.items(), strict=True):
        panel.grid(visible=False)
        loss = np.asarray(loss)
        panel.imshow(np.log(loss).T, origin="lower", cmap="Blues_r", aspect="auto", vmin=np.log(0.3), vmax=np.log(2.3))
        for i, row in enumerate(loss):
            for j, value in enumerate(row):
                best = j == row.argmin()
                dark = value < 0.7
                panel.text(
                    i,
                    j,
                    f"{value:.2f}",
                    ha="center",
                    va="center",
                    fontsize=8,
                    color="white" if dark else "#1d232b",
                    bbox={"facecolor": "none", "edgecolor": "#ffb37a", "linewidth": 1.6} if best else None,
                )
        panel.set_xticks(range(len(rates)), [f"{x:g}" for x in rates])
        panel.set_yticks(range(len(decays)), [f"{x:g}" for x in decays])
        panel.set_title(label, fontsize=10)
    return fig, ax
