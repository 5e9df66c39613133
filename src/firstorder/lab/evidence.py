"""What seeds can tell of two methods: the gain, its interval, and the smallest gain that they could have shown.

    found = lower_by(adan.training, adam.training)     # losses, one a seed, the same seeds for both
    found["ahead"], found["low"], found["high"]        # 0.37, 0.29, 0.44: lower by 37 %, at 95 % by 29 % to 44 %
    found["smallest"]                                  # 0.12: a loss lower by 12 % would have shown, four times of five

"Not significant" is no evidence of absence: where the interval has both 0 and a gain that would matter, the seeds leave
the matter undecided. Needs SciPy (extra `book`).
"""

from __future__ import annotations

from typing import Any

import numpy as np

#: How many seeds a comparison has, unless it says why it has fewer.
SEEDS = 20
#: How sure a verdict is, and how often a gain as small as the smallest one would have been found.
CONFIDENCE, POWER = 0.95, 0.8

Found = dict[str, Any]


def lower_by(ours: Any, others: Any, *, paired: bool = True, fewer: str = "") -> Found:
    """By what share our losses are lower, in the geometric mean over seeds: 0.5 is half the loss, −1 is twice the loss.

    Returns ahead, low and high (its interval), smallest (the gain that would have shown), seeds, and both geometric
    means, `ours` and `others`; see `higher_by` for the rest.
    """
    our, other = (_finite(np.log(np.asarray(losses, float))) for losses in (ours, others))
    found = {name: -float(np.expm1(-each)) for name, each in _gain(other, our, paired).items()}
    means = {"ours": float(np.exp(our.mean())), "others": float(np.exp(other.mean()))}
    return found | means | _counted(min(len(our), len(other)), fewer)


def higher_by(ours: Any, others: Any, *, paired: bool = True, fewer: str = "") -> Found:
    """By how much our numbers are higher, in the mean over seeds; as `lower_by`, with plain differences and means.

    paired: both met the same seeds, in the same order; else Welch's interval of two samples. fewer: why there are fewer
    than 20 seeds; it is kept with what was measured. Raises ValueError for fewer without a reason, and for numbers that
    are not finite: what diverged is counted apart.
    """
    our, other = (_finite(np.asarray(numbers, float)) for numbers in (ours, others))
    means = {"ours": float(our.mean()), "others": float(other.mean())}
    return _gain(our, other, paired) | means | _counted(min(len(our), len(other)), fewer)


def _gain(one: np.ndarray, other: np.ndarray, paired: bool) -> dict[str, float]:
    """The mean of one − other, both ends of its interval, and the smallest that would have shown."""
    from scipy.stats import t as student  # type: ignore[import-untyped]

    if paired and len(one) != len(other):
        raise ValueError(f"paired numbers must be of the same seeds, got {len(one)} and {len(other)}")
    if paired:
        error, freedom = (one - other).std(ddof=1) / len(one) ** 0.5, len(one) - 1.0
    else:
        squares = np.array([each.var(ddof=1) / len(each) for each in (one, other)])
        error = squares.sum() ** 0.5
        weights = np.array([len(one), len(other)]) - 1
        freedom = squares.sum() ** 2 / (squares**2 / weights).sum() if error > 0 else float(weights.sum())
    ahead = one.mean() - other.mean()
    sure = student.ppf((1 + CONFIDENCE) / 2, freedom)
    smallest = (sure + student.ppf(POWER, freedom)) * error
    found = {"ahead": ahead, "low": ahead - sure * error, "high": ahead + sure * error, "smallest": smallest}
    return {name: float(each) for name, each in found.items()}


def _finite(numbers: np.ndarray) -> np.ndarray:
    if not np.isfinite(numbers).all():
        raise ValueError(f"a comparison needs finite numbers, got {numbers}: count what diverged apart")
    return numbers


def _counted(seeds: int, fewer: str) -> Found:
    if seeds < 2 or (seeds < SEEDS) != bool(fewer):
        raise ValueError(f"{seeds} seeds: a comparison has {SEEDS} or more, or says why it has fewer, and only then")
    return {"seeds": seeds} | ({"fewer": fewer} if fewer else {})
