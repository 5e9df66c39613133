"""Parameter-free rules: what they estimate, on a convex problem of known distance, and the digits with no rate."""

from __future__ import annotations

import numpy as np

from .runs import Schedule, Tuned, falling, trained, tuned
from .walks import walk

#: The tasks on the digits, and the rates that Adam is given to choose from, four a decade.
TASKS = ("softmax", "network", "pixels")
RATES = 10.0 ** np.arange(-2, 0.6, 0.25)
STEPS = 200


class AbsoluteRegression:
    """Mean of |x·(θ - θ*)| over 10 k random rows x of k numbers: convex, Lipschitz, the minimum at a given distance."""

    def __init__(self, distance: float = 1.0, k: int = 20):
        rng = np.random.default_rng(0)
        self.x, target = rng.normal(size=(10 * k, k)), rng.normal(size=k)
        self.target = target * distance / np.linalg.norm(target)
        self.start = np.zeros(k)

    def value(self, p: np.ndarray) -> float:
        return float(abs(self.x @ (p - self.target)).mean())

    def gradient(self, p: np.ndarray) -> np.ndarray:
        return self.x.T @ np.sign(self.x @ (p - self.target)) / len(self.x)

    def distance(self, key: str) -> float:
        """What the rule estimates: the distance, or for those built on Adam that of the largest coordinate."""
        return float(np.linalg.norm(self.target) if key == "dadapt_sgd" else abs(self.target).max())


def estimates(
    key: str, distance: float = 1.0, d0: float = 1e-6, steps: int = 400, noise: float = 0.0, k: int = 20
) -> tuple[np.ndarray, np.ndarray]:
    """(d / D, loss / loss at the start) after each step on `AbsoluteRegression`; noise: added to the gradient."""
    problem, rng = AbsoluteRegression(distance, k), np.random.default_rng(1)

    def slope(p: np.ndarray) -> np.ndarray:
        return problem.gradient(p) + (noise * rng.normal(size=p.size) if noise else 0)

    kept = walk(
        key, slope, steps, start=problem.start, keep=lambda p, opt: (float(opt.state["d"]), problem.value(p)), d0=d0
    )
    return kept[1:, 0] / problem.distance(key), kept[1:, 1] / kept[0, 1]


def without_rate(name: str, key: str, schedule: Schedule | None = falling) -> Tuned:
    """A task after 200 steps with batches of 64, from 20 seeds: at the rate 1, or for Adam at the best of eleven rates
    on the held-out loss of three other seeds."""
    if key == "adam":
        return tuned(name, key, RATES, tuning=range(100, 103), steps=STEPS, schedule=schedule)
    return Tuned(1.0, [trained(name, key, 1.0, seed, steps=STEPS, schedule=schedule) for seed in range(1, 21)])


def accuracies(name: str, key: str, schedule: Schedule | None = falling) -> np.ndarray:
    """Test accuracies of 20 seeds, in per cent; Adam's with its tuned rate."""
    return 100 * without_rate(name, key, schedule).accuracy
