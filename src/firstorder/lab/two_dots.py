"""The smallest thing that learns: a guess from the darkness of two dots, one of them faint, each with a weight."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from ..rules import RULES
from .walks import walk

#: From no weights at all to the right ones, 1 and 1, in so many steps; each looks at so many pictures.
STEPS, PICTURES = 150, 32
#: How much paler the first dot is than the second, and how far off an answer is by chance.
FAINTER, CHANCE = 10.0, 0.1
#: Plain descent, with memory, with a size of its own for each weight, with both; and the best of `RATES` for each.
METHODS = {"sgd": 1.0, "momentum": 0.18, "rmsprop": 0.018, "adam": 0.032}
#: What they are called before their names are known.
NAMES = {"sgd": "plain descent", "momentum": "with memory", "rmsprop": "with own sizes", "adam": "Adam: both"}
#: The draw of pictures that figures show: of 200 the one whose ends lie nearest to the medians, in their order.
SHOWN = 148
#: A quarter of a decade apart.
RATES = tuple(float(f"{rate:.2g}") for rate in 10 ** (np.arange(-12, 3) / 4))


@cache
def pictures(draws: int, steps: int = STEPS, seed: int = 0) -> Mapping[str, np.ndarray]:
    """What each step sees of its pictures, before the first dot is made paler; arrays (steps, draws).

    The dots are standard normal numbers u, v, and a right answer is u + v but for a chance e: the means of u², uv, v²,
    ue and ve are all that the slopes need.
    """
    u, v, e = np.random.default_rng(seed).standard_normal((3, steps, draws, PICTURES))
    e *= CHANCE
    products = {"uu": (u, u), "uv": (u, v), "vv": (v, v), "ue": (u, e), "ve": (v, e)}
    return {name: (one * other).mean(-1) for name, (one, other) in products.items()}


def errors(rule: str, lr: float, seen: Mapping[str, np.ndarray], fainter: float = FAINTER) -> np.ndarray:
    """The loss after each step without what chance adds, (steps + 1, draws)."""
    s, steps = 1 / fainter, iter(range(len(seen["uu"])))

    def slope(p: Any) -> Any:
        (x, y), k = p - 1, next(steps)
        return [
            s * (s * seen["uu"][k] * x + seen["uv"][k] * y - seen["ue"][k]),
            s * seen["uv"][k] * x + seen["vv"][k] * y - seen["ve"][k],
        ]

    path = walk(rule, slope, len(seen["uu"]), start=np.zeros((2, seen["uu"].shape[1])), lr=lr)
    with np.errstate(all="ignore"):
        x, y = np.moveaxis(path - 1, 1, 0)
        return (s**2 * x**2 + y**2) / 2


@cache
def sweep(rule: str, draws: int = 400) -> dict[float, float]:
    """The mean error at the end, over so many draws of the pictures, for each rate."""
    return {lr: float(np.nan_to_num(errors(rule, lr, pictures(draws))[-1].mean(), nan=np.inf)) for lr in RATES}


def table(draws: int = 400) -> str:
    """In Markdown: the mean error in the end over so many draws of the pictures, none of which chose a rate."""
    start = errors("sgd", METHODS["sgd"], pictures(1))[0, 0]
    lines = [f"| method | its name | loss after {STEPS} steps, from {start:.3f} |", "|---|---|---|"]
    for rule, lr in METHODS.items():
        end = errors(rule, lr, pictures(draws, seed=1))[-1].mean()
        lines.append(f"| {NAMES[rule]} | {RULES[rule].name} | {end:.6f} |")
    return "\n".join(lines)
