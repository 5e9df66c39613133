"""Read a straight-line NumPy function into a `Program`: a list of assignments with SymPy right-hand sides.

All that can be refused is refused at once; the expressions are made when one is first asked for, under
`sympy.evaluate(False)`, so every line keeps the shape it has in the source.
"""

from __future__ import annotations

import ast
import builtins
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from types import CellType
from typing import TYPE_CHECKING, Any

import numpy as np

from .norm import norm

if TYPE_CHECKING:
    import sympy as sp


class RuleError(ValueError):
    """A function is outside the form that can be read; the message shows the offending line.

    why: the message without the place; line, column: the place in the source, from 1 and from 0, in characters; None
    where the error is of the whole function.
    """

    line: int | None = None
    column: int | None = None

    def __init__(self, message: str, why: str = ""):
        super().__init__(message)
        self.why = why or message

    def __reduce__(self) -> Any:
        return type(self), (str(self), self.why), {"line": self.line, "column": self.column}

    @classmethod
    def at(cls, why: str, node: ast.AST, lines: Sequence[str], file: str = "", indent: int = 0) -> RuleError:
        """Of a node of a source that was parsed: the message ends with the file, the line and a caret below it."""
        number, start = getattr(node, "lineno", 1), getattr(node, "col_offset", 0)
        line = lines[number - 1].rstrip()
        column = len(line.encode()[:start].decode(errors="ignore"))  # Python counts the bytes of UTF-8
        place = f"{file}, line {number}" if file else f"line {number}"
        error = cls(f"{why}\n  {place}\n    {line[indent:]}\n    {' ' * (column - indent)}^", why)
        error.line, error.column = number, column
        return error


#: What a rule may call: the NumPy function (or builtin), the number of its arguments, its counterpart in `symbolic`.
FUNCTIONS: dict[Any, tuple[int, str]] = {
    np.sqrt: (1, "sqrt"),
    np.square: (1, "square"),
    np.exp: (1, "exp"),
    np.log: (1, "log"),
    np.sin: (1, "sin"),
    np.cos: (1, "cos"),
    np.tanh: (1, "tanh"),
    np.abs: (1, "absolute"),
    builtins.abs: (1, "absolute"),
    np.sign: (1, "sign"),
    np.maximum: (2, "maximum"),
    np.minimum: (2, "minimum"),
    np.clip: (3, "clip"),
    np.where: (3, "where"),
    np.linalg.norm: (1, "norm"),
    norm: (1, "norm"),
    np.mean: (1, "mean"),
    np.sum: (1, "total"),
    np.size: (1, "size"),
}
#: Those that make one number of a whole tensor.
REDUCTIONS = frozenset({"norm", "mean", "total", "size"})
CONSTANTS = {"pi": np.pi}
BINARY: dict[type[ast.operator], str] = {
    ast.Add: "add",
    ast.Sub: "subtract",
    ast.Mult: "multiply",
    ast.Div: "divide",
    ast.Pow: "power",
}
UNARY: dict[type[ast.unaryop], str] = {ast.USub: "negative", ast.UAdd: "positive"}
COMPARE: dict[type[ast.cmpop], str] = {
    ast.Gt: "greater",
    ast.GtE: "greater_equal",
    ast.Lt: "less",
    ast.LtE: "less_equal",
}
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
    **dict.fromkeys(
        (ast.For, ast.While),
        "a loop cannot be read: a rule is one step, called once for each, and its arithmetic goes over all elements",
    ),
    ast.AugAssign: "an in-place assignment cannot be read; write x = x + ...",
    ast.Subscript: "an element or slice cannot be read: the arithmetic goes over all elements by itself",
    ast.BoolOp: "and/or cannot be read; nest where(condition, a, b)",
}
#: What is meant by a function that is not here.
MEANT = {
    "max": "maximum(a, b)",
    "min": "minimum(a, b)",
    "ln": "log(x)",
    "log2": "log(x)/log(2)",
    "log10": "log(x)/log(10)",
    "pow": "x**2",
    "tan": "sin(x)/cos(x)",
}


def close(name: str, known: Iterable[str]) -> str:
    """Which of the known names may be meant, as the end of a sentence; nothing if none begins and goes on alike."""
    from difflib import get_close_matches

    alike = {other.casefold(): other for other in known if other[:1].casefold() == name[:1].casefold()}
    return "".join(f"; did you mean {alike[one]}?" for one in get_close_matches(name.casefold(), alike, 1, 0.75))


def symbol(name: str) -> sp.Symbol:
    """The SymPy symbol that stands for `name` in every program."""
    from . import symbolic

    return symbolic.symbol(name)


