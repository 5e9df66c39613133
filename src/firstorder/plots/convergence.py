"""The convergence chapter's figures: the drift of Reddi's example against β₂, and a jump in the gradients' scale."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..problems.counterexamples import Reddi
from .basic import axes, looks

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def drifts(slopes: Sequence[float]) -> tuple[Figure, Any]:
    """Draw the drift of a cycle against β₂, for each C."""
    fig, ax = axes("β₂", "drift per cycle, in units of η", xlim=(0, 1), ylim=(-1.8, 1.2))
    beta2 = np.linspace(0, 1, 400)
    for C, look in zip(slopes, looks(f"C = {C:g}" for C in slopes), strict=True):
        problem = Reddi(C)
        ax.plot(beta2, problem.drift(beta2), label=f"C = {C:g}", linewidth=1.7, **look)
        ax.plot(problem.border(), 0, "o", markersize=5, color=look["color"], clip_on=False)
    ax.axhline(0, color="#5d7c8c", linewidth=0.8)
    ax.text(0.99, 0.05, "wrong way", ha="right", fontsize=9)
    ax.text(0.99, -0.05, "right way", ha="right", va="top", fontsize=9)
    ax.legend(loc="upper right")
    return fig, ax


def curves_to_the_end(paths: Mapping[str, Any], unit: float, block: int = 20) -> tuple[Figure, Any]:
    """Draw the distance of each path, (steps + 1, 1), from 0 in units of `unit`, the largest of each `block` steps."""
    fig, ax = axes("step", "distance, in units of η", yscale="log", ylim=(1e-8, 300))
    for (label, path), look in zip(paths.items(), looks(paths), strict=True):
        distance = abs(path[1:, 0]) / unit
        highest = distance[: len(distance) // block * block].reshape(-1, block).max(axis=1)
        ax.plot(block * np.arange(1, len(highest) + 1), highest, label=label, linewidth=1.5, **look)
    ax.legend()
    return fig, ax


def jumps(runs: Mapping[str, tuple[Any, Any]], at: int = 1000, before: int = 50) -> tuple[Figure, Any]:
    """Draw root mean square step and loss around step `at`, for each label's (loss, step)."""
    fig, ax = axes("step", "", columns=2, size=(7.2, 3.4))
    for (label, (loss, step)), look in zip(runs.items(), looks(runs), strict=True):
        steps = np.arange(1, len(loss) + 1)
        shown = steps > at - before
        for one, values in zip(ax, (step, loss), strict=True):
            one.plot(steps[shown], values[shown], label=label, linewidth=1.5, **look)
    ax[0].set_ylabel("root mean square step, in units of η")
    ax[1].set_ylabel("loss")
    fig.legend(*ax[0].get_legend_handles_labels(), loc="outside upper center", ncols=len(runs))
    return fig, ax
