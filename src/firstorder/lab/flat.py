"""Points of a landscape at which the slope is zero, and what their curvatures say of them."""

from __future__ import annotations

from typing import Any

import numpy as np


def turned(low: float, high: float, angle: float = 0.5) -> np.ndarray:
    """The Hessian (2, 2) with these eigenvalues, whose eigenvectors are the axes turned by an angle."""
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    return turn @ np.diag([low, high]) @ turn.T


def condition(ground: Any) -> float:
    """The condition number at a landscape's first minimum."""
    low, high = np.linalg.eigvalsh(ground.hessian(ground.minima[0]))
    return float(high / low)


def off_course(ground: Any, point: Any) -> float:
    """Degrees between the way downhill and the way to a landscape's first minimum."""
    downhill, home = -ground.gradient(point), np.asarray(ground.minima[0]) - point
    return float(np.degrees(np.arccos(downhill @ home / (np.linalg.norm(downhill) * np.linalg.norm(home)))))


def share_of_minima(size: int, matrices: int = 20_000, seed: int = 0) -> float:
    """The share of random symmetric matrices, their elements normal numbers, of which no eigenvalue is negative."""
    elements = np.random.default_rng(seed).normal(size=(matrices, size, size))
    lowest = np.linalg.eigvalsh(elements + elements.transpose(0, 2, 1))[:, 0]
    return float((lowest > 0).mean())


def flat_points(ground: Any, starts: int = 21) -> list[tuple[float, float]]:
    """The points of slope zero to which Newton's method goes from a grid over the domain, of any kind."""
    x0, x1, y0, y1 = ground.domain
    grid = np.meshgrid(np.linspace(x0, x1, starts), np.linspace(y0, y1, starts))
    found = set()
    for p in np.stack(grid, axis=-1).reshape(-1, 2):
        for _ in range(60):
            p = p - np.linalg.solve(ground.hessian(p), ground.gradient(p))
        if abs(ground.gradient(p)).max() < 1e-8:
            x, y = (p.round(4) + 0.0).tolist()  # no −0
            found.add((x, y))
    return sorted(found)


def kind(ground: Any, point: Any) -> str:
    """What a point of slope zero is, by its curvatures."""
    low, high = np.linalg.eigvalsh(ground.hessian(point))
    return "minimum" if low > 0 else "maximum" if high < 0 else "saddle" if low < 0 < high else "undecided"
