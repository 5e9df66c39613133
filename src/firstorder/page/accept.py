"""What of a text may run: the one function that a rule is, and of that only what makes it a function.

Defining a function evaluates its decorator, its defaults and its annotations. Here these are numbers, names that are
known, and the words that a decorator takes; everything else is refused before anything is evaluated. The body is read,
and not called.
"""

from __future__ import annotations

import ast
import linecache
from collections.abc import Callable, Mapping
from types import SimpleNamespace
from typing import Any

import numpy as np

from ..reading import RuleError
from ..reading.norm import norm
from ..reading.parse import FUNCTIONS
from ..rules import Hyperparameter, Rule, Scalar, optimizer

#: The longest text, in characters: the longest rule of the package has a twentieth.
LONGEST = 20_000
#: What an optimizer's text sees of the package under each name, with no import, or with the one that a notebook needs.
FACE = {"Hyperparameter": Hyperparameter, "RuleError": RuleError, "Scalar": Scalar, "optimizer": optimizer}
NUMPY: dict[str, Any] = {
    **{name: getattr(np, name) for name in {f.__name__.replace("absolute", "abs") for f in FUNCTIONS} - {"norm"}},
    "linalg": np.linalg,
    "pi": np.pi,
}
NORM = {"norm": norm}
MODULES: dict[str, Mapping[str, Any]] = {"numpy": NUMPY, "firstorder": FACE, "firstorder.reading.norm": NORM}
ARITHMETIC = (ast.Add, ast.Sub, ast.Mult, ast.Div)
ONLY = "a text here is one function with its decorator, and imports of numpy and firstorder"
INSTEAD = "a rule is written as a function of p, g and its state that makes one step, as those of the book are"
FILE = "<your rule>"


def defined(text: str, declare: Callable[..., Any]) -> Rule:
    """The rule in a text, made by `declare` in the place of `optimizer`. Raises `RuleError` or SyntaxError."""
    if len(text) > LONGEST:
        raise RuleError(f"the text has {len(text)} characters, and may have {LONGEST}")
    try:
        tree = ast.parse(text, FILE)
    except (RecursionError, MemoryError):
        raise RuleError("the text is too deeply nested to be read") from None
    except ValueError as error:  # a null character
        raise RuleError(f"the text cannot be read: {error}") from None
    lines = text.splitlines() or [""]
    face = {**FACE, "optimizer": declare}
    scope: dict[str, Any] = {**NUMPY, **NORM, **face, "np": np, "fo": SimpleNamespace(**face), "__name__": FILE}
    functions = []
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            functions.append(node)
        elif isinstance(node, ast.Import | ast.ImportFrom):
            scope |= _imported(node, face, lines)
        elif not (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            raise RuleError.at(f"{ONLY}: {INSTEAD}", node, lines)
    if len(functions) != 1:
        if functions:
            raise RuleError.at(f"{ONLY}; this is a second function", functions[1], lines)
        raise RuleError(f"there is no function: a rule is written with def ({ONLY})")
    (function,) = functions
    _check(function, lines)
    linecache.cache[FILE] = (len(text), None, [f"{line}\n" for line in lines], FILE)
    exec(compile(ast.Module([function], []), FILE, "exec"), scope)
    made = scope[function.name]
    return made if isinstance(made, Rule) else declare(made)


def _imported(node: ast.Import | ast.ImportFrom, face: Mapping[str, Any], lines: list[str]) -> dict[str, Any]:
    """What an import makes known, of the modules and names that there are; no module is imported."""
    if isinstance(node, ast.Import):
        whole = {"numpy": np, "firstorder": SimpleNamespace(**face)}
        for alias in node.names:
            if alias.name not in whole:
                raise RuleError.at(_absent(alias.name), node, lines)
        return {alias.asname or alias.name: whole[alias.name] for alias in node.names}
    known = {**MODULES, "firstorder": face}.get(node.module or "", {})
    if node.module and node.module.partition(".")[0] not in MODULES:
        raise RuleError.at(_absent(node.module), node, lines)
    for alias in node.names:
        if node.level or alias.name not in known:
            names = ", ".join(sorted(known)) or "nothing here"
            raise RuleError.at(f"{alias.name!r} cannot be imported from {node.module}: there is {names}", node, lines)
    return {alias.asname or alias.name: known[alias.name] for alias in node.names}


def _absent(module: str) -> str:
    return f"module {module!r} is not here; there are numpy and firstorder: {INSTEAD}"


def _check(function: ast.FunctionDef, lines: list[str]) -> None:
    """That defining the function evaluates nothing but values and the decorator."""
    if len(function.decorator_list) > 1:
        raise RuleError.at("a rule has one decorator", function.decorator_list[1], lines)
    for decorator in function.decorator_list:
        call = decorator if isinstance(decorator, ast.Call) else None
        if ast.unparse(call.func if call else decorator) not in _names("optimizer"):
            raise RuleError.at("a rule's decorator is @fo.optimizer", decorator, lines)
        for value in [*call.args, *(k.value for k in call.keywords)] if call else []:
            if not _plain(value):
                raise RuleError.at("a decorator takes what is written out: numbers, words, dicts", value, lines)
    a = function.args
    for default in [*a.defaults, *filter(None, a.kw_defaults)]:
        if not _plain(default):
            raise RuleError.at("a default is a number", default, lines)
    annotated = [x.annotation for x in (*a.posonlyargs, *a.args, *a.kwonlyargs, a.vararg, a.kwarg) if x]
    for annotation in [*filter(None, annotated), *filter(None, [function.returns])]:
        if ast.unparse(annotation).strip("'\"") not in _names("Scalar"):
            raise RuleError.at("an annotation here is fo.Scalar, of a state that is one number", annotation, lines)
    for parameter in getattr(function, "type_params", []):  # Python 3.12
        raise RuleError.at("a rule has no parameters of types", parameter, lines)


def _names(name: str) -> tuple[str, ...]:
    return name, f"fo.{name}", f"firstorder.{name}"


def _plain(node: ast.expr) -> bool:
    """Whether evaluating it does nothing: a value that is written out, a function that nobody calls."""
    match node:
        case ast.Constant() | ast.Lambda(args=ast.arguments(defaults=[], kw_defaults=[])):
            return True
        case ast.UnaryOp(operand=inner):
            return isinstance(inner, ast.Constant)
        case ast.BinOp(left, op, right):
            numbers = (isinstance(side, ast.Constant) and isinstance(side.value, int | float) for side in (left, right))
            return isinstance(op, ARITHMETIC) and all(numbers)
        case ast.Dict(keys, values):
            return all(key is not None and _plain(key) for key in keys) and all(map(_plain, values))
        case ast.Tuple(elements) | ast.List(elements):
            return all(map(_plain, elements))
        case ast.Call(called, args, keywords):
            known = ast.unparse(called) in _names("Hyperparameter")
            return known and all(map(_plain, args)) and all(k.arg and _plain(k.value) for k in keywords)
    return False
