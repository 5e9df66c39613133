"""What the printers of all target languages share: SymPy's printers, made to keep the source's shape."""

from __future__ import annotations

from typing import Any

import sympy as sp
from sympy.printing.precedence import PRECEDENCE


class Verbatim:
    """Mix-in before a SymPy code printer: keep order, print floats exactly, small powers as products."""

    #: how a small integer power of something longer than a name is printed
    power = "pow({base}, {exp})"
    square_root = "sqrt({})"

    def __init__(self, **settings: Any):
        super().__init__({"order": "none", **settings})  # type: ignore[call-arg]

    def _print_Float(self, expr: sp.Float) -> str:
        return repr(float(expr))

    def _print_Pow(self, expr: sp.Pow, **_: Any) -> str:
        base, exponent = expr.base, expr.exp
        tight = PRECEDENCE["Pow"]
        if exponent == 1:  # SymPy's Mul printer makes these from denominators
            return self.parenthesize(base, tight)  # type: ignore[attr-defined]
        if exponent == -1:
            return f"1/{self.parenthesize(base, tight)}"  # type: ignore[attr-defined]
        if exponent == sp.Rational(1, 2):
            return self.square_root.format(self._print(base))  # type: ignore[attr-defined]
        if exponent == sp.Rational(-1, 2):
            return "1/" + self.square_root.format(self._print(base))  # type: ignore[attr-defined]
        if exponent in (2, 3, 4) and base.is_Symbol:
            return f"({'*'.join([base.name] * int(exponent))})"
        return self.power.format(base=self._print(base), exp=self._print(exponent))  # type: ignore[attr-defined]

    def _print_maximum(self, expr: sp.Expr) -> str:
        return f"maximum({', '.join(map(self._print, expr.args))})"  # type: ignore[attr-defined]

    def _print_minimum(self, expr: sp.Expr) -> str:
        return f"minimum({', '.join(map(self._print, expr.args))})"  # type: ignore[attr-defined]

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        *pairs, (last, _) = expr.args
        printed = self._print(last)  # type: ignore[attr-defined]
        for value, condition in reversed(pairs):
            printed = f"({self._print(condition)} ? {self._print(value)} : {printed})"  # type: ignore[attr-defined]
        return printed
