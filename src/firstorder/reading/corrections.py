"""A program without its bias corrections: what Adam is when every beta**t is read as 0."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import sympy as sp

from .parse import Line, Program
from .symbolic import symbol


def without_corrections(program: Program) -> Program | None:
    """The program with every x**t read as 0, its limit for large t, called `name_uncorrected`.

    None if it has none, or if it reads t in another way too: then it is more than corrected.
    """
    if "t" not in program.keywords:
        return None
    before = [line.expr for line in program.lines]
    after = [_forget_start(expr) for expr in before]
    if after == before or any(map(_reads_t_elsewhere, before)):
        return None
    lines = [Line.of(line.target, expr, line.array) for line, expr in zip(program.lines, after, strict=True)]
    return replace(program, name=f"{program.name}_uncorrected", lines=_without_copies(lines, program.returns))


def _decays(expr: sp.Basic) -> bool:
    """Whether `expr` is x**t or x**(t + 1), which a correction has."""
    return isinstance(expr, sp.Pow) and (expr.exp - symbol("t")) in (0, 1)


def _reads_t_elsewhere(expr: sp.Basic) -> bool:
    return expr == symbol("t") or (not _decays(expr) and any(map(_reads_t_elsewhere, expr.args)))


def _forget_start(expr: sp.Basic) -> sp.Basic:
    """`expr` with x**t replaced by 0; only what contains it is simplified, the rest keeps its shape."""
    if _decays(expr):
        return sp.Integer(0)
    args = tuple(_forget_start(a) for a in expr.args)
    return expr if args == expr.args else expr.func(*args)


def _without_copies(lines: Sequence[Line], returns: Sequence[str]) -> tuple[Line, ...]:
    """Drop lines that have become `a = b` or `a = √b`, read so wherever a is read; what is returned keeps its line."""
    names: dict[sp.Symbol, sp.Basic] = {}
    kept = []
    with sp.evaluate(False):
        for line in lines:
            expr = line.expr.xreplace(names)
            copied = expr.base if isinstance(expr, sp.Pow) and expr.exp == sp.Rational(1, 2) else expr
            if isinstance(copied, sp.Symbol) and line.target not in returns:
                names[symbol(line.target)] = expr
            else:
                kept.append(Line.of(line.target, expr, line.array))
    return tuple(kept)
