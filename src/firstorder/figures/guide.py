"""What leads a reader through a figure: a question, something to try, a guess before it is shown, a tour of states.

A sentence on what a state shows has `holds` beside it, which finds in the curves whether it is true; tests ask it.
States are those of the controls as the class has them, but for what is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

Curves = Mapping[str, Any]
#: Of the curves in the state, and of those in the usual one: whether what is said is so.
Holds = Callable[[Curves, Curves], bool]

#: Characters of a sentence, which four lines of a phone hold.
MOST = 170
#: Letters in a line, on a phone and on a desk; pixels of a line, and of what stands around them.
LETTERS, LINE, AROUND = (43, 96), 19, 60


@dataclass(frozen=True)
class Stop:
    """A state, and what there is to see in it."""

    state: Mapping[str, Any]
    said: str
    holds: Holds


@dataclass(frozen=True)
class Choose:
    """A guess among `options`, of which `answer` is right; then the state is shown, and `why` said."""

    asked: str
    options: tuple[str, ...]
    answer: str
    state: Mapping[str, Any]
    why: str
    holds: Holds

    def described(self) -> dict[str, Any]:
        return {"options": list(self.options), "answer": self.answer}


@dataclass(frozen=True)
class Sketch:
    """A guess that is drawn: `curve`, which the chart `view` calls `label`, is hidden until the reader is done."""

    asked: str
    view: int
    curve: str
    label: str
    state: Mapping[str, Any]
    why: str
    holds: Holds

    def described(self) -> dict[str, Any]:
        return {"view": self.view, "curve": self.curve, "label": self.label}


@dataclass(frozen=True)
class Guide:
    """All texts are of at most `MOST` characters, so that the room held for them on a page is small."""

    question: str
    attempt: str
    guess: Choose | Sketch
    tour: tuple[Stop, ...]

    def described(self) -> dict[str, Any]:
        """As the front end reads it."""
        guess = self.guess
        return {
            "question": self.question,
            "attempt": self.attempt,
            "guess": {"asked": guess.asked, "state": dict(guess.state), "why": guess.why, **guess.described()},
            "tour": [{"state": dict(stop.state), "said": stop.said} for stop in self.tour],
        }

    def heights(self) -> tuple[int, int]:
        """Pixels that it takes on a phone and on a desk: those of its longest page, for all lie over one another."""
        told = f"Not quite. {max(getattr(self.guess, 'options', [' ' * 40]), key=len)}: {self.guess.why}"
        texts = [f"{self.question} {self.attempt}", self.guess.asked, told, *(f"4/4 {stop.said}" for stop in self.tour)]
        narrow, wide = (max(ceil(len(text) / letters) for text in texts) for letters in LETTERS)
        return AROUND + LINE * narrow, AROUND + LINE * wide
