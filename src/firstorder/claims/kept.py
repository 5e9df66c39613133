"""What a measurement depends on, as one digest, and what was measured, kept until that changes.

A measurement depends on its own source and on what it reaches. In `claims` and `lab` that is followed name by name; of
the modules below them, each that is imported counts whole. Of the families of rules those count that it can run: the
ones whose keys or names stand in what it reaches, or all, where it takes `RULES` or `OPTIMIZERS` as a whole. What only
draws (`plots`, `figures`, style sheets, scripts) counts for nothing, nor do a claim's words and thresholds.
"""

from __future__ import annotations

import ast
import hashlib
import json
import os
import platform
import re
from collections.abc import Callable, Iterator, Mapping
from copy import copy
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from ..rules import RULES

ROOT = Path(__file__).parents[1]
PACKAGE = __package__.partition(".")[0]
#: Where names are followed one by one.
FINE = (f"{PACKAGE}.claims.", f"{PACKAGE}.lab.")
#: Modules that no measurement depends on, though others import them when asked to draw or to describe.
DRAWN = tuple(f"{PACKAGE}.{room}" for room in ("claims", "plots", "figures", "widgets"))
#: Data that a module reads.
DATA = {f"{PACKAGE}.lab.results": "sweeps/*.json"}


class _Module(NamedTuple):
    definitions: dict[str, list[ast.stmt]]
    imports: dict[str, tuple[str, str]]


@cache
def path_of(module: str) -> Path | None:
    place = ROOT.joinpath(*module.split(".")[1:])
    paths = (place / "__init__.py", place.with_suffix(".py"))
    return next((path for path in paths if path.exists()), None) if module.partition(".")[0] == PACKAGE else None


def _imported(module: str, tree: ast.AST) -> Iterator[tuple[str, str, str]]:
    """(name here, module, name there) of what is imported from this package; of a whole module the last is ''."""
    path = path_of(module)
    assert path is not None
    within = module.split(".") if path.stem == "__init__" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            base = ".".join(within[: len(within) + 1 - node.level]) if node.level else ""
            source = ".".join(part for part in (base, node.module) if part)
            for alias in node.names:
                whole = f"{source}.{alias.name}"
                there = (whole, "") if path_of(whole) else (source, alias.name)
                yield alias.asname or alias.name, *there
        elif isinstance(node, ast.Import):
            for alias in node.names:
                yield (alias.asname or alias.name).partition(".")[0], alias.name, ""


def _defined(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    return [part.id for part in ast.walk(node) if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store)]


@cache
def module_of(module: str) -> _Module:
    path = path_of(module)
    assert path is not None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    definitions: dict[str, list[ast.stmt]] = {}
    for node in tree.body:
        for name in _defined(node):
            definitions.setdefault(name, []).append(node)
    return _Module(definitions, {here: (at, name) for here, at, name in _imported(module, tree) if path_of(at)})


@cache
def below(module: str) -> frozenset[str]:
    """The module and all it imports of the package, but families of rules and what draws."""
    found, left = set[str](), [module]
    families = {rule.function.__module__ for rule in RULES.values()}
    while left:
        here = left.pop()
        if here not in found and here not in families and not here.startswith(DRAWN):
            found.add(here)
            path = path_of(here)
            assert path is not None
            left += [at for _, at, _ in _imported(here, ast.parse(path.read_text(encoding="utf-8"))) if path_of(at)]
            if path.stem == "__init__" and here not in (PACKAGE, f"{PACKAGE}.rules"):  # it may import by name
                left += [f"{here}.{each.stem}" for each in path.parent.glob("*.py") if each != path]
    return frozenset(found)


def reached(function: Callable[..., Any]) -> dict[str, str]:
    """What a measurement depends on, by name: pieces of `claims` and `lab`, modules below them, rules, data."""
    module, name = function.__module__, function.__name__
    pieces: dict[str, str] = {}
    whole, left = set[str](), [(module, name)]
    while left:
        module, name = left.pop()
        key = f"{module}:{name}"
        if key in pieces:
            continue
        if not module.startswith(FINE) or not name:
            whole |= below(module)
            continue
        here = module_of(module)
        if name in here.imports and name not in here.definitions:
            left.append(here.imports[name])
            continue
        nodes = [_bare(node) for node in here.definitions.get(name, [])]
        pieces[key] = "\n".join(map(ast.unparse, nodes))
        used = {part.id for node in nodes for part in ast.walk(node) if isinstance(part, ast.Name)}
        left += [(module, other) for other in used if other in here.definitions or other in here.imports]
        if module in DATA:
            pieces |= {str(p): p.read_text(encoding="utf-8") for p in sorted(ROOT.glob(DATA[module]))}
    for each in whole:
        path = path_of(each)
        if each.startswith(FINE) and path is not None:
            pieces[each] = path.read_text(encoding="utf-8")
    words = {word for piece in pieces.values() for word in re.findall(r"\w+", piece)}
    every = any(re.search(r"\b(RULES|OPTIMIZERS)\b(?!\[)", piece) for piece in pieces.values())
    families = {rule.function.__module__ for key, rule in RULES.items() if every or {key, rule.name} & words}
    for each in sorted(whole | families):
        path = path_of(each)
        if path is not None:
            pieces[each] = path.read_text(encoding="utf-8")
    return pieces


def _bare(node: ast.stmt) -> ast.stmt:
    """A statement without docstring and, of a claim, without the decorator that has its words and thresholds."""
    if not isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node
    bare = copy(node)
    bare.decorator_list = [
        part for part in node.decorator_list if not (isinstance(part, ast.Call) and ast.unparse(part.func) == "claim")
    ]
    if ast.get_docstring(node) is not None:
        bare.body = node.body[1:] or [ast.Pass()]
    return bare


@cache
def digest(function: Callable[..., Any]) -> str:
    """Of all that a measurement depends on, and of the versions of Python and NumPy."""
    told = [platform.python_version(), np.__version__]
    for pair in sorted(reached(function).items()):
        told += pair
    return hashlib.sha256("\0".join(told).encode()).hexdigest()


def plain(found: Any) -> Any:
    """Numbers and lists of Python's own for NumPy's; words stay."""
    if isinstance(found, Mapping):
        return {name: plain(each) for name, each in found.items()}
    if isinstance(found, (list, tuple, np.ndarray)):
        return [plain(each) for each in found]
    if isinstance(found, (bool, np.bool_)):
        return bool(found)
    return found.item() if isinstance(found, np.generic) else found


@cache
def stored() -> dict[str, dict[str, Any]]:
    """What the experiment of each claim returned when all were last run, by the claim's key."""
    return json.loads((ROOT / "measured.json").read_text(encoding="utf-8"))


def once(key: str, measure: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What `measure` returns, by name; kept, for its very code, in the folder that `FIRSTORDER_FINDINGS` names, if any.

    So the book's chapters, its page of all claims and its tests need one run of each measurement.
    """
    folder = os.environ.get("FIRSTORDER_FINDINGS")
    path = Path(folder, f"{key}.json") if folder and path_of(measure.__module__) else None
    code = digest(measure) if path else ""
    if path and path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["code"] == code:
            return kept["measured"]
    found = plain(measure())
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({"code": code, "measured": found}), encoding="utf-8")
        part.replace(path)
    return found
