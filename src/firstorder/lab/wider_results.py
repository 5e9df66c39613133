"""What the sweep beyond the digits found: who leads where, and by how much the rate of a fine-tuning is smaller."""

from __future__ import annotations

import numpy as np

from .results import Row, row, rows, stored

#: The problems by name, and the file that has each.
FILES = {
    "convolutional": "digits",
    "moved": "moved",
    "from_scratch": "turned",
    "fine_tuning": "turned",
    "neighbours": "neighbours",
}


def found(problem: str) -> dict[str, Row]:
    """The stored rows of a problem, by optimizer."""
    return rows(stored(FILES[problem]), problem)


def ended(problem: str, key: str) -> np.ndarray:
    """Test losses, by seed."""
    return np.array(row(stored(FILES[problem]), problem, key)["test_loss"])


def alike(one: str, other: str) -> tuple[float, float]:
    """Spearman's rank correlation of the mean test losses of the optimizers that both problems have, and its p."""
    from scipy.stats import spearmanr  # type: ignore[import-untyped]

    keys = sorted(set(found(one)) & set(found(other)))
    ranks = spearmanr(*([ended(problem, key).mean() for key in keys] for problem in (one, other)))
    return float(ranks.statistic), float(ranks.pvalue)


def smaller() -> dict[str, float]:
    """By optimizer, how many times smaller the best rate of the fine-tuning is than that from scratch."""
    tuned, scratch = found("fine_tuning"), found("from_scratch")
    return {key: scratch[key]["lr"] / tuned[key]["lr"] for key in tuned}
