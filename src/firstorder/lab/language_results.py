"""What the stored trainings on language found: by how much Adam leads, and how much of that another rule makes up."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np

from .language import EVERY
from .results import Row, row, rows, stored
from .runs import gap


def found(name: str = "characters") -> dict[str, Row]:
    """The stored rows of a setting, by optimizer."""
    return rows(stored("language"), name)


def losses(name: str, key: str) -> np.ndarray:
    """Test losses, by seed."""
    return np.array(row(stored("language"), name, key)["test_loss"])


def lead(name: str = "characters", key: str = "momentum") -> np.ndarray:
    """How far an optimizer ends above Adam, in nats by seed: a seed has the same start and batches for both."""
    return losses(name, key) - losses(name, "adam")


def closed(key: str, name: str = "characters", draws: int = 4000) -> tuple[float, float, float]:
    """The share of the distance from momentum to Adam that an optimizer makes up, and its 95% interval.

    1 is Adam's loss, 0 momentum's. The interval is that of seeds drawn again, with repetition.
    """
    made_up, whole = losses(name, "momentum") - losses(name, key), lead(name)
    seeds = np.random.default_rng(0).integers(len(whole), size=(draws, len(whole)))
    shares = made_up[seeds].mean(axis=1) / whole[seeds].mean(axis=1)
    low, high = np.quantile(shares, [0.025, 0.975])
    return float(made_up.mean() / whole.mean()), float(low), float(high)


def by_fifth(name: str) -> np.ndarray:
    """Momentum's loss less Adam's by seed and fifth of the predictions, (seeds, 5): the most frequent classes first."""
    momentum, adam = (np.array(row(stored("language"), name, key)["fifths"]) for key in ("momentum", "adam"))
    return momentum - adam


def needed(name: str) -> np.ndarray:
    """By seed, the share of the steps after which Adam's training loss is where momentum's ends."""
    adam, momentum = (np.array(row(stored("language"), name, key)["curves"]) for key in ("adam", "momentum"))
    last = len(adam[0]) - 1
    return np.array([_crossing(a, m[-1]) / last for a, m in zip(adam, momentum, strict=True)])


def sound(name: str, key: str = "momentum") -> np.ndarray:
    """The seeds, as a mask, whose last training loss is below the first: the others blew up on the way."""
    curves = np.array(row(stored("language"), name, key)["curves"])
    return curves[:, -1] < 0.9 * curves[:, 0]


def _crossing(curve: np.ndarray, level: float) -> float:
    """Where a curve first comes down to a level, between its points in a straight line; its end if it never does."""
    below = np.flatnonzero(curve <= level)
    if not below.size:
        return float(len(curve) - 1)
    i = int(below[0])
    return i - (level - curve[i]) / (curve[i - 1] - curve[i]) if i else 0.0


def steps() -> np.ndarray:
    """The steps whose training losses are stored."""
    return np.arange(len(found()["adam"]["curves"][0])) * EVERY


def table(keys: Iterable[str], name_of: Callable[[str], str]) -> str:
    """A Markdown table of optimizers on characters, the lowest test loss first: mean, spread, and distance to Adam."""
    lines = ["| optimizer | rate | test loss, spread of seeds | above Adam |", "|---|---:|---:|---:|"]
    for key in sorted(keys, key=lambda key: losses("characters", key).mean()):
        found, (above, error) = losses("characters", key), gap(lead(key=key), 0)
        rate = row(stored("language"), "characters", key)["lr"]
        spread = f"{found.mean():.3f}\u00a0±\u00a0{found.std(ddof=1):.3f}"
        apart = "–" if key == "adam" else f"{above:+.3f}\u00a0±\u00a0{error:.3f}"
        lines.append(f"| {name_of(key)} | {rate:.2g} | {spread} | {apart} |")
    return "\n".join(lines)
