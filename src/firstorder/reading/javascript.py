"""The JavaScript reading: one function that updates typed arrays in place, for figures with no server."""

from __future__ import annotations

from collections.abc import Sequence

import sympy as sp
from sympy.printing.jscode import JavascriptCodePrinter

from .hoist import hoist
from .parse import Line, Program
from .printer import Verbatim


class _Printer(Verbatim, JavascriptCodePrinter):
    power = "Math.pow({base}, {exp})"
    square_root = "Math.sqrt({})"

    def _print_maximum(self, expr: sp.Expr) -> str:
        return f"Math.max({', '.join(map(self._print, expr.args))})"

    def _print_minimum(self, expr: sp.Expr) -> str:
        return f"Math.min({', '.join(map(self._print, expr.args))})"

    def _print_Indexed(self, expr: sp.Indexed) -> str:
        return f"{expr.base}[{', '.join(map(self._print, expr.indices))}]"


_printer = _Printer()


def javascript_expression(expr: sp.Expr) -> str:
    return _printer.doprint(expr)


def _statement(line: Line, declared: set[str], once: set[str]) -> str:
    declare = "" if line.target in declared else "const " if line.target in once else "let "
    declared.add(line.target)
    return f"{declare}{line.target} = {javascript_expression(line.expr)};"


def javascript(program: Program) -> str:
    """`function name(p_, g_, ...state_, {t, lr, ...})`: one step, in place, on arrays of equal length.

    Array arguments are `Float64Array`; a scalar state is a `Float64Array` of length 1.
    """
    split = hoist(program)
    arrays, scalars = program.arrays, program.scalars
    declared = {*program.keywords}
    targets = [line.target for line in split.host + split.loop]
    once = {n for n in targets if targets.count(n) == 1}
    out = [
        f"function {program.name}({', '.join(f'{a}_' for a in arrays + scalars)}, {{{', '.join(program.keywords)}}}) {{"
    ]
    out += [f"  let {s} = {s}_[0];" for s in scalars]
    declared.update(scalars)
    out += ["  " + _statement(line, declared, once) for line in split.host]
    out += [f"  for (let i_ = 0; i_ < {arrays[0]}_.length; i_++) {{"]
    out += [f"    let {', '.join(f'{a} = {a}_[i_]' for a in arrays)};"]
    declared.update(arrays)
    out += ["    " + _statement(line, declared, once) for line in split.loop]
    written = [a for a in arrays if a in program.returns]
    out += ["    " + " ".join(f"{a}_[i_] = {a};" for a in written)]
    out += ["  }"]
    out += [f"  {s}_[0] = {s};" for s in scalars]
    return "\n".join([*out, "}"])


def javascript_ground(program: Program, partials: Sequence[sp.Expr]) -> str:
    """`{value(x, y, {...}), gradient(x, y, {...}, out)}`: an object literal for a function of two numbers."""
    arguments = f"{', '.join(program.arrays)}, {{{', '.join(program.keywords)}}}"
    value = [f"const {line.target} = {javascript_expression(line.expr)};" for line in program.lines[:-1]]
    value += [f"return {javascript_expression(program.lines[-1].expr)};"]
    gradient = [f"out[{i}] = {javascript_expression(d)};" for i, d in enumerate(partials)]

    def block(head: str, body: list[str]) -> str:
        return f"  {head} {{\n" + "\n".join(f"    {line}" for line in body) + "\n  }"

    return "{\n" + block(f"value({arguments})", value) + ",\n" + block(f"gradient({arguments}, out)", gradient) + "\n}"
