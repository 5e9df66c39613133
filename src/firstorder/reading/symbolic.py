"""What a line of a rule is to SymPy: a symbol for each name, and a counterpart for each function that may be called.

Importing SymPy takes four times as long as NumPy, so that this module is imported when an expression is first asked
for: not to run a rule on NumPy, nor to refuse one that cannot be read.
"""

from __future__ import annotations

from typing import Any

import sympy as sp


class maximum(sp.Function):
    """The larger of two; unlike `sympy.Max` it keeps its arguments in the order they were written."""

    nargs = 2

    def doit(self, **_: Any) -> sp.Expr:
        return sp.Max(*(a.doit() for a in self.args))

    def _latex(self, printer: Any) -> str:
        return r"\max\left({}, {}\right)".format(*map(printer._print, self.args))


class minimum(sp.Function):
    """The smaller of two, in the order they were written."""

    nargs = 2

    def doit(self, **_: Any) -> sp.Expr:
        return sp.Min(*(a.doit() for a in self.args))

    def _latex(self, printer: Any) -> str:
        return r"\min\left({}, {}\right)".format(*map(printer._print, self.args))


class Reduction(sp.Function):
    """One number from a whole tensor."""

    tex: str

    def _latex(self, printer: Any, exp: str | None = None) -> str:
        printed = self.tex % printer._print(self.args[0])
        return printed if exp is None else f"{printed}^{{{exp}}}"


class norm(Reduction):
    """The Euclidean norm."""

    tex = r"\left\lVert %s \right\rVert"


class mean(Reduction):
    """The mean of the elements."""

    tex = r"\operatorname{mean}\left(%s\right)"


class total(Reduction):
    """The sum of the elements."""

    tex = r"\sum\left(%s\right)"


class size(Reduction):
    """The number of elements."""

    tex = r"\operatorname{size}\left(%s\right)"


def symbol(name: str) -> sp.Symbol:
    """The SymPy symbol that stands for `name` in every program."""
    return sp.Symbol(name, real=True)


def integer(value: int) -> sp.Integer:
    return sp.Integer(value)


def number(value: float) -> sp.Float:
    return sp.Float(repr(value), 17)


pi = sp.pi
sqrt, exp, log, sin, cos, tanh, sign, absolute = sp.sqrt, sp.exp, sp.log, sp.sin, sp.cos, sp.tanh, sp.sign, sp.Abs


def square(x: sp.Expr) -> sp.Expr:
    return sp.Pow(x, 2)


def clip(x: sp.Expr, low: sp.Expr, high: sp.Expr) -> sp.Expr:
    return minimum(maximum(x, low), high)


def where(condition: sp.Basic, a: sp.Expr, b: sp.Expr) -> sp.Piecewise:
    return sp.Piecewise((a, condition), (b, True))


def add(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """a + b; a chain a + b + c becomes one sum, which is printed without parentheses."""
    return sp.Add(*(a.args if a.is_Add else (a,)), b)


def subtract(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return add(a, -b)


def multiply(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return sp.Mul(*(a.args if a.is_Mul else (a,)), b)


def divide(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return multiply(a, sp.Pow(b, -1))


def power(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return sp.sqrt(a) if b.is_Float and float(b) == 0.5 else sp.Pow(a, b)


def negative(a: sp.Expr) -> sp.Expr:
    return -a


def positive(a: sp.Expr) -> sp.Expr:
    return +a


greater, greater_equal, less, less_equal = sp.Gt, sp.Ge, sp.Lt, sp.Le
