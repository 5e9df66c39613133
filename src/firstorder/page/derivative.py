"""Derivatives of an expression as it was read, where SymPy's own are of complex numbers, or distributions."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import sympy as sp

from ..reading import RuleError, symbolic


class Abs(sp.Function):
    """|a| of a real number, which all are here; SymPy's has a derivative in real and imaginary parts."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sign(self.args[0])


class sign(sp.Function):
    """Flat wherever it has a slope; SymPy's has a delta at the step."""

    nargs = 1

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        return sp.Integer(0)


class maximum(symbolic.maximum):
    """The slope of the larger one; the mean of both where they are equal."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        a, b = self.args
        return (1 + sign(a - b if argindex == 1 else b - a)) / 2


class minimum(symbolic.minimum):
    """The slope of the smaller one; the mean of both where they are equal."""

    def fdiff(self, argindex: int = 1) -> sp.Expr:
        a, b = self.args
        return (1 + sign(b - a if argindex == 1 else a - b)) / 2


REAL = {sp.Abs: Abs, sp.sign: sign, symbolic.maximum: maximum, symbolic.minimum: minimum}
#: What no language prints, and what no number is.
UNKNOWN = (sp.Derivative, sp.Subs, sp.re, sp.im, sp.arg, sp.I, sp.zoo, sp.oo, -sp.oo, sp.nan, sp.DiracDelta)


def partials(expr: sp.Expr, variables: Sequence[str]) -> list[sp.Expr]:
    """The derivative by each variable. Raises `RuleError` where it is not a number anywhere."""
    whole = _real(expr)
    slopes = [whole.diff(symbolic.symbol(name)) for name in variables]
    for name, slope in zip(variables, slopes, strict=True):
        if slope.has(*UNKNOWN) or whole.has(*UNKNOWN):
            raise RuleError(f"no derivative by {name} was found that is a number: is there a division by zero?")
        if any(abs(number) > sys.float_info.max for number in slope.atoms(sp.Number)):
            raise RuleError(f"the derivative by {name} has numbers beyond all bounds")
    return slopes


def _real(expr: sp.Basic) -> sp.Basic:
    """Evaluated, of functions whose derivatives are real."""
    if not expr.args:
        return expr
    return REAL.get(expr.func, expr.func)(*map(_real, expr.args))
