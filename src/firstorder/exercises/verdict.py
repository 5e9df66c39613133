"""Whether an answer is right: where its path and the reference's part, and by which mistake."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import FunctionType
from typing import Any

from ..reading import RuleError
from ..rules import Rule, optimizer
from .exercise import Exercise, Mistake, exercise_of, read
from .streams import Path, Stream, hyperparameters, path, streams

#: Two ways to write one thing agree to rounding, which errors of corrections like 1 - β**t can make 1e-13.
AGREEMENT = 1e-9
#: Characters of a line that a page shows.
WIDTH = 88
#: So many gradients can be followed by hand.
BY_HAND = 3


@dataclass(frozen=True)
class Verdict:
    """What a check finds; it counts as true if the answer is right.

    says: sentences; stream, step, state: where the answer first parts from the reference, if both could run; yours,
    reference: the two values there; gradients: those of this weight up to there; mistakes: what the answer seems to do.
    """

    exercise: str
    right: bool
    says: tuple[str, ...]
    stream: str = ""
    step: int = 0
    state: str = ""
    yours: float | None = None
    reference: float | None = None
    gradients: tuple[float, ...] = ()
    mistakes: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return self.right

    def __str__(self) -> str:
        said = self.says if self.right else (*self.says, f"For a hint: {self._asks}, then 2 and 3.")
        return "\n".join(one if "\n" in one else textwrap.fill(one, WIDTH) for one in said)  # source stays as it is

    @property
    def _asks(self) -> str:
        return f'print(fo.exercises.hint("{self.exercise}", 1))'

    def _repr_markdown_(self) -> str:
        """For notebooks, and the book that is made of them: there lines are as wide as the page."""
        said = [f"```\n{one}\n```" if "\n" in one else one for one in self.says]
        hint = [] if self.right else [f"For a hint: `{self._asks}`, then 2 and 3."]
        return textwrap.indent("\n\n".join([*said, *hint]), "> ", bool)

    __repr__ = __str__


def check(answer: Rule | Callable[..., Any], exercise: str = "") -> Verdict:
    """Whether a rule answers an exercise: it and the reference run side by side on streams of random gradients.

    answer: what `@fo.optimizer` makes of a function, the function itself, or an optimizer class; exercise: a key of
    `EXERCISES`, if it is not the function's name. The parameters decide; a state may be kept in another form.
    Raises TypeError for what is no function and ValueError for an exercise that does not exist.
    """
    answer = getattr(answer, "rule", answer)
    if not isinstance(answer, (Rule, FunctionType)):
        raise TypeError(f"answer must be a rule or a function, got {answer!r}")
    asked = exercise_of(exercise or (answer.key if isinstance(answer, Rule) else answer.__name__))
    try:
        rule = answer if isinstance(answer, Rule) else optimizer(answer)
    except RuleError as error:
        return Verdict(asked.key, False, ("This cannot be read as a rule.", str(error)))
    if why := _unfit(asked, rule):
        return Verdict(asked.key, False, (why,))
    return _judged(asked, rule)


def _unfit(asked: Exercise, rule: Rule) -> str:
    """What is wrong before any step, if anything is."""
    if not rule.elementwise:
        return "This needs a whole tensor, for a norm or a mean. Asked for is a rule of each weight by itself."
    wanted, given = asked.reference.hyperparameters, rule.hyperparameters
    if wanted.keys() != given.keys():
        return f"The hyperparameters asked for are {_listed(wanted)}; here they are {_listed(given)}."
    if odd := [name for name, value in rule.initial.items() if callable(value)]:
        return f"The state {odd[0]} has to start at a number."
    return ""


def _listed(names: Iterable[object]) -> str:
    *most, last = [*map(str, names)] or ["none"]
    return f"{', '.join(most)} and {last}" if most else last


def _judged(asked: Exercise, rule: Rule) -> Verdict:
    mine = {stream: _path(asked, rule, stream) for stream in streams()}
    pairs = _pairs(rule, asked.reference)
    for stream, made in mine.items():
        theirs = _known(asked.key, None, stream)
        if not stream.steady and (parting := _parted(made, theirs, pairs[-1:])):
            first = _parted(made, theirs, pairs) or parting
            return _wrong(asked, mine, stream, first, parting)
        if made.failed:
            step = len(made.steps) + 1
            why = f"Not yet: on {stream.words} your rule {made.failed}, in step {step}."
            mistakes, said = _recognised(asked, mine)
            return Verdict(asked.key, False, (why, *said), stream.words, step, mistakes=mistakes)
    compared = [len(stream.gradients) for stream in mine if not stream.steady]
    where = f"on {len(compared)} streams of gradients it is where the reference is after each of {sum(compared)} steps"
    says = [f"Right: {where}, and under a gradient that stays the same it stays finite."]
    if len(pairs) == 1 and asked.reference.program.arrays[2:]:
        says.append("It keeps another state than the reference, and takes the same steps.")
    elif odd := [name for name, other in pairs[:-1] if _differs(asked, mine, (name, other))]:
        says.append(f"What it keeps as {_listed(odd)} is not what the reference keeps, and makes the same steps.")
    return Verdict(asked.key, True, tuple(says))


def _path(asked: Exercise, rule: Rule, stream: Stream) -> Path:
    return path(rule, stream, hyperparameters(asked.reference, stream, asked.settings))


@cache
def _known(key: str, mistakes: tuple[Mistake, ...] | None, stream: Stream) -> Path:
    """The path of the reference with these mistakes, or with none."""
    asked = exercise_of(key)
    return _path(asked, asked.with_mistakes(mistakes or ()), stream)


@cache
def _begun(key: str, stream: Stream) -> Path:
    """The path of the function to begin with."""
    asked = exercise_of(key)
    return _path(asked, read(asked.start), stream)


def _pairs(rule: Rule, reference: Rule) -> list[tuple[str, str]]:
    """Which of an answer's states stands for which of the reference's, by name or else by place; parameters last."""
    mine, theirs = ((*made.state, *made.scalar_state) for made in (rule, reference))
    parameters = (rule.program.arrays[0], reference.program.arrays[0])
    if set(mine) == set(theirs):
        return [*zip(mine, mine, strict=True), parameters]
    alike = (len(rule.state), len(mine)) == (len(reference.state), len(theirs))
    return [*(zip(mine, theirs, strict=True) if alike else ()), parameters]


@dataclass(frozen=True)
class _Parting:
    step: int
    state: str
    weight: int
    yours: float
    reference: float


def _parted(mine: Path, theirs: Path, pairs: Sequence[tuple[str, str]]) -> _Parting | None:
    """The first step after which any pair of values differ, and the first of the pairs that does."""
    largest: dict[tuple[str, int], float] = {}
    for step, (yours, reference) in enumerate(zip(mine.steps, theirs.steps, strict=False), start=1):
        for name, other in pairs:
            for weight, (a, b) in enumerate(zip(yours[name], reference[other], strict=True)):
                size = largest[name, weight] = max(abs(b), largest.get((name, weight), 0.0))
                if abs(a - b) > AGREEMENT * max(abs(a), size):
                    return _Parting(step, name, weight, a, b)
    return None


def _differs(asked: Exercise, mine: Mapping[Stream, Path], pair: tuple[str, str]) -> bool:
    return any(_parted(made, _known(asked.key, None, s), [pair]) for s, made in mine.items() if not s.steady)


def _compared(parting: _Parting) -> str:
    after = f"step {parting.step}" if parting.step > 1 else "the first step"
    digits = next(n for n in range(5, 18) if f"{parting.yours:.{n}g}" != f"{parting.reference:.{n}g}")
    yours, reference = (f"{value:.{digits}g}" for value in (parting.yours, parting.reference))
    return f"{parting.state} is {yours} after {after}, where the reference has {reference}"


def _wrong(asked: Exercise, mine: Mapping[Stream, Path], stream: Stream, first: _Parting, last: _Parting) -> Verdict:
    gradients = tuple(row[first.weight] for row in stream.gradients[: first.step])
    says = [f"Not yet: on {stream.words} {_compared(last)}."]
    if first != last:
        says.append(f"The first to differ is the state: {_compared(first)}.")
    if first.step <= BY_HAND:
        given = hyperparameters(asked.reference, stream, asked.settings)
        told = _listed(f"{name}={value:g}" for name, value in given.items())
        met = f"gradients of {_listed(gradients)}" if len(gradients) > 1 else f"a gradient of {gradients[0]:g}"
        says.append(f"By hand: this weight starts at {stream.start[first.weight]:g} and meets {met}, with {told}.")
    mistakes, said = _recognised(asked, mine)
    return Verdict(
        asked.key,
        False,
        (*says, *said),
        stream.words,
        first.step,
        first.state,
        first.yours,
        first.reference,
        gradients,
        mistakes,
    )


def _recognised(asked: Exercise, mine: Mapping[Stream, Path]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The mistakes that take an answer's path, and what to say."""
    moving = {stream: made for stream, made in mine.items() if not stream.steady}
    for made in asked.wrong():
        if all(_same(own, _known(asked.key, made, stream)) for stream, own in moving.items()):
            told = tuple(mistake.says for mistake in made)
            return told, (_left(len(made), len(asked.mistakes)),) if asked.mend else told
    if asked.mend:
        return (), ("This is no mix of the faults: a right line has changed, or a fault is another one now.",)
    fits = read(asked.start).hyperparameters.keys() == asked.reference.hyperparameters.keys()
    if fits and all(_same(own, _begun(asked.key, stream)) for stream, own in moving.items()):
        return (), ("So far it does the same as the function that you began with.",)
    return (), ()


def _left(left: int, faults: int) -> str:
    if left == faults:
        return f"All {faults} faults are still there." if faults > 1 else "The fault is still there."
    return f"{left} of {faults} faults {'is' if left == 1 else 'are'} left."


def _same(one: Path, other: Path) -> bool:
    """Whether the parameters go the same way, and as far."""
    mine, theirs = (next(iter(made.steps[0])) if made.steps else "" for made in (one, other))
    return len(one.steps) == len(other.steps) and _parted(one, other, [(mine, theirs)]) is None