@dataclass(frozen=True)
class Term:
    """What was read of an expression: a recipe for SymPy's, and what can be known without it.

    reads: the names in it; array: whether its value varies from element to element; reduces: whether it makes a number
    of a whole tensor anywhere.
    """

    build: Callable[[], sp.Basic]
    reads: frozenset[str] = frozenset()
    array: bool = False
    reduces: bool = False


def _made(counterpart: str, *terms: Term) -> Term:
    """The term that `counterpart`, by its name in `symbolic`, makes of others."""

    def build() -> sp.Basic:
        from . import symbolic

        return getattr(symbolic, counterpart)(*(term.build() for term in terms))

    reduces = counterpart in REDUCTIONS
    return Term(
        build,
        frozenset[str]().union(*(term.reads for term in terms)),
        any(term.array for term in terms) and not reduces,
        reduces or any(term.reduces for term in terms),
    )


def _constant(name: str) -> Term:
    def build() -> sp.Basic:
        from . import symbolic

        return getattr(symbolic, name)

    return Term(build)


def _leaf(counterpart: str, value: Any) -> Term:
    def build() -> sp.Basic:
        from . import symbolic

        return getattr(symbolic, counterpart)(value)

    return Term(build)


@dataclass(frozen=True, eq=False)
class Line:
    """One assignment. `array` tells whether its value varies from element to element."""

    target: str
    term: Term

    @classmethod
    def of(cls, target: str, expr: sp.Basic, array: bool) -> Line:
        """A line of an expression that SymPy has made."""
        from .symbolic import Reduction

        reads = frozenset(s.name for s in expr.free_symbols)
        return cls(target, Term(lambda: expr, reads, array, expr.has(Reduction)))

    @cached_property
    def expr(self) -> sp.Expr:
        """The right-hand side, in the shape it has in the source."""
        import sympy

        with sympy.evaluate(False):
            return sympy.sympify(self.term.build())

    @property
    def array(self) -> bool:
        return self.term.array

    @property
    def reads(self) -> frozenset[str]:
        return self.term.reads


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
        return bool(self.lines) and not any(line.term.reduces for line in self.lines)

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


@lru_cache(maxsize=1)  # the rules of a file are read one after another
def _definitions(text: str) -> dict[tuple[int, str], ast.FunctionDef]:
    """The functions of a module or cell, by the line they start at, a decorator's if they have one, and their name."""
    found: dict[tuple[int, str], ast.FunctionDef] = {}
    waiting: list[ast.AST] = [ast.parse(text)]
    while waiting:  # through statements alone, which takes a tenth of the time that every expression would
        node = waiting.pop()
        if isinstance(node, ast.FunctionDef):
            found[min([node.lineno, *(d.lineno for d in node.decorator_list)]), node.name] = node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            inside = getattr(node, part, ())
            waiting += inside if isinstance(inside, list) else []
    return found


def _definition(function: Callable[..., Any]) -> tuple[ast.FunctionDef, list[str], str]:
    """The definition as it was parsed, the lines that its line numbers count, and the file's name."""
    try:
        file = inspect.getsourcefile(function) or "?"
        lines, start = inspect.findsource(function)
        node = _definitions("".join(lines)).get((start + 1, function.__name__))
    except (OSError, TypeError, SyntaxError) as error:
        raise RuleError(f"the source of {function!r} is not available, so it cannot be read") from error
    if node is None:
        raise RuleError(f"{function!r} cannot be read: write it with def")
    return node, lines, file


