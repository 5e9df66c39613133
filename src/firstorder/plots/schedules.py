"""Schedules and the search for a rate, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..find_lr import RangeTest
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


def range_test(found: RangeTest, ax: Axes | None = None) -> Axes:
    """The loss over the rate of each step of `find_lr`, with marks at the steepest fall and at the limit."""
    if ax is None:
        _, ax = axes("rate", "loss", xscale="log")
    curves(ax, {"loss": found.smoothed}, x=found.rates)
    for name, rate in {"steepest": found.steepest, "limit": found.limit}.items():
        (at,) = found.smoothed[found.rates == rate]
        ax.plot([rate], [at], "os"[name == "limit"], color="#1d232b", label=f"{name}, {rate:.2g}")
    ax.set_ylim(top=1.1 * max(found.start, found.smoothed[0]))
    ax.legend()
    return ax
