"""A program on one weight, where a rule of whole tensors is element-wise: a norm is a size, a sum or mean its term."""

from __future__ import annotations

from dataclasses import replace

import sympy as sp

from .parse import Line, Program
from .symbolic import Reduction, norm, size


def single(program: Program) -> Program:
    """The program of parameters that are one number each: without reductions, its scalar states arrays like others."""
    arrays = program.arrays + program.scalars
    varies = set(arrays)
    lines = []
    with sp.evaluate(False):
        for line in program.lines:
            expr = _of_one(line.expr)
            array = not varies.isdisjoint(s.name for s in expr.free_symbols)
            lines.append(Line.of(line.target, expr, array))
            if array:
                varies.add(line.target)
    return replace(program, arrays=arrays, scalars=(), lines=tuple(lines))


def _of_one(expr: sp.Basic) -> sp.Basic:
    args = tuple(map(_of_one, expr.args))
    if isinstance(expr, size):
        return sp.Integer(1)
    if isinstance(expr, Reduction):
        return sp.Abs(args[0]) if isinstance(expr, norm) else args[0]
    return expr if args == expr.args else expr.func(*args)
