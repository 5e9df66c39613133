"""The training chapter's figures: some digits, and what every optimizer reached from every seed."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..backends import to_numpy
from ..lab.results import Row, against_best, values
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


#: What the rules that only the tables of embeddings meet are called on the page.
NAMES = {"row_adagrad": "Row AdaGrad", "lazy_adam": "Lazy Adam"}


def beside(problems: Mapping[str, Mapping[str, Row]], order: Sequence[str]) -> Figure:
    """`dots` of test accuracies for several problems, a panel each: the same optimizers on the same lines.

    problems: rows by optimizer, by the panel's title; a line is empty where a problem has no row. Filled is what
    Welch's test at 5% does not tell from the problem's best.
    """
    fig, ax = axes("", "", columns=len(problems), size=(6.6, 4.2))
    ax[len(ax) // 2].set_xlabel("test accuracy (%)")  # once: on a phone three would lie on one another
    for panel, (title, found) in zip(ax, problems.items(), strict=True):
        _, p = against_best(found)
        lines = {key: found.get(key, {"accuracy": []}) for key in order}
        dots(panel, lines, "accuracy", marked=[key for key in p if p[key] > 0.05], scale=100)
        panel.set_title(title)
        if panel is not ax[0]:
            panel.set_yticklabels([])
    return fig


def dots(ax: Axes, found: Mapping[str, Row], measure: str, *, marked: Collection[str] = (), scale: float = 1.0) -> None:
    """One line for each optimizer: a light dot a seed, a dark one for their mean; the `marked` are filled blue.

    found: rows of a sweep by optimizer, drawn from the top in the order given; scale: what the values are times.
    """
    for height, (key, row) in enumerate(reversed(list(found.items()))):
        seeds = scale * values(row[measure])
        if not len(seeds):
            continue
        ax.plot(seeds, np.full(len(seeds), height), "|", color="#8a99a5", markersize=5)
        look = COLORS["momentum"] if key in marked else "white"
        ax.plot(seeds.mean(), height, "o", markersize=4.5, markeredgecolor=COLORS["momentum"], markerfacecolor=look)
    ax.set_yticks(range(len(found)), [NAMES.get(key, label_of(key)) for key in reversed(list(found))], fontsize=8)
    ax.set_ylim(-0.8, len(found) - 0.2)
    ax.grid(visible=False, axis="y")
