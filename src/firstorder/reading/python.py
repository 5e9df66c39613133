"""The Python readings: the scalars of a step, the scalar loop that Numba compiles, and the NumPy function again."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import sympy as sp
from sympy.printing.pycode import PythonCodePrinter

from .define import define
from .hoist import hoist
from .parse import Program
from .printer import Verbatim

#: What a line of single numbers calls, in plain Python.
SCALARS = vars(math) | {"sign": lambda x: math.copysign(x != 0, x), "maximum": max, "minimum": min}
#: Elements that two workers do not share: a few lines of the cache.
LINE = 64


class _Scalar(Verbatim, PythonCodePrinter):
    """Expressions of single numbers."""

    power = "{base}**{exp}"

    def __init__(self) -> None:
        super().__init__(fully_qualified_modules=False)

    def _print_Pow(self, expr: sp.Pow, **kwargs: object) -> str:
        if expr.exp in (1, -1) or abs(expr.exp) == sp.Rational(1, 2):
            return super()._print_Pow(expr, **kwargs)
        return f"{self.parenthesize(expr.base, 61)}**{self.parenthesize(expr.exp, 60)}"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        (value, condition), (other, _) = expr.args
        return f"({self._print(value)} if {self._print(condition)} else {self._print(other)})"

    def _print_sign(self, expr: sp.sign) -> str:
        return f"sign({self._print(expr.args[0])})"


class _Array(_Scalar):
    """Expressions of arrays, as the author of a rule writes them."""

    def _print_norm(self, expr: sp.Expr) -> str:
        return f"linalg.norm({self._print(expr.args[0])})"

    def _print_total(self, expr: sp.Expr) -> str:
        return f"sum({self._print(expr.args[0])})"

    def _print_size(self, expr: sp.Expr) -> str:
        return f"size({self._print(expr.args[0])})"

    def _print_mean(self, expr: sp.Expr) -> str:
        return f"mean({self._print(expr.args[0])})"

    def _print_Piecewise(self, expr: sp.Piecewise) -> str:
        (value, condition), (other, _) = expr.args
        return f"where({self._print(condition)}, {self._print(value)}, {self._print(other)})"


_scalar, _array = _Scalar(), _Array()


def python_expression(expr: sp.Expr) -> str:
    return _scalar.doprint(expr)


def _indent(lines: list[str], by: int = 4) -> list[str]:
    return [" " * by + line for line in lines]


def python_scalars(program: Program) -> str:
    """`def scalars(*scalar_state, *, t, lr, ...)`: (arguments of the loop, next scalar state), in float64."""
    split = hoist(program)
    signature = ", ".join([*program.scalars, "*", *program.keywords] if program.keywords else program.scalars)
    lines = [f"{line.target} = {_scalar.doprint(line.expr)}" for line in split.host]

    def pack(names: tuple[str, ...]) -> str:
        return f"({''.join(f'{n}, ' for n in names)})"

    out = [
        f"def scalars({signature}):",
        *_indent([*lines, f"return {pack(split.arguments)}, {pack(program.scalars)}"]),
    ]
    return "\n".join(out)


def python_loop(program: Program) -> str:
    """`def name(p_, g_, ...state_, ...scalars)`: the update as a loop over one-dimensional arrays, in place."""
    split = hoist(program)
    arguments = [f"{a}_" for a in program.arrays] + list(split.arguments)
    body = [f"{a} = {a}_[i_]" for a in program.arrays]
    body += [f"{line.target} = {_scalar.doprint(line.expr)}" for line in split.loop]
    body += [f"{a}_[i_] = {a}" for a in program.arrays if a in program.returns]
    out = [f"def {program.name}({', '.join(arguments)}):", f"    for i_ in range({program.arrays[0]}_.size):"]
    return "\n".join(out + _indent(body, 8))


def python_rows(program: Program, dtype: str) -> str:
    """Two functions that run the loop over rows of arrays, given by the addresses of gradients and of all others.

    `name_dtype` updates the elements first_ to last_ of all rows, laid end to end: `ends_` has where each row begins,
    and last where all end. `name_dtype_parallel` shares them among workers. `view_` makes an array of an address.
    """
    scalars = [f"{s}__" for s in hoist(program).arguments]  # `momentum` is the name of a rule too
    name, given = f"{program.name}_{dtype}", "".join(f", {s}" for s in scalars)
    columns = ["table_[0, k_]", "gradients_[k_]", *(f"table_[{i}, k_]" for i in range(1, len(program.arrays) - 1))]
    views = [f"view_({column} + at_, n_, {dtype})" for column in columns]
    return f"""\
def {name}(table_, gradients_, ends_, first_, last_{given}):
    k_ = searchsorted(ends_, first_, "right") - 1
    while first_ < last_:
        n_ = min(ends_[k_ + 1], last_) - first_
        at_ = (first_ - ends_[k_]) * {np.dtype(dtype).itemsize}
        {program.name}({", ".join([*views, *(f"{dtype}({s})" for s in scalars)])})
        first_ += n_
        k_ += 1


def {name}_parallel(table_, gradients_, ends_, workers_{given}):
    lines_ = -(-ends_[-1] // {LINE})
    for w_ in prange(workers_):
        first_, last_ = lines_ * w_ // workers_ * {LINE}, min(lines_ * (w_ + 1) // workers_ * {LINE}, ends_[-1])
        {name}(table_, gradients_, ends_, first_, last_{given})"""


def python_function(program: Program) -> str:
    """The program as a NumPy function again: what a program that was transformed is run as."""
    signature = ", ".join([*program.arrays, *program.scalars])
    keywords = [n if d is None else f"{n}={d!r}" for n, d in program.keywords.items()]
    signature += ", *, " + ", ".join(keywords) if keywords else ""
    lines = [
        f"{line.target} = {(_array if line.array or line.term.reduces else _scalar).doprint(line.expr)}"
        for line in program.lines
    ]
    return "\n".join([f"def {program.name}({signature}):", *_indent([*lines, f"return {', '.join(program.returns)}"])])


def python_arrays(name: str, program: Program, values: Sequence[sp.Expr]) -> Callable[..., Any]:
    """A compiled NumPy function with the arguments of `program` that returns `values`."""
    keywords = "".join(f", {k}" for k in program.keywords)
    returns = ", ".join(map(_array.doprint, values))
    return define(f"def {name}({', '.join(program.arrays)}{keywords}):\n    return {returns},", name, vars(np))