@dataclass
class _Reader:
    """Reads a definition. scopes: where the names are looked up that it does not assign; defaults: of its keywords."""

    tree: ast.FunctionDef
    lines: list[str]
    file: str
    scopes: tuple[Mapping[str, Any], ...]
    defaults: Mapping[str, Any]

    def __post_init__(self) -> None:
        self.indent = self.tree.col_offset

    def refuse(self, node: ast.AST, why: str) -> RuleError:
        return RuleError.at(f"{self.tree.name}: {why}", node, self.lines, self.file, self.indent)

    def unknown(self, node: ast.Name) -> RuleError:
        called = self._resolve(node)
        if callable(called) and called in FUNCTIONS:
            return self.refuse(node, f"{node.id!r} is a function, and needs parentheses: {node.id}(…)")
        guess = close(node.id, [*self.known, *CONSTANTS])
        return self.refuse(node, f"name {node.id!r} is not declared in the signature nor assigned above{guess}")

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
                if not isinstance(element, ast.Name):
                    raise self.refuse(element, "return the names themselves, each assigned above or an argument")
                if element.id not in self.known:
                    raise self.unknown(element)
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
        value = self.defaults[name]
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

    def _assignment(self, target: str, value: ast.expr, node: ast.stmt | ast.expr) -> Line:
        if target != self.tree.name:
            self._check_name(target, node)
        term = self._expression(value)
        if self.known.get(target, term.array) != term.array:
            kind = ("a scalar", "an array")
            raise self.refuse(node, f"{target!r} is {kind[not term.array]} and cannot become {kind[term.array]}")
        self.known[target] = term.array
        return Line(target, term)

    def _expression(self, node: ast.expr) -> Term:
        match node:
            case ast.Constant(value=bool()):
                pass
            case ast.Constant(value=int(value)):
                return _leaf("integer", value)
            case ast.Constant(value=float(value)):
                return _leaf("number", value)
            case ast.Name(id=name) if name in self.known:
                return replace(_leaf("symbol", name), reads=frozenset({name}), array=self.known[name])
            case ast.Name(id=name) if name in CONSTANTS and self._resolve(node) == CONSTANTS[name]:
                return _constant(name)
            case ast.Name(id=name):
                raise self.unknown(node)
            case ast.BinOp(op=ast.BitXor()):
                raise self.refuse(node, "a power is written with two asterisks: x**2")
            case ast.BinOp(left, op, right) if type(op) in BINARY:
                return _made(BINARY[type(op)], self._expression(left), self._expression(right))
            case ast.UnaryOp(op, operand) if type(op) in UNARY:
                return _made(UNARY[type(op)], self._expression(operand))
            case ast.Compare(left, [op], [right]) if type(op) in COMPARE:
                return _made(COMPARE[type(op)], self._expression(left), self._expression(right))
            case ast.Call(func, args, keywords):
                return self._call(node, func, args, keywords)
            case ast.IfExp(test, body, orelse):
                condition = self._expression(test)
                if not any(self.known[name] for name in condition.reads):
                    return _made("where", condition, self._expression(body), self._expression(orelse))
        raise self.refuse(node, REFUSED.get(type(node), f"{ast.unparse(node)!r} cannot be read"))

    def _call(self, node: ast.expr, func: ast.expr, args: list[ast.expr], keywords: list[ast.keyword]) -> Term:
        name = ast.unparse(func)
        called = self._resolve(func)
        read = FUNCTIONS.get(called) if callable(called) else None
        if read is None and name in MEANT:
            raise self.refuse(node, f"function {name!r} is not one that can be read: write {MEANT[name]}")
        if read is None:
            allowed = ", ".join(sorted({f.__name__ for f in FUNCTIONS}))
            raise self.refuse(node, f"function {name!r} is not one that can be read (NumPy's {allowed})")
        count, counterpart = read
        if keywords or len(args) != count:
            raise self.refuse(node, f"{name} takes another number of arguments: {count}, positional")
        return _made(counterpart, *map(self._expression, args))

    def _resolve(self, node: ast.expr) -> Any:
        """The object that a dotted name stands for where the function was written, or None."""
        match node:
            case ast.Name(id=name):
                for scope in self.scopes:
                    if name in scope:
                        return scope[name]
            case ast.Attribute(value, attribute):
                return getattr(self._resolve(value), attribute, None)
        return None


def _scopes(function: Callable[..., Any]) -> tuple[Mapping[str, Any], ...]:
    """Where the names are looked up that a function reads and does not assign."""
    cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
    closed = {name: cell.cell_contents for name, cell in cells if cell != CellType()}
    return closed, function.__globals__, vars(builtins)


def parse(function: Callable[..., Any], body: bool = True) -> Program:
    """Read `function`, or raise `RuleError` with the line that is outside the accepted form.

    With `body` false only the signature is read: the program has no lines.
    """
    tree, lines, file = _definition(function)
    return _Reader(tree, lines, file, _scopes(function), function.__kwdefaults__ or {}).program(body)


def refusal(function: Callable[..., Any], why: str, keyword: str = "") -> RuleError:
    """Of a function that was read: of one of its keyword-only arguments, or of its return."""
    tree, lines, file = _definition(function)
    node = next((a for a in tree.args.kwonlyargs if a.arg == keyword), tree.body[-1])
    return RuleError.at(f"{tree.name}: {why}", node, lines, file, tree.col_offset)


def parse_expression(text: str, name: str, arguments: tuple[str, ...], scope: Mapping[str, Any]) -> Program:
    """Read the expression that a function of `arguments` returns, from its text alone: nothing of it is compiled.

    scope: what it may call, by name. Raises `RuleError` or SyntaxError, with lines that count those of the text.
    """
    (head,) = ast.parse(f"def {name}(): return").body
    assert isinstance(head, ast.FunctionDef)
    reader = _Reader(head, text.splitlines(), "", (scope,), {})
    reader.known = dict.fromkeys(arguments, True)
    node = ast.parse(text, mode="eval").body
    return Program(name, arguments, (), {}, (reader._assignment(name, node, node),), ())
