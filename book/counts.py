"""The numbers in the prose that come from data: `{count}` and a name is the number, on the page and in notebooks."""

from collections.abc import Callable

import firstorder as fo
from firstorder.lab.results import stored


def _trainings() -> int:
    """Each trial with each tuning seed; the chosen rate, and the default if it is another, with each seed."""
    settings = stored()["settings"]
    trials, runs = len(settings["tuning_seeds"]), len(settings["seeds"])
    return sum(trials * r["trials"] + runs * (1 + (r["factor"] != 1)) for r in stored()["rows"])


#: What can be counted, by the name that a chapter gives it.
COUNTS: dict[str, Callable[[], int]] = {
    "optimizers": lambda: len(fo.OPTIMIZERS),
    "other optimizers": lambda: len(fo.OPTIMIZERS) - 1,
    "trainings": _trainings,
    "rows of the sweep": lambda: len(stored()["rows"]),
    "rows with no further trial": lambda: sum(
        r["trials"] == len(stored()["settings"]["factors"]) for r in stored()["rows"]
    ),
}


def count(name: str) -> str:
    """The number as it is written; raises ValueError for a name that is not known."""
    if name not in COUNTS:
        raise ValueError(f"{{count}} knows no {name!r}; it knows {', '.join(map(repr, COUNTS))}")
    return f"{COUNTS[name]():,}"
