"""The choice of a rate from a grid, in one place: the best lies inside the grid, and no test image is seen.

A best rate at the end of its grid says nothing of what lies beyond: there `least` refuses to choose, and `best` tries
more.
Imports nothing of the package.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

import numpy as np

#: How many rates are added on a side whose last rate was the best.
FURTHER = 6


class EdgeError(ValueError):
    """The best of a grid is its first or last member, so that a better one may lie beyond."""


class TestSeen(RuntimeError):
    """Test examples were met while something was chosen."""

    __test__ = False  # no case for pytest, whatever its name


class OnTest(np.ndarray):
    """Numbers found on test examples. Whatever is computed from them is of this kind too, and `least` refuses it."""


_choosing: ContextVar[bool] = ContextVar("choosing", default=False)


@contextmanager
def choosing() -> Iterator[None]:
    """While something is chosen: `met_test` raises."""
    before = _choosing.set(True)
    try:
        yield
    finally:
        _choosing.reset(before)


def met_test() -> None:
    """To be called where test examples are handed out. Raises TestSeen while something is chosen."""
    if _choosing.get():
        raise TestSeen("a choice must not see test examples: judge by those held out, or by the training loss")


def least(losses: Any, grid: Sequence[Any] | np.ndarray, *, low: str = "", high: str = "") -> int:
    """The place of the least of losses, one for each member of a grid, which increases or decreases.

    What is not a number counts as infinite. low, high: why nothing below the smallest or above the largest member needs
    to be tried. Raises EdgeError if the best is at an end for which no reason is given, or if no loss is finite, and
    TestSeen for numbers found on test examples.
    """
    if isinstance(losses, OnTest):
        raise TestSeen("a choice must not be made by what was found on test examples")
    found = np.nan_to_num(np.asarray(losses, float), nan=np.inf, posinf=np.inf)
    if found.shape != (len(grid),):
        raise ValueError(f"losses must be one for each of {len(grid)} members, got shape {found.shape}")
    at = int(found.argmin())
    if not np.isfinite(found[at]):
        raise EdgeError(f"no loss is finite on {_told(grid)}")
    told = ", ".join(f"{member:.4g}: {loss:.4g}" for member, loss in zip(grid, found, strict=True))
    inside(grid[at], grid, low=low, high=high, told=told)
    return at


def inside(member: float, grid: Sequence[float] | np.ndarray, *, low: str = "", high: str = "", told: str = "") -> None:
    """Raises EdgeError if a member of a grid is its smallest or largest, and no reason is given; see `least`.

    told: what stands on the grid, for the message.
    """
    for end, reason, name, extreme in (("smallest", low, "low", min(grid)), ("largest", high, "high", max(grid))):
        if member == extreme and not reason:
            raise EdgeError(
                f"the best, {member:.4g}, is the {end} of its grid ({told or _told(grid)}): try further ones, or say "
                f"why none is needed ({name}=...)"
            )


def choose(
    loss: Callable[[float], float], rates: Iterable[float], *, further: int = FURTHER, low: str = "", high: str = ""
) -> tuple[float, dict[float, float], str | None]:
    """The rate of the lowest loss, all that were tried with their losses, and the edge if the best lies at one.

    rates: at least two. While the best lies at an end, the next one beyond it is tried, in the same ratio: `further` at
    most, and none beyond an end for which a reason is given. `loss` must not meet test examples.
    """

    def asked(rate: float) -> float:
        return float(np.nan_to_num(loss(rate), nan=np.inf, posinf=np.inf))

    with choosing():
        tried = {rate: asked(rate) for rate in map(float, rates)}
        if len(tried) < 2:
            raise ValueError(f"rates must be at least two, to choose from, got {list(tried)}")
        for left in range(further, -1, -1):
            grid = sorted(tried)
            found = min(grid, key=lambda rate: tried[rate])
            edge = "low" if found == grid[0] else "high" if found == grid[-1] else None
            if edge is None or not left or {"low": low, "high": high}[edge]:
                break
            next_one = grid[0] * (grid[0] / grid[1]) if edge == "low" else grid[-1] * (grid[-1] / grid[-2])
            beyond = float(f"{next_one:.6g}")
            tried[beyond] = asked(beyond)
    return found, tried, edge


def best(loss: Callable[[float], float], rates: Iterable[float], *, low: str = "", high: str = "") -> float:
    """The rate with the least loss, of a grid and of what follows it while the best lies at an end: see `choose`.

    Raises EdgeError if it lies at an end even then, and no reason for that end is given: see `least`.
    """
    _, tried, _ = choose(loss, rates, low=low, high=high)
    grid = sorted(tried)
    return grid[least([tried[rate] for rate in grid], grid, low=low, high=high)]


def _told(grid: Iterable[float]) -> str:
    return ", ".join(f"{rate:.4g}" for rate in grid)
