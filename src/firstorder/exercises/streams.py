"""The gradients that answers meet, and a rule's path under them, in plain Python.

No array is needed: a page runs this with NumPy's names alone. A rule takes its step as the scalar loop that is read of
it, which Numba compiles elsewhere, on lists of floats.
"""

from __future__ import annotations

import linecache
import math
import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from types import TracebackType

from ..reading.define import define
from ..reading.python import SCALARS
from ..rules import Rule

STEPS = 20
#: So that what decays is gone, at the decay rates below.
LONG = 200
#: At which steps can be seen among parameters of about 1.
RATE = 0.1
#: Where rates fall to a half: a rate that is inside a sum acts later than one outside.
FALL = 6
#: Values beside the defaults; no two alike, so that none can stand in the place of another.
SETTINGS = {
    "lr": 0.03,
    "momentum": 0.6,
    "alpha": 0.75,
    "beta1": 0.7,
    "beta2": 0.85,
    "eps": 0.1,
    "weight_decay": 0.3,
}


@dataclass(frozen=True)
class Stream:
    """What a rule meets: parameters to start from, the gradients of each step, hyperparameters beside the defaults.

    Where a `steady` gradient cancels, rounding alone is left, so that there a path only has to stay finite.
    """

    words: str
    start: tuple[float, ...]
    gradients: tuple[tuple[float, ...], ...]
    other: bool = False
    falls: bool = False
    steady: bool = False


@dataclass(frozen=True)
class Path:
    """By name, what a rule makes of parameter and state in each step; `failed` says why there are no more steps."""

    steps: tuple[dict[str, tuple[float, ...]], ...]
    failed: str = ""


class Column(list[float]):
    """A list that knows its size as an array does."""

    @property
    def size(self) -> int:
        return len(self)


@cache
def streams() -> tuple[Stream, ...]:
    """The same for every answer, with numbers of two digits that can be followed by hand."""
    rng = random.Random(12)

    def draw(*scales: float) -> tuple[float, ...]:
        return tuple(round(rng.gauss(0, 1), 2) * scale for scale in scales)

    start = draw(1, 1, 1)
    noise = tuple(draw(1, 1, 1) for _ in range(STEPS))
    sizes = tuple(draw(1e-4, 1e-2, 1e2) for _ in range(STEPS))
    late = tuple(draw(0, t > 2, t > 5) for t in range(STEPS))
    same = ((0.1, 0.7, -0.3),) * LONG
    return (
        Stream("random gradients", start, noise),
        Stream("random gradients with other hyperparameters", start, noise, other=True),
        Stream("random gradients and a learning rate that falls", start, noise, falls=True),
        Stream("gradients of very different sizes", start, sizes),
        Stream("gradients that are 0 at first", start, late),
        Stream("the same gradient in every step", start, same, other=True, steady=True),
    )


def hyperparameters(reference: Rule, stream: Stream, settings: Mapping[str, float]) -> dict[str, float]:
    """What both rules get: the reference's defaults but for the rate, or what is known of other values."""
    given = {name: default for name, default in reference.hyperparameters.items() if default is not None}
    given["lr"] = RATE
    if stream.other:
        known = {**SETTINGS, **settings}
        given |= {name: known[name] for name in given}
    return given


@lru_cache(maxsize=1)  # of one rule after another, each on all streams
def _loop(rule: Rule) -> Callable[..., None]:
    return define(rule.python(), rule.key, SCALARS)


def path(rule: Rule, stream: Stream, given: Mapping[str, float]) -> Path:
    """Where an element-wise rule goes; a path ends before the first step that has no numbers."""
    program = rule.program
    loop = _loop(rule)
    p = Column(stream.start)
    states = [Column([float(rule.initial_value(name, p, given))] * len(p)) for name in rule.state]
    numbers: tuple[float, ...] = tuple(float(rule.initial_value(name, p, given)) for name in rule.scalar_state)
    names = (program.arrays[0], *rule.state, *rule.scalar_state)
    steps: list[dict[str, tuple[float, ...]]] = []
    for t, gradients in enumerate(stream.gradients, start=1):
        keywords = dict(given)
        if stream.falls and t >= FALL:
            keywords["lr"] /= 2
        if "t" in program.keywords:
            keywords["t"] = t
        try:
            arguments, numbers = rule.scalars(*numbers, **keywords)
            loop(p, Column(gradients), *states, *arguments)
        except (ArithmeticError, ValueError, TypeError) as error:
            if isinstance(error, TypeError) and "complex" not in str(error):
                raise
            return Path(tuple(steps), _why(error))
        made = [tuple(column) for column in (p, *states)] + [(number,) for number in numbers]
        step = dict(zip(names, made, strict=True))
        if lost := [name for name in (*names[1:], names[0]) if not all(map(_finite, step[name]))]:
            return Path(tuple(steps), f"makes {lost[0]} something that is not a finite number")
        steps.append(step)
    return Path(tuple(steps))


def _finite(value: float) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)  # a root may be complex


def _why(error: Exception) -> str:
    what: dict[type[Exception], str] = {
        ZeroDivisionError: "divides by 0",
        OverflowError: "makes a number that is too large",
    }
    said = what.get(type(error), "takes the root or the logarithm of a number that has none")
    line = _line(error.__traceback__)
    target = re.match(r"\s*([A-Za-z]\w*) = ", line)
    hoisted = target is None or re.fullmatch(r"(c|k|const)\d+", target[1])
    return said if hoisted or target is None else f"{said} in the line of {target[1]}"


def _line(traceback: TracebackType | None) -> str:
    """The line of generated code that an error comes from."""
    line = ""
    while traceback:
        name = traceback.tb_frame.f_code.co_filename
        if name.startswith("<firstorder "):
            line = linecache.getline(name, traceback.tb_lineno)
        traceback = traceback.tb_next
    return line
