"""What leads a reader through a figure: a question, something to try, a guess before it is shown, a tour of states.

A sentence on what a state shows has `holds` beside it, which finds in the curves whether it is true; tests ask it.
States are those of the controls as the class has them, but for what is given.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Any

#: Of what is seen in the state, and of what is seen in the usual one, whether what is said is so: of the curves of a
#: panel, of the paths of a playground, of the rules that are compared or chosen.
Holds = Callable[[Any, Any], bool]

#: Characters of a sentence, which five lines of a phone hold.
MOST = 170
#: Letters in a line, on a phone and on a desk; pixels of a line, of a row of buttons, and of what is around them.
LETTERS, LINE, ROW, AROUND = (40, 96), 19, 34, 28


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
class Trace:
    """A path that is drawn on a map: that of the optimizer number `run`, which is hidden until the reader is done."""

    asked: str
    run: int
    state: Mapping[str, Any]
    why: str
    holds: Holds

    def described(self) -> dict[str, Any]:
        return {"run": self.run}


@dataclass(frozen=True)
class Guide:
    """All texts are of at most `MOST` characters, so that the room held for them on a page is small."""

    question: str
    attempt: str
    guess: Choose | Sketch | Trace
    tour: tuple[Stop, ...]

    def described(self, reached: Callable[[Mapping[str, Any]], dict[str, Any]] = dict) -> dict[str, Any]:
        """As the front end reads it; `reached` makes of what changes in a state what changes in the figure's."""
        guess = self.guess
        return {
            "question": self.question,
            "attempt": self.attempt,
            "guess": {"asked": guess.asked, "state": reached(guess.state), "why": guess.why, **guess.described()},
            "tour": [{"state": reached(stop.state), "said": stop.said} for stop in self.tour],
        }

    def heights(self) -> tuple[int, int]:
        """Pixels that it takes on a phone and on a desk: those of its highest page, for all lie over one another."""
        options = getattr(self.guess, "options", ())
        told = f"Not quite. {max(options or (' ' * 60,), key=len)}: {self.guess.why}"
        texts = [f"{self.question} {self.attempt}", told, *(f"4/4 {stop.said}" for stop in self.tour)]
        pages = [(f"Guess. {self.guess.asked}", [*options, "Close"]), *((text, ["Tour", "Close"]) for text in texts)]
        narrow, wide = (
            AROUND + max(LINE * ceil(len(text) / letters) + ROW * _rows(buttons, letters) for text, buttons in pages)
            for letters in LETTERS
        )
        return narrow, wide


def _rows(buttons: Sequence[str], letters: int) -> int:
    """Of a row of buttons that wraps where a line of text would have so many letters: each has 5 more around it."""
    rows, taken = 1, 0
    for button in buttons:
        if taken and taken + len(button) + 5 > letters:
            rows, taken = rows + 1, 0
        taken += len(button) + 5
    return rows
