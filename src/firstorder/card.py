"""What an optimizer is, on one card: `print(fo.Adam)`, or `fo.Adam` as the last line of a notebook's cell.

Everything on it is read from the rule: its docstring, formula or source, state, hyperparameters and lineage.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterator

import numpy as np

from .rules import RULES, Rule

WIDTH = 100
#: The float32 parameter whose state the card gives where its size depends on the parameter's shape.
EXAMPLE = (64, 32)


def written(text: str) -> str:
    """Numbers in a text as readers write them: 1e−8 for Python's 1e-08."""
    return re.sub(r"(?<=\d)e([+-])0*(?=\d)", lambda power: "e" + power[1].replace("-", "−").strip("+"), text)


class Carded(type):
    """The class of optimizer classes: a class prints as its card, and keeps its short `repr`."""

    rule: Rule

    def __str__(cls) -> str:
        return text(cls.rule) if hasattr(cls, "rule") else repr(cls)

    def _repr_markdown_(cls) -> str | None:
        return markdown(cls.rule) if hasattr(cls, "rule") else None


def paragraphs(rule: Rule) -> list[str]:
    """Those of the docstring, each on one line; the one that starts with "Source:" tells paper and libraries apart."""
    return [" ".join(part.split()) for part in rule.doc.split("\n\n")]


def below(rule: Rule) -> list[Rule]:
    """The rules of the package that build on this one."""
    return [other for other in RULES.values() if rule.key in other.builds_on]


def shape(rule: Rule, state: str) -> tuple[int, ...]:
    """The shape of a state array of a parameter of shape `EXAMPLE`."""
    initial = rule.initial.get(state)
    return initial(np.zeros(EXAMPLE, "float32")).shape if callable(initial) else EXAMPLE


def like_parameter(rule: Rule) -> bool:
    """Whether every state array has its parameter's shape, whatever that is."""
    return not any(callable(rule.initial.get(state)) and shape(rule, state) != EXAMPLE for state in rule.state)


def state_bytes(rule: Rule) -> int:
    """Bytes of state arrays that a float32 parameter of shape `EXAMPLE` needs."""
    return 4 * sum(int(np.prod(shape(rule, state))) for state in rule.state)


def state_words(rule: Rule, code: str = "") -> str:
    """The state in words, each name between `code` marks."""
    if not rule.state + rule.scalar_state:
        return "none"

    def listed(names: tuple[str, ...]) -> str:
        return ", ".join(f"{code}{name}{code}" for name in names)

    parts = []
    if rule.state and like_parameter(rule):
        one = "one array" if len(rule.state) == 1 else f"{len(rule.state)} arrays"
        parts.append(
            f"{listed(rule.state)}: {one} of the parameter's shape, {4 * len(rule.state)} bytes per float32 parameter"
        )
    elif rule.state:
        sizes = ", ".join(f"{code}{s}{code} {'×'.join(map(str, shape(rule, s)))}" for s in rule.state)
        rows, columns = EXAMPLE
        each = state_bytes(rule) / np.prod(EXAMPLE)
        parts.append(f"for a {rows}×{columns} matrix {sizes}, {each:g} bytes per float32 parameter")
    if rule.scalar_state:
        numbers = "one number" if len(rule.scalar_state) == 1 else f"{len(rule.scalar_state)} numbers"
        parts.append(f"{listed(rule.scalar_state)}: {numbers} per array")
    return "; ".join(parts)


def _numbers(rule: Rule) -> Iterator[tuple[str, str, str, str, str]]:
    """Name, symbol, default, range and meaning of each hyperparameter."""
    for name, default in rule.hyperparameters.items():
        known = rule.meanings[name]
        given = "must be given" if default is None else written(f"{default:g}")
        yield name, known.symbol, given, known.interval, known.meaning


def _lineage(rule: Rule) -> list[tuple[str, list[str]]]:
    above = [RULES[key].name if key in RULES else key for key in rule.builds_on]
    origin = [rule.origin.name] if rule.origin else above
    return [("Builds on", origin), ("Built on by", [other.name for other in below(rule)])]


def text(rule: Rule) -> str:
    """The card for a terminal, `WIDTH` columns wide."""

    def block(words: str, indent: str = "  ") -> str:
        return textwrap.fill(words, WIDTH, initial_indent=indent, subsequent_indent=indent)

    first, *others = paragraphs(rule)
    rows = list(_numbers(rule))
    a, b, c = (max((len(row[k]) for row in rows), default=0) for k in range(3))
    numbers = [
        block(f"{name:<{a}}  {symbol:<{b}}  {default:<{c}}  {meaning}, {allowed}")
        for name, symbol, default, allowed, meaning in rows
    ]
    lines = [rule.name, *([block(first)] if first else []), "", "Update", textwrap.indent(rule.source, "  ")]
    lines += ["", "State", block(state_words(rule)), "", "Hyperparameters", *(numbers or ["  none"])]
    for title, names in _lineage(rule):
        if names:
            lines += ["", title, block(", ".join(names))]
    for paragraph in others:
        title, _, rest = paragraph.partition(": ")
        lines += ["", "Source", block(rest)] if title == "Source" else ["", block(paragraph)]
    return "\n".join(lines)


def markdown(rule: Rule) -> str:
    """The card for a notebook: Markdown with the formula in LaTeX."""
    first, *others = paragraphs(rule)
    lines = [f"**{rule.name}**", *([first] if first else []), f"$$\n{rule.tex()}\n$$"]
    lines.append(f"**State:** {state_words(rule, '`')}.")
    table = ["| hyperparameter | symbol | default | range | meaning |", "| --- | --- | --- | --- | --- |"]
    table += [f"| `{name}` | {' | '.join(others)} |" for name, *others in _numbers(rule)]
    if rule.hyperparameters:
        lines.append("\n".join(table))
    lines += [f"**{title}:** {', '.join(names)}." for title, names in _lineage(rule) if names]
    for paragraph in others:
        title, _, rest = paragraph.partition(": ")
        lines.append(f"**Source:** {rest}" if title == "Source" else paragraph)
    return "\n\n".join(lines)
