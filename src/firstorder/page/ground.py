"""A landscape that a reader types: the text of one expression of x and y, and the gradient that SymPy makes of it.

A text is somebody's: the reader's, or a link's. It is read and never compiled, let alone called. What could keep SymPy
busy for ever, a number beyond all bounds, is refused before SymPy sees it.
"""

from __future__ import annotations

import ast
import math
import operator
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from ..reading import Program, RuleError
from ..reading.parse import FUNCTIONS, MEANT, REDUCTIONS, close, parse_expression
from .accept import NUMPY

#: The longest text, in characters: the longest landscape of the package has a fourth.
LONGEST = 500
#: The highest power, of those that are written as numbers.
HIGHEST = 100
NAME, VARIABLES = "f", ("x", "y")
#: What a text may call, by name, and how many values it takes; all of it element by element.
CALLED: Mapping[str, int] = {
    name: FUNCTIONS[function][0]
    for name, function in NUMPY.items()
    if callable(function) and function in FUNCTIONS and FUNCTIONS[function][1] not in REDUCTIONS
}
SCOPE = {name: NUMPY[name] for name in (*CALLED, "pi")}
#: What the parts of a number are, to know how large it becomes.
NUMBERS: Mapping[type, Callable[..., float]] = {
    **{ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv},
    **{ast.Pow: math.pow, ast.USub: operator.neg, ast.UAdd: operator.pos},
}
POWER = "a power is written with two asterisks: x**2"
PRODUCT = "a product is written with an asterisk: "
SIZE = "the absolute value is written abs(x)"
#: What is no expression, and what to write instead.
FORMS = {
    r"^\s*(def|return)\b": "only the expression is written: what stands after return",
    r"^\s*\w+\s*(\([^()=]*\))?\s*=(?!=)": "only the right side is written: what stands after =",
    r"\|": SIZE,
    rf"\b({'|'.join(CALLED)})\s+[\w.]": r"a function needs parentheses: \1(…)",
    r"(?<![\w.])([\d.]+)\s*(?!e\d|(?:and|else|for|if|in|is|not|or)\b)([^\W\d]\w*)": rf"{PRODUCT}\1*\2",
    r"\b(x|y|pi)\s+([xy\d]\w*)": rf"{PRODUCT}\1*\2",
    r"[²³]": POWER,
    r"[·×−÷]": "the signs are +, -, * and /",
}


def ground(text: str) -> Program:
    """The function of x and y that a text is. Raises `RuleError` or SyntaxError, with the line and column."""
    if len(text) > LONGEST:
        raise RuleError(f"the text has {len(text)} characters, and may have {LONGEST}")
    if not text.strip():
        raise RuleError("there is no text: write an expression of x and y, such as x**2 + 3*y**2")
    try:
        tree = ast.parse(text, mode="eval")
    except SyntaxError as error:
        raise _clearer(error, text) from None
    except (RecursionError, MemoryError):
        raise RuleError("the text is too deeply nested to be read") from None
    except ValueError as error:  # a null character
        raise RuleError(f"the text cannot be read: {error}") from None
    lines = text.splitlines()
    for node in ast.walk(tree):
        _check(node, lines)
    _number(tree.body, lines)
    _power(tree.body, lines)
    return parse_expression(text, NAME, VARIABLES, SCOPE)


def _clearer(error: SyntaxError, text: str) -> SyntaxError:
    """Python's, in the words of who writes a formula, where it is known what is meant."""
    if not error.msg.startswith(("invalid", "cannot assign")):  # it says what is wrong, such as a bracket
        return error
    try:
        ast.parse(f"{text.rstrip()} x", mode="eval")
    except SyntaxError:
        found = ((re.search(form, text), instead) for form, instead in FORMS.items())
        error.msg = next((match.expand(instead) for match, instead in found if match), error.msg)
    else:
        lines = text.rstrip().splitlines()
        error.msg, error.lineno, error.offset = "something is missing at the end", len(lines), len(lines[-1])
    return error


