"""The book's printed figures: Matplotlib in one style, so that a chapter's cell shows optimizers and not plotting.

Needs Matplotlib (extra `book`).
"""

from .basic import COLORS, axes, curves, label_of, paths
from .gradient_descent import contraction, upper_parabola
from .schedules import range_test, schedule

__all__ = [
    "COLORS",
    "axes",
    "contraction",
    "curves",
    "label_of",
    "paths",
    "range_test",
    "schedule",
    "upper_parabola",
]
