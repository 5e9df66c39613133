"""What an exercise consists of, and all there are: they stand in the .toml files beside this one."""

from __future__ import annotations

import itertools
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any

from ..page.accept import NUMPY
from ..reading.define import define
from ..rules import RULES, Rule, optimizer

#: The chapters' files, in the book's order.
ROOMS = ("momentum", "adaptive", "family")
STAGES = 3


@dataclass(frozen=True)
class Mistake:
    """What people write instead of a part of the reference, and what to say to them."""

    was: str
    now: str
    says: str


@dataclass(frozen=True)
class Exercise:
    """A task whose answer is a rule.

    key: the name of the function that answers it; chapter: where it stands; text: the task, in MyST; start: the
    function to begin with; solution: one that is right; hints: three, each says more; mistakes: those that a check
    recognises. In an exercise that asks to mend a rule (`mend`) the start has all of them. settings: values beside the
    defaults that the check tries.
    """

    key: str
    chapter: str
    text: str
    start: str
    solution: str
    hints: tuple[str, ...]
    mistakes: tuple[Mistake, ...]
    mend: bool = False
    settings: Mapping[str, float] = field(default_factory=dict)

    @property
    def reference(self) -> Rule:
        return read(self.solution)

    def with_mistakes(self, made: Sequence[Mistake]) -> Rule:
        """The reference with mistakes in it."""
        return read(_with(self.solution, made))

    def wrong(self) -> Iterator[tuple[Mistake, ...]]:
        """Each mistake alone; if there is a rule to mend, all sets of them, small ones first."""
        for size in range(1, len(self.mistakes) + 1 if self.mend else 2):
            yield from itertools.combinations(self.mistakes, size)


def _with(source: str, mistakes: Sequence[Mistake]) -> str:
    for mistake in mistakes:
        if source.count(mistake.was) != 1:
            raise ValueError(f"{mistake.was!r} is {source.count(mistake.was)} times in a solution, not once")
        source = source.replace(mistake.was, mistake.now)
    return source


@cache
def read(source: str) -> Rule:
    """The rule of a text of this package: one `def`."""
    name = source.split("(")[0].removeprefix("def ").strip()
    return optimizer(define(source, name, {**NUMPY, "__name__": __name__}))


def _made(key: str, reference: str, hints: Sequence[str], **told: Any) -> Exercise:
    """An exercise as its file has it: the solution written out, or the key of one of the package's rules."""
    rule = RULES.get(reference)
    source = rule.source.replace(f"def {reference}(", f"def {key}(", 1) if rule else reference
    solution = source.strip() + "\n"
    mistakes = tuple(Mistake(**one) for one in told.pop("mistakes"))
    start = _with(solution, mistakes) if told.get("mend") else told.pop("start").strip() + "\n"
    return Exercise(key, start=start, solution=solution, hints=tuple(hints), mistakes=mistakes, **told)


def _all() -> dict[str, Exercise]:
    folder = files(__package__)
    told = [tomllib.loads(folder.joinpath(f"{room}.toml").read_text(encoding="utf-8")) for room in ROOMS]
    return {key: _made(key, **one) for room in told for key, one in room.items()}


#: All exercises by their keys, in the book's order.
EXERCISES = _all()


def exercise_of(key: str) -> Exercise:
    """Raises ValueError for a key that is not known, with the nearest that is."""
    if key not in EXERCISES:
        from ..step.groups import unknown  # a page has the rooms below alone

        raise ValueError(unknown("exercise", key, EXERCISES))
    return EXERCISES[key]


def hint(key: str, stage: int = 1) -> str:
    """A hint on an exercise, by its key: stage 1 says where to look, 3 nearly all.

    Raises ValueError for a key or stage that is not known.
    """
    exercise = exercise_of(key)
    if stage not in range(1, STAGES + 1):
        raise ValueError(f"stage must be 1, 2 or {STAGES}, got {stage!r}")
    return exercise.hints[stage - 1]