def _check(node: ast.AST, lines: list[str]) -> None:
    """What a reader of a whole rule's text may write, or is not told of as well as can be."""
    names = ", ".join(sorted(CALLED))
    match node:
        case ast.Expression(body=ast.Lambda() as whole):
            raise RuleError.at("only the expression is written: what stands after the colon", whole, lines)
        case ast.Attribute(attr=attribute):
            raise RuleError.at(f"a dot leads nowhere here: write {attribute}, one of {names}, pi", node, lines)
        case ast.Call(func=ast.Name(id=name)) if name not in CALLED:
            if name in (*VARIABLES, "pi"):
                raise RuleError.at(f"{PRODUCT}{name}*(…)", node, lines)
            instead = _instead(name, CALLED) or f"; there are {names}"
            raise RuleError.at(f"there is no function {name!r} here{instead}", node, lines)
        case ast.Call(func=ast.Constant() | ast.BinOp()):
            raise RuleError.at(f"{PRODUCT}2*(…)", node, lines)
        case ast.Name(id=name) if name not in (*VARIABLES, *SCOPE):
            instead = _instead(name, (*VARIABLES, *SCOPE)) or f"; there are x, y, pi, and functions: {names}"
            raise RuleError.at(f"there is no {name!r} here{instead}", node, lines)
        case ast.Compare() if any(isinstance(n, ast.Call) and ast.unparse(n.func) == "where" for n in ast.walk(node)):
            raise RuleError.at("a condition within a condition cannot be read", node, lines)
        case ast.BinOp(op=ast.BitOr()):
            raise RuleError.at(SIZE, node, lines)
        case ast.BinOp(op=ast.BitXor()):
            raise RuleError.at(POWER, node, lines)


def _instead(name: str, known: Iterable[str]) -> str:
    """What of all that is here may be meant by a name, as the end of a sentence."""
    if instead := {**MEANT, "e": "exp(1)"}.get(name):
        return f": write {instead}"
    if set(name) <= set(VARIABLES):
        return f": write {'*'.join(name)}"
    return close(name, known) if not hasattr(math, name) else ""


def _number(node: ast.AST, lines: list[str]) -> float | None:
    """The number that an expression is, or None of one that varies, or that calls; refuses one beyond all bounds."""
    parts = [_number(part, lines) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)]
    match node:
        case ast.Constant(value=int() | float() as written):
            compute: Callable[..., float] = partial(float, written)
        case ast.BinOp(op=ast.Div()) if parts[1] == 0:
            compute = partial(float, "inf")
        case ast.BinOp(op=op) | ast.UnaryOp(op=op) if type(op) in NUMBERS and None not in parts:
            compute = partial(NUMBERS[type(op)], *parts)
        case _:
            return None
    try:
        value = compute()
    except (ArithmeticError, ValueError):
        value = math.inf
    if not math.isfinite(value):
        raise RuleError.at("this has no value, or one beyond all bounds", node, lines)
    return value


def _power(node: ast.AST, lines: list[str]) -> float:
    """The highest power that anything in an expression is raised to, of powers within powers; refuses a high one."""
    below = max((_power(part, lines) for part in ast.iter_child_nodes(node) if isinstance(part, ast.expr)), default=1.0)
    match node:
        case ast.BinOp(op=ast.Pow(), right=exponent):
            below *= max(1.0, abs(_number(exponent, lines) or 1.0))
        case ast.Call(func=ast.Name(id="square")):
            below *= 2.0
    if below > HIGHEST:
        raise RuleError.at(f"a power, with those within it, may be up to {HIGHEST}", node, lines)
    return below


def readings(text: str) -> dict[str, Any]:
    """What a page draws and says of a text: f as it is written, JavaScript of f and its gradient, LaTeX of both."""
    from ..reading.javascript import javascript_ground
    from ..reading.tex import tex_expression
    from .derivative import partials

    program = ground(text)
    try:
        f = program.lines[-1].expr
        slopes = partials(f, VARIABLES)
    except RuleError:
        raise
    except Exception as error:  # SymPy's own, of whatever kind
        raise RuleError(f"SymPy finds no derivative of this: {error or type(error).__name__}") from error
    same = {v: v for v in VARIABLES}
    lefts = ("f(x, y)", *(rf"\frac{{\partial f}}{{\partial {v}}}" for v in VARIABLES))
    return {
        "text": text,
        "javascript": javascript_ground(program, slopes),
        "tex": [f"{left} = {tex_expression(right, same)}" for left, right in zip(lefts, (f, *slopes), strict=True)],
    }
