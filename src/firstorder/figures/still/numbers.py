"""Numbers as a reader sees them, and where they stand on axes: `js/numbers.js` and `js/scales.js` in Python."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

STEPS = (1, 2, 5, 10)
_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")

Range = tuple[float, float]
Tick = tuple[float, str]


def form(value: float, digits: int = 3) -> str:
    """A number with at most so many significant digits."""
    if not math.isfinite(value):
        return "∞" if value > 0 else "−∞" if value < 0 else "–"
    if value and not 1e-3 <= abs(value) < 1e5:
        mantissa, exponent = f"{value:.{max(0, digits - 1)}e}".split("e")
        return f"{float(mantissa):g}e{int(exponent)}".replace("-", "−")
    return f"{float(f'{value:.{digits}g}'):.15g}".replace("-", "−")


def nice_ticks(low: float, high: float, count: float) -> list[Tick]:
    """Round numbers from low to high, about `count` of them."""
    rough = (high - low) / count
    power = 10.0 ** math.floor(math.log10(rough))
    step = power * next((multiple for multiple in STEPS if multiple * power >= rough), 10)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [(k * step, form(k * step)) for k in range(first, last + 1)]


def log_ticks(bottom: float, top: float) -> list[Tick]:
    """Ticks of an axis in powers of ten between 10 ** bottom and 10 ** top."""
    first, last = math.ceil(bottom - 1e-9), math.floor(top + 1e-9)
    every = max(1, math.ceil((last - first + 1) / 6))
    multiples = (1, 2, 5) if top - bottom < 2 else (1,)
    ticks = []
    for power in range(first - 1 if len(multiples) > 1 else first, last + 1, every):
        for multiple in multiples:
            at = power + math.log10(multiple)
            if bottom - 1e-9 < at < top + 1e-9:
                plain = len(multiples) > 1 and abs(power) < 4
                ticks.append((at, form(multiple * 10.0**power) if plain else power_of_ten(multiple, power)))
    return ticks


def power_of_ten(multiple: int, power: int) -> str:
    return f"{'' if multiple == 1 else f'{multiple} × '}10{str(power).translate(_SUPERSCRIPT)}"


def extent(*curves: Iterable[float]) -> Range:
    """The least and the largest of some curves, with a little air."""
    values = np.concatenate([np.asarray(curve, dtype=float) for curve in curves])
    values = values[np.isfinite(values)]
    low, high = (float(values.min()), float(values.max())) if values.size else (0.0, 1.0)
    air = 0.05 * (high - low or 1)
    return low - air, high + air


def round125(value: float, *, above: bool) -> float:
    """The next of …, 0.5, 1, 2, 5, 10, … below or above a positive number."""
    power = 10.0 ** math.floor(math.log10(value))
    share = value / power
    if above:
        return power * next((step for step in STEPS if step >= share * (1 - 1e-9)), 10)
    return power * next((step for step in reversed(STEPS) if step <= share * (1 + 1e-9)), 1)


def spread(wanted: Sequence[float], gap: float, limit: float) -> list[float]:
    """Positions at least `gap` apart and as near as may be to where they were wanted, within [0, limit]."""
    order = sorted(range(len(wanted)), key=wanted.__getitem__)
    placed = list(wanted)
    for before, k in zip([None, *order], order, strict=False):
        placed[k] = max(placed[k], 0 if before is None else placed[before] + gap)
    for k in reversed(order):
        placed[k] = min(placed[k], limit)
        limit = placed[k] - gap
    return placed


def log10(values: Any) -> Any:
    return np.log10(np.maximum(values, 1e-300))
