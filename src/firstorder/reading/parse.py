"""Read a straight-line NumPy function into a `Program`: a list of assignments with SymPy right-hand sides.

The expressions are built under `sympy.evaluate(False)`, so every line keeps the shape it has in the source.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import operator
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import sympy as sp


class RuleError(ValueError):
    """A function is outside the form that can be read; the message shows the offending line."""


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


def _where(condition: sp.Basic, a: sp.Expr, b: sp.Expr) -> sp.Piecewise:
    return sp.Piecewise((a, condition), (b, True))


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


#: What a rule may call: the NumPy function (or builtin), the number of its arguments, its SymPy counterpart.
FUNCTIONS: dict[Any, tuple[int, Callable[..., sp.Basic]]] = {
    np.sqrt: (1, sp.sqrt),
    np.square: (1, lambda x: sp.Pow(x, 2)),
    np.exp: (1, sp.exp),
    np.log: (1, sp.log),
    np.sin: (1, sp.sin),
    np.cos: (1, sp.cos),
    np.tanh: (1, sp.tanh),
    np.abs: (1, sp.Abs),
    builtins.abs: (1, sp.Abs),
    np.sign: (1, sp.sign),
    np.maximum: (2, maximum),
    np.minimum: (2, minimum),
    np.clip: (3, lambda x, low, high: minimum(maximum(x, low), high)),
    np.where: (3, _where),
    np.linalg.norm: (1, norm),
    np.mean: (1, mean),
    np.sum: (1, total),
    np.size: (1, size),
}
CONSTANTS = {"pi": (np.pi, sp.pi)}


def _sum(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    """a + b; a chain a + b + c becomes one sum, which is printed without parentheses."""
    return sp.Add(*(a.args if a.is_Add else (a,)), b)


def _product(a: sp.Expr, b: sp.Expr) -> sp.Expr:
    return sp.Mul(*(a.args if a.is_Mul else (a,)), b)


BINARY: dict[type[ast.operator], Callable[[sp.Expr, sp.Expr], sp.Expr]] = {
    ast.Add: _sum,
    ast.Sub: lambda a, b: _sum(a, -b),
    ast.Mult: _product,
    ast.Div: lambda a, b: _product(a, sp.Pow(b, -1)),
    ast.Pow: lambda a, b: sp.sqrt(a) if b.is_Float and float(b) == 0.5 else sp.Pow(a, b),
}
UNARY: dict[type[ast.unaryop], Callable[[sp.Expr], sp.Expr]] = {ast.USub: operator.neg, ast.UAdd: operator.pos}
COMPARE: dict[type[ast.cmpop], Callable[..., sp.Basic]] = {ast.Gt: sp.Gt, ast.GtE: sp.Ge, ast.Lt: sp.Lt, ast.LtE: sp.Le}
#: Names that mean something else where generated code runs: keywords of C and JavaScript, and CuPy's own variables.
_RESERVED_WORDS = """
    i n auto break case catch char class const continue debugger default delete do double else enum export
    extends extern false finally float for function goto half if implements import in inline instanceof int
    interface let long new null package private protected public register restrict return short signed sizeof
    static struct super switch this throw true try typedef typeof union unsigned var void volatile while with
    yield await arguments eval undefined Infinity NaN Math prange compute_t pow square cube fabs
