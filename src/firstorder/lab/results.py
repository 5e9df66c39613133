"""What a sweep found: stored rows, the best and what cannot be told from it, tables."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np

from ..rules import RULES

Row = dict[str, Any]

#: What a run is judged by, each a list with one number a seed; None where the run diverged.
MEASURES = ("train_loss", "test_loss", "accuracy")


@cache
def stored(name: str = "digits") -> dict[str, Any]:
    """The book's sweep of this name: what `python -m firstorder.lab.sweep` wrote; see `sweep` for its parts."""
    return json.loads(
        files(__package__.rpartition(".")[0]).joinpath("sweeps", f"{name}.json").read_text(encoding="utf-8")
    )


def row(results: Mapping[str, Any], problem: str, optimizer: str) -> Row:
    """One row of a sweep; raises KeyError if it has none for these two."""
    for found in results["rows"]:
        if (found["problem"], found["optimizer"]) == (problem, optimizer):
            return found
    raise KeyError(f"no row of {optimizer!r} on {problem!r}")


def rows(results: Mapping[str, Any], problem: str) -> dict[str, Row]:
    """The rows of one problem, by optimizer; raises KeyError if there are none."""
    found = {r["optimizer"]: r for r in results["rows"] if r["problem"] == problem}
    if not found:
        raise KeyError(f"no rows of problem {problem!r}")
    return found


def values(numbers: Sequence[float | None]) -> np.ndarray:
    """The seeds that did not diverge."""
    return np.array([x for x in numbers if x is not None])


def against_best(found: Mapping[str, Row], measure: str = "accuracy") -> tuple[str, dict[str, float]]:
    """The optimizer with the best mean, and for each the p-value of Welch's t-test against it (1 for itself).

    found: rows by optimizer; a row in which a seed diverged is not the best and has the p-value 0. measure: one of
    `MEASURES`; of accuracy more is better, of losses less. The best was picked because it is: what differs from it
    without correction for that, and for as many tests as rows, is a generous count.
    """
    from scipy.stats import ttest_ind  # type: ignore[import-untyped]

    if measure not in MEASURES:
        raise ValueError(f"measure must be one of {', '.join(map(repr, MEASURES))}, got {measure!r}")
    whole = {key: np.array(r[measure]) for key, r in found.items() if not r["diverged"]}
    sign = -1 if measure == "accuracy" else 1
    best = min(whole, key=lambda key: sign * whole[key].mean())
    p = {key: float(ttest_ind(whole[key], whole[best], equal_var=False).pvalue) for key in whole if key != best}
    return best, {key: 1.0 if key == best else p.get(key, 0.0) for key in found}


def ranked(found: Mapping[str, Row]) -> dict[str, Row]:
    """The rows by mean test accuracy, the best first; rows in which a seed diverged come last."""

    def place(key: str) -> tuple[int, float]:
        accuracy = values(found[key]["accuracy"])
        return found[key]["diverged"], -float(accuracy.mean()) if len(accuracy) else 0.0

    return {key: found[key] for key in sorted(found, key=place)}


def table(found: Mapping[str, Row]) -> str:
    """A Markdown table of rows, `ranked`: means over the seeds, of accuracy with their standard deviation.

    A star marks what Welch's test at 5% does not tell from the best accuracy. `time`: seconds of a step over SGD's.
    """
    head = ["optimizer", "rate", "×", "accuracy (%)", "test loss", "steps", "state", "time"]
    _, p = against_best(found)
    lines = [head, ["---"] + ["---:"] * (len(head) - 1)]
    for key, r in ranked(found).items():
        accuracy, loss, reached = (values(r[name]) for name in ("accuracy", "test_loss", "steps_to_target"))
        there = f"\u00a0({len(reached)})" if len(reached) < len(r["accuracy"]) else ""
        lines.append(
            [
                RULES[key].name + " \\*" * (p[key] > 0.05),
                f"{r['lr']:.2g}" + {"low": " ↓", "high": " ↑", None: ""}[r["edge"]],
                f"{r['factor']:,.0f}" if r["factor"] > 100 else f"{r['factor']:.3g}",
                f"{100 * accuracy.mean():.1f}\u00a0±\u00a0{100 * accuracy.std(ddof=1):.1f}"
                if len(accuracy) > 1
                else "–",
                f"{loss.mean():.3f}" if len(loss) else "–",
                f"{reached.mean():.0f}{there}" if len(reached) else "–",
                f"{r['state']:.2g}",
                f"{r['seconds'] / found['sgd']['seconds']:.1f}",
            ]
        )
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
