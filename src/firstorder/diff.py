"""What one rule changes in another: the lines that differ, as a `diff`.

    diff(fo.Adam, fo.Yogi)

Compared are the state, the defaults and the assignments, each by what it says: spacing, line breaks, comments,
docstrings and the names of the functions count for nothing. A state that only the first rule has goes by the name of
the one in the other that stands in its place; the head of the diff says so.
"""

from __future__ import annotations

import ast
import difflib
import re
from dataclasses import dataclass

from .resolve import OptimizerLike, rule_of
from .rules import Rule


@dataclass(frozen=True)
class Diff:
    """The lines of two rules, with marks: "- " the first has it, "+ " the second has it, two blanks if both do."""

    one: Rule
    other: Rule
    renamed: dict[str, str]
    lines: tuple[str, ...]

    @property
    def removed(self) -> tuple[str, ...]:
        return tuple(line[2:] for line in self.lines if line.startswith("-"))

    @property
    def added(self) -> tuple[str, ...]:
        return tuple(line[2:] for line in self.lines if line.startswith("+"))

    def __str__(self) -> str:
        called = "".join(f", its {old} called {new}" for old, new in self.renamed.items())
        return "\n".join((f"--- {self.one.name}{called}", f"+++ {self.other.name}", *self.lines))

    __repr__ = __str__

    def _repr_markdown_(self) -> str:
        return f"```diff\n{self}\n```"


def _states(rule: Rule) -> tuple[str, ...]:
    return rule.state + rule.scalar_state


def _renamed(one: Rule, other: Rule) -> dict[str, str]:
    """What the states are called that only `one` has: the names, in order, of those that only `other` has."""
    mine, others = ([s for s in _states(a) if s not in _states(b)] for a, b in ((one, other), (other, one)))
    return dict(zip(mine, others, strict=False))


def _rename(source: str, names: dict[str, str], known: frozenset[str]) -> str:
    """`source` with states renamed, and with them values named after them (`v_hat`) if the other rule has these."""
    for old, new in names.items():
        source = re.sub(rf"\b{old}\b", new, source)
        for value in {name for name in known if name.startswith(f"{new}_")}:
            source = re.sub(rf"\b{old}{value.removeprefix(new)}\b", value, source)
    return source


def _assignments(source: str) -> list[tuple[str, str]]:
    """Each assignment as it is compared and as it is shown: on one line."""
    function = ast.parse(source).body[0]
    assert isinstance(function, ast.FunctionDef)
    return [
        (ast.unparse(line), " ".join((ast.get_source_segment(source, line) or "").split()))
        for line in function.body
        if isinstance(line, ast.Assign)
    ]


def _marked(one: list[tuple[str, str]], other: list[tuple[str, str]]) -> list[str]:
    matcher = difflib.SequenceMatcher(None, [said for said, _ in one], [said for said, _ in other], autojunk=False)
    lines: list[str] = []
    for tag, i, j, k, m in matcher.get_opcodes():
        if tag == "equal":
            lines += [f"  {shown}" for _, shown in other[k:m]]
        else:
            lines += [f"- {shown}" for _, shown in one[i:j]] + [f"+ {shown}" for _, shown in other[k:m]]
    return lines


def _declared(rule: Rule, than: Rule, names: dict[str, str]) -> list[tuple[str, str]]:
    """State and defaults, those alone in which the rules differ."""
    states = [tuple(names.get(s, s) for s in _states(r)) for r in (rule, than)]
    lines = [f"state: {', '.join(states[0]) or 'none'}"] if states[0] != states[1] else []
    for name, default in rule.hyperparameters.items():
        if than.hyperparameters.get(name, ...) != default:
            lines.append(name if default is None else f"{name} = {default:g}")
    return [(line, line) for line in lines]


def diff(one: OptimizerLike, other: OptimizerLike) -> Diff:
    """What `other` changes in `one`: rules, optimizer classes, or keys of `fo.OPTIMIZERS`."""
    a, b = rule_of(one, "one"), rule_of(other, "other")
    names = _renamed(a, b)
    declared = _marked(_declared(a, b, names), _declared(b, a, names))
    sources = _rename(a.source, names, b.program.assigned), b.source
    return Diff(a, b, names, (*declared, *_marked(*map(_assignments, sources))))
