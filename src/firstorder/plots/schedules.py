"""Schedules, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..schedules import Schedule
from .basic import axes, curves

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def schedule(drawn: Schedule, steps: int, ax: Axes | None = None) -> Axes:
    """The values of a schedule at the first `steps` steps, on new axes or on `ax`; returns the axes."""
    if ax is None:
        _, ax = axes("step t", "value")
    curves(ax, {repr(drawn): [drawn(t) for t in range(1, steps + 1)]}, x=range(1, steps + 1))
    return ax