"""
RESERVED = frozenset(_RESERVED_WORDS.split())
REFUSED = {
    ast.If: "a branch cannot be read; use where(condition, a, b)",
    ast.IfExp: "a branch on elements cannot be read; use where(condition, a, b)",
    ast.For: "a loop cannot be read; the backends loop over the elements",
    ast.While: "a loop cannot be read; the backends loop over the elements",
    ast.AugAssign: "an in-place assignment cannot be read; write x = x + ...",
    ast.Subscript: "an element or slice cannot be read; a rule is element-wise",
    ast.BoolOp: "and/or cannot be read; nest where(condition, a, b)",
}


def symbol(name: str) -> sp.Symbol:
    """The SymPy symbol that stands for `name` in every program."""
    return sp.Symbol(name, real=True)


@dataclass(frozen=True)
class Line:
    """One assignment. `array` tells whether its value varies from element to element."""

    target: str
    expr: sp.Expr
    array: bool
    source: str

    @property
    def reads(self) -> set[str]:
        return {s.name for s in self.expr.free_symbols}


@dataclass(frozen=True)
class Program:
    """A function as it was read.

    arrays: positional arguments that are arrays; scalars: positional arguments annotated `Scalar`;
    keywords: keyword-only arguments and their defaults (None where there is no default);
    lines: the assignments, in order; returns: the names it returns (empty for a single expression,
    which is then the last line, with the function's name as target).
    """

    name: str
    arrays: tuple[str, ...]
    scalars: tuple[str, ...]
    keywords: dict[str, float | None]
    lines: tuple[Line, ...]
    returns: tuple[str, ...]

    @cached_property
    def assigned(self) -> frozenset[str]:
        return frozenset(line.target for line in self.lines)

    @cached_property
    def elementwise(self) -> bool:
        """Whether each element's update depends on that element alone: the lines were read and reduce nothing."""
        return bool(self.lines) and not any(line.expr.has(Reduction) for line in self.lines)

    @cached_property
    def written(self) -> tuple[bool, ...]:
        """For each array argument, whether the function returns it."""
        return tuple(a in self.returns for a in self.arrays)

    def expression(self, target: str) -> sp.Expr:
        """The last value assigned to `target`, with intermediate results substituted (evaluated)."""
        values: dict[sp.Symbol, sp.Expr] = {}
        for line in self.lines:
            values[symbol(line.target)] = line.expr.doit().subs(values, simultaneous=True)
        return values.get(symbol(target), symbol(target))  # a state may be returned as it came


def varies(expr: sp.Basic, arrays: Mapping[str, bool]) -> bool:
    """Whether the value of `expr` differs from element to element; `arrays` tells which names' values do."""
    if isinstance(expr, Reduction):
        return False
    return arrays.get(expr.name, False) if isinstance(expr, sp.Symbol) else any(varies(a, arrays) for a in expr.args)


class _Reader:
    def __init__(self, function: Callable[..., Any]):
        self.function = function
        try:
            lines, self.first = inspect.getsourcelines(function)
        except (OSError, TypeError) as error:
            raise RuleError(f"the source of {function!r} is not available, so it cannot be read") from error
        self.text = textwrap.dedent("".join(lines))
        self.file = inspect.getsourcefile(function) or "?"
        tree = ast.parse(self.text).body[0]
        if not isinstance(tree, ast.FunctionDef):
            raise RuleError(f"{function!r} cannot be read: write it with def")
        self.tree = tree

    def refuse(self, node: ast.AST, why: str) -> RuleError:
        number = getattr(node, "lineno", self.tree.lineno)
        line = self.text.splitlines()[number - 1]
        mark = " " * getattr(node, "col_offset", 0) + "^"
        place = f"{self.file}, line {self.first + number - 1}"
        return RuleError(f"{self.tree.name}: {why}\n  {place}\n    {line}\n    {mark}")

    def program(self, body: bool = True) -> Program:
        a = self.tree.args
        for extra in (a.vararg, a.kwarg):
            if extra:
                raise self.refuse(extra, f"*{extra.arg} cannot be read; declare every name in the signature")
        arguments = a.posonlyargs + a.args
        scalars = tuple(arg.arg for arg in arguments if self._is_scalar(arg.annotation))
        arrays = tuple(arg.arg for arg in arguments if arg.arg not in scalars)
        if a.defaults:
            raise self.refuse(
                a.defaults[0], "a positional argument takes no default; give initial={...} to the decorator"
            )
        keywords = {
            arg.arg: None if default is None else self._default(arg.arg, default)
            for arg, default in zip(a.kwonlyargs, a.kw_defaults, strict=True)
        }
        for arg in arguments + a.kwonlyargs:
            self._check_name(arg.arg, arg)
        self.known: dict[str, bool] = dict.fromkeys(arrays, True) | dict.fromkeys([*scalars, *keywords], False)
        if not body:
            return Program(self.tree.name, arrays, scalars, keywords, (), arrays[:1] + arrays[2:] + scalars)
        statements = self.tree.body
        if isinstance(statements[0], ast.Expr) and isinstance(statements[0].value, ast.Constant):
            statements = statements[1:]
        lines = [self._line(statement) for statement in statements[:-1]]
        last = statements[-1] if statements else self.tree
        if not isinstance(last, ast.Return) or last.value is None:
            raise self.refuse(last, "the last line must be a return")
        if isinstance(last.value, (ast.Tuple, ast.Name)):
            elements = last.value.elts if isinstance(last.value, ast.Tuple) else [last.value]
            for element in elements:
                if not isinstance(element, ast.Name) or element.id not in self.known:
                    raise self.refuse(element, "return the names themselves, each assigned above or an argument")
            returns = tuple(e.id for e in elements if isinstance(e, ast.Name))
        else:
            lines.append(self._assignment(self.tree.name, last.value, last))
            returns = ()
        return Program(self.tree.name, arrays, scalars, keywords, tuple(lines), returns)

    @staticmethod
    def _is_scalar(annotation: ast.expr | None) -> bool:
        return annotation is not None and ast.unparse(annotation).strip("'\"").endswith("Scalar")

    def _check_name(self, name: str, node: ast.AST) -> None:
        if name.endswith("_"):
            raise self.refuse(node, f"name {name!r} ends with '_', which is kept for generated code")
        if name in RESERVED:
            raise self.refuse(node, f"name {name!r} has a meaning of its own in generated code; choose another")

    def _default(self, name: str, node: ast.expr) -> float:
        value = (self.function.__kwdefaults__ or {})[name]
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            raise self.refuse(node, f"the default of {name!r} must be a number, not {value!r}")
        return value

    def _line(self, node: ast.stmt) -> Line:
        if type(node) in REFUSED:
            raise self.refuse(node, REFUSED[type(node)])
        if not isinstance(node, ast.Assign):
            raise self.refuse(node, "only assignments and a final return can be read")
        if len(node.targets) != 1 or not isinstance(node.targets[0], ast.Name):
            raise self.refuse(node, "assign one name at a time")
        return self._assignment(node.targets[0].id, node.value, node)

    def _assignment(self, target: str, value: ast.expr, node: ast.stmt) -> Line:
        if target != self.tree.name:
            self._check_name(target, node)
        with sp.evaluate(False):
            expr = sp.sympify(self._expression(value))
        array = varies(expr, self.known)
        if self.known.get(target, array) != array:
            kind = ("a scalar", "an array")
            raise self.refuse(node, f"{target!r} is {kind[not array]} and cannot become {kind[array]}")
        self.known[target] = array
        return Line(target, expr, array, ast.unparse(node))

    def _expression(self, node: ast.expr) -> Any:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int(value)):
                return sp.Integer(value)
            case ast.Constant(value=float(value)):
                return sp.Float(repr(value), 17)
            case ast.Name(id=name) if name in self.known:
                return symbol(name)
            case ast.Name(id=name) if name in CONSTANTS and self._resolve(node) == CONSTANTS[name][0]:
                return CONSTANTS[name][1]
            case ast.Name(id=name):
                raise self.refuse(node, f"name {name!r} is not declared in the signature nor assigned above")
            case ast.BinOp(left, op, right) if type(op) in BINARY:
                return BINARY[type(op)](self._expression(left), self._expression(right))
            case ast.UnaryOp(op, operand) if type(op) in UNARY:
                return UNARY[type(op)](self._expression(operand))
            case ast.Compare(left, [op], [right]) if type(op) in COMPARE:
                return COMPARE[type(op)](self._expression(left), self._expression(right))
            case ast.Call(func, args, keywords):
                return self._call(node, func, args, keywords)
            case ast.IfExp(test, body, orelse):
                condition = self._expression(test)
                if not any(self.known[s.name] for s in condition.free_symbols):
                    return _where(condition, self._expression(body), self._expression(orelse))
        raise self.refuse(node, REFUSED.get(type(node), f"{ast.unparse(node)!r} cannot be read"))

    def _call(self, node: ast.expr, func: ast.expr, args: list[ast.expr], keywords: list[ast.keyword]) -> Any:
        name = ast.unparse(func)
        called = self._resolve(func)
        read = FUNCTIONS.get(called) if callable(called) else None
        if read is None:
            allowed = ", ".join(sorted({f.__name__ for f in FUNCTIONS}))
            raise self.refuse(node, f"function {name!r} is not one that can be read (NumPy's {allowed})")
        count, build = read
        if keywords or len(args) != count:
            raise self.refuse(node, f"{name} takes another number of arguments: {count}, positional")
        return build(*map(self._expression, args))

    def _resolve(self, node: ast.expr) -> Any:
        """The object that a dotted name stands for where the function was written, or None."""
        match node:
            case ast.Name(id=name):
                closure = inspect.getclosurevars(self.function)
                for scope in (closure.nonlocals, closure.globals, self.function.__globals__, vars(builtins)):
                    if name in scope:
                        return scope[name]
            case ast.Attribute(value, attribute):
                return getattr(self._resolve(value), attribute, None)
        return None


def parse(function: Callable[..., Any], body: bool = True) -> Program:
    """Read `function`, or raise `RuleError` with the line that is outside the accepted form.

    With `body` false only the signature is read: the program has no lines.
    """
    return _Reader(function).program(body)
