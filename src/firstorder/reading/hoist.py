"""Take the sub-expressions with no array in them out of the loop, to be computed once a step in float64."""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import sympy as sp

from .parse import Line, Program, RuleError
from .symbolic import symbol


@dataclass(frozen=True)
class Hoisted:
    """A program split in two.

    host: lines over scalars only (Python floats); loop: lines over the elements, in which every scalar is a
    name; arguments: the scalar names that the loop reads, in order of first use.
    """

    host: tuple[Line, ...]
    loop: tuple[Line, ...]
    arguments: tuple[str, ...]


def hoist(program: Program) -> Hoisted:
    """Split a program; `RuleError` if it is not element-wise, for then it is no single loop."""
    if not program.elementwise:
        raise RuleError(
            f"{program.name} is not element-wise: it runs as NumPy or CuPy on whole tensors and has no loop to generate"
        )
    names = {*program.arrays, *program.scalars, *program.keywords, *program.assigned}
    prefix = next(p for p in ("c", "k", "const") if not any(n.startswith(p) and n[len(p) :].isdigit() for n in names))
    is_array = dict.fromkeys(program.arrays, True)
    host: list[Line] = []
    loop: list[Line] = []
    constants: dict[sp.Expr, sp.Symbol] = {}
    numbers = itertools.count()

    def lift(expr: sp.Basic) -> sp.Basic:
        if not any(is_array.get(s.name) for s in expr.free_symbols):
            keep = isinstance(expr, sp.Symbol) and expr.name not in program.assigned | set(program.scalars)
            if keep or expr in (-1, sp.true, sp.false) or not isinstance(expr, sp.Expr):
                return expr
            if expr not in constants:
                constants[expr] = symbol(f"{prefix}{next(numbers)}")
                host.append(Line.of(constants[expr].name, expr, False))
            return constants[expr]
        if isinstance(expr, sp.Pow) and expr.exp.is_Number:
            return sp.Pow(lift(expr.base), expr.exp, evaluate=False)
        if not expr.args:
            return expr
        if isinstance(expr, sp.core.relational.Relational):
            return expr.func(*(a if a.is_Integer else lift(a) for a in expr.args), evaluate=False)
        with sp.evaluate(False):
            return expr.func(*map(lift, _grouped(expr) if isinstance(expr, sp.Mul) else expr.args))

    def _grouped(product: sp.Mul) -> list[sp.Expr]:
        """The factors, those with no array in them gathered into one, which comes first."""
        minus = [a for a in product.args if a == -1]
        arrays = [a for a in product.args if any(is_array.get(s.name) for s in a.free_symbols)]
        scalars = [a for a in product.args if a not in minus and a not in arrays]
        return [*minus, *([sp.Mul(*scalars)] if len(scalars) > 1 else scalars), *arrays]

    for line in program.lines:
        if line.array:
            loop.append(Line.of(line.target, lift(line.expr), True))
            is_array[line.target] = True
        else:
            host.append(line)
            constants.clear()  # they may read the scalar that has just changed
    order: dict[str, None] = {}
    for line in loop:
        for s in sp.preorder_traversal(line.expr):
            if isinstance(s, sp.Symbol) and not is_array.get(s.name):
                order[s.name] = None
    return Hoisted(tuple(host), tuple(loop), tuple(order))
