"""A text to learn from: the first ten of Doyle's *Adventures of Sherlock Holmes* (1892), which is in the public domain.

Its author died in 1930. The letters are those of Project Gutenberg's edition (number 1661) without what that adds to
the book; paragraphs are lines, dashes two hyphens, quotation marks straight, and é, à and â are e and a.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import NamedTuple

import numpy as np

#: Held-out text comes in blocks of so many tokens, evenly between the others.
BLOCK, EVERY = 1024, 10


class Corpus(NamedTuple):
    """A text as tokens: windows x (n, T) and what follows each token, y (n, T).

    The last `held_out` windows of the training part are evenly spread blocks as well, to tune on. names: of each kind
    of token; counts: how often each follows in the training windows.
    """

    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    held_out: int
    names: list[str]
    counts: np.ndarray


@cache
def text() -> str:
    return files(__name__).joinpath("sherlock.txt").read_text(encoding="ascii")


def tokens(by: str, kinds: int | None = None) -> tuple[np.ndarray, list[str]]:
    """The text as numbers and what each stands for, the most frequent first: by "characters" or by "words".

    Words are in lower case, a mark is a word, and what is not among the `kinds` − 1 most frequent is one kind.
    """
    parts = list(text()) if by == "characters" else re.findall(r"[a-z]+(?:'[a-z]+)?|[^\sa-z]", text().lower())
    names = [name for name, _ in Counter(parts).most_common(kinds and kinds - 1)]
    number = {name: i for i, name in enumerate(names)}
    if kinds:
        names.append("other")
    return np.array([number.get(part, len(names) - 1) for part in parts]), names


@cache
def corpus(by: str = "characters", context: int = 32, kinds: int | None = None) -> Corpus:
    """Windows of `context` tokens: of ten blocks in a row one is the test's and one is held out to tune on."""
    numbers, names = tokens(by, kinds)
    windows = (len(numbers) - 1) // context
    x = numbers[: windows * context].reshape(windows, context)
    y = numbers[1 : windows * context + 1].reshape(windows, context)
    block = np.arange(windows) * context // BLOCK % EVERY
    fit, tune, test = (np.flatnonzero(part) for part in ((block != 4) & (block != 9), block == 4, block == 9))
    train = np.concatenate([fit, tune])
    counts = np.bincount(y[train].ravel(), minlength=len(names))
    return Corpus(x[train], y[train], x[test], y[test], len(tune), names, counts)
