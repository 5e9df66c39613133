"""Thresholds and sentences as data: short expressions over the names of what was measured.

    Expression("gain > 3 and error < 1")({"gain": 4.0, "error": 0.2})      # True
    Sentence("{100 * gain:.1f} points")({"gain": 0.043})                   # "4.3 points"

They are Python's, and of Python only numbers, names, arithmetic, comparisons, `and`, `or`, `not`, a choice
(`a if b else c`), indices, and `abs`, `len`, `max`, `mean`, `min`, `sum`; these take numbers and lists of them, in any
mixture. Nothing else is evaluated.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from string import Formatter
from typing import Any

from ..card import written

Measured = Mapping[str, Any]

_ALLOWED = (
    *(ast.Expression, ast.Constant, ast.Name, ast.Load, ast.BinOp, ast.UnaryOp, ast.BoolOp, ast.Compare, ast.IfExp),
    *(ast.Call, ast.Subscript, ast.operator, ast.unaryop, ast.boolop, ast.cmpop),
)


def numbers(*given: Any) -> Iterator[Any]:
    """The numbers in numbers, lists and mappings of any depth, in their order."""
    for one in given:
        if isinstance(one, Mapping):
            yield from numbers(*one.values())
        elif isinstance(one, (list, tuple)):
            yield from numbers(*one)
        else:
            yield one


def _over(function: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    return lambda *given: function(list(numbers(*given)))


_FUNCTIONS: dict[str, Callable[..., Any]] = {
    "abs": abs,
    "len": _over(len),
    "max": _over(max),
    "mean": _over(lambda found: sum(found) / len(found)),
    "min": _over(min),
    "sum": _over(sum),
}


class Expression:
    """A number or a condition, of what was measured. Raises ValueError for text that is none."""

    def __init__(self, text: str):
        self.text = text
        try:
            self.tree = ast.parse(text.strip(), mode="eval")
        except SyntaxError as error:
            raise ValueError(f"{text!r} is no expression: {error.msg}") from None
        for node in ast.walk(self.tree):
            if not isinstance(node, _ALLOWED):
                raise ValueError(f"{text!r} must not have {ast.unparse(node)!r}: see firstorder.claims.threshold")
            if isinstance(node, ast.Call) and not (isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS):
                raise ValueError(f"{text!r}: {ast.unparse(node.func)!r} is none of {', '.join(_FUNCTIONS)}")
        self._code = compile(self.tree, "<threshold>", "eval")

    def __call__(self, measured: Measured) -> Any:
        if missing := self.names - set(measured):
            raise ValueError(f"{self.text!r} needs {', '.join(sorted(missing))}; measured: {', '.join(measured)}")
        return eval(self._code, {"__builtins__": {}, **_FUNCTIONS, **measured})  # only what is allowed above

    @cached_property
    def names(self) -> set[str]:
        """The names of measured numbers in it."""
        return {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)} - set(_FUNCTIONS)

    @cached_property
    def comparisons(self) -> list[str]:
        """Every comparison in it, one threshold each: 'a < b < c' is two."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Compare):
                sides = [node.left, *node.comparators]
                found += [
                    ast.unparse(ast.Compare(left, [op], [right]))
                    for left, op, right in zip(sides, node.ops, sides[1:], strict=False)
                ]
        return found


class Sentence:
    """Text with expressions in braces and formats after them, as in an f-string; `{{` is a brace."""

    def __init__(self, text: str):
        self.text = text
        self._parts = [
            (before, None if field is None else Expression(field), form or "")
            for before, field, form, _ in Formatter().parse(text)
        ]

    def __call__(self, measured: Measured) -> str:
        return "".join(
            before + ("" if field is None else re.sub("^-", "−", written(format(field(measured), form))))
            for before, field, form in self._parts
        )

    @property
    def names(self) -> set[str]:
        return set().union(*(field.names for _, field, _ in self._parts if field is not None))
