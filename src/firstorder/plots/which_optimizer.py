"""The decision tree: questions in their order, and what to take at the first that is answered with yes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from .basic import COLORS, axes

if TYPE_CHECKING:
    from matplotlib.figure import Figure

#: A question, and what to take where the answer is yes; the last is for all others.
QUESTIONS = (
    ("A recipe for your\nmodel and data?", "all of it,\nunchanged"),
    ("Convex, small,\nno noise?", "Nesterov,\nor L-BFGS"),
    ("Most features\nrare?", "AdaGrad\nor FTRL"),
    ("A transformer, or\na fine-tuning?", "AdamW, warm-up,\nfalling rate"),
    ("A convolutional\nnetwork?", "momentum\nor AdamW"),
    ("Anything else", "AdamW"),
)


def tree(questions: Sequence[tuple[str, str]] = QUESTIONS) -> Figure:
    """Questions one below another, each with an arrow of "yes" to what to take, and one of "no" to the next."""
    fig, ax = axes("", "", size=(6.6, 1.15 * len(questions)), xlim=(0, 1), ylim=(-len(questions) + 0.45, 0.5))
    ax.axis("off")
    box: dict[str, Any] = {"boxstyle": "round,pad=0.5", "linewidth": 1.3}
    arrow: dict[str, Any] = {"arrowstyle": "->", "color": "#5d7c8c", "linewidth": 1.3}
    for row, (question, answer) in enumerate(questions):
        last = row == len(questions) - 1
        look = box | {"facecolor": "white", "edgecolor": COLORS["momentum"]}
        ax.text(0.25, -row, question, ha="center", va="center", bbox=look)
        ax.text(0.79, -row, answer, ha="center", va="center", bbox=look | {"edgecolor": COLORS["adam"]}, weight="bold")
        ax.annotate("", (0.6, -row), (0.46, -row), arrowprops=arrow)
        if not last:
            ax.text(0.53, -row + 0.05, "yes", ha="center", va="bottom")
            ax.annotate("", (0.25, -row - 0.68), (0.25, -row - 0.32), arrowprops=arrow)
            ax.text(0.27, -row - 0.5, "no", ha="left", va="center")
    return fig
