"""What a measurement depends on, as one digest, and what was measured, kept until that changes.

A measurement depends on its own source and on what it reaches. In `claims` and `lab` that is followed name by name; of
the modules below them, each that is imported counts whole. Of the families of rules those count that it can run: the
ones whose keys or names stand in what it reaches, or all, where it takes `RULES` or `OPTIMIZERS` as a whole. What only
draws (`plots`, `figures`, style sheets, scripts) counts for nothing, nor do a claim's words and thresholds, comments
and docstrings.

`measured.json` has of each claim what it measured, the digest of the code that did, and how long that took. What is
unchanged and slow is taken from there, but for a fixed sample; all else is run again.
"""

from __future__ import annotations

import ast
import hashlib
import io
import json
import os
import platform
import re
import tokenize
from collections.abc import Callable, Iterator, Mapping, Sequence
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
DATA = {f"{PACKAGE}.lab.results": "sweeps/*.json", f"{PACKAGE}.lab.scale": "sweeps/scale/*.json"}
#: Seconds of processor time up to which a claim is run every time, of how many slower ones one is, and up to which.
QUICK, SAMPLED, SLOW = 1.0, 10, 15.0


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
def code_of(path: Path) -> tuple[str, ...]:
    """The lines of a module without comments, docstrings, and the words and thresholds of claims.

    It is the source's own text, not one that is printed again: that would differ between versions of Python.
    """
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            at, column = token.start
            lines[at - 1] = lines[at - 1][:column]
    for node in ast.walk(ast.parse(text)):
        idle: list[ast.expr | ast.stmt] = []
        if isinstance(node, (ast.Module, ast.ClassDef, ast.FunctionDef)) and ast.get_docstring(node) is not None:
            idle.append(node.body[0])
        if isinstance(node, ast.FunctionDef):
            calls = [part for part in node.decorator_list if isinstance(part, ast.Call)]
            idle += [part for part in calls if ast.unparse(part.func) == "claim"]
        for part in idle:
            assert part.end_lineno is not None
            lines[part.lineno - 1 : part.end_lineno] = [""] * (part.end_lineno - part.lineno + 1)
    return tuple(line.rstrip() for line in lines)


@cache
def _whole(path: Path) -> str:
    return _told(code_of(path))


def _told(lines: Sequence[str]) -> str:
    return "\n".join(line for line in lines if line)


def _segment(path: Path, node: ast.stmt) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(part.lineno for part in decorators)])
    return _told(code_of(path)[first - 1 : node.end_lineno])


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
def _families() -> frozenset[str]:
    return frozenset(rule.function.__module__ for rule in RULES.values())


@cache
def _imports(module: str) -> tuple[str, ...]:
    """What a module of the package imports of it, and what a package that imports by name may."""
    path = path_of(module)
    assert path is not None
    found = [at for _, at, _ in _imported(module, ast.parse(path.read_text(encoding="utf-8"))) if path_of(at)]
    if path.stem == "__init__" and module not in (PACKAGE, f"{PACKAGE}.rules"):
        found += [f"{module}.{each.stem}" for each in path.parent.glob("*.py") if each != path]
    return tuple(dict.fromkeys(found))


@cache
def below(module: str) -> frozenset[str]:
    """The module and all it imports of the package, but families of rules and what draws."""
    found, left = set[str](), [module]
    while left:
        here = left.pop()
        if here not in found and here not in _families() and not here.startswith(DRAWN):
            found.add(here)
            left += _imports(here)
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
        pieces[key], used = _piece(module, name)
        left += [(module, other) for other in used if other in here.definitions or other in here.imports]
        if module in DATA:
            found = sorted(ROOT.glob(DATA[module]))
            pieces |= {str(p.relative_to(ROOT)): p.read_text(encoding="utf-8") for p in found}
    for each in whole:
        path = path_of(each)
        if each.startswith(FINE) and path is not None:
            pieces[each] = _whole(path)
    words = frozenset().union(*(_words(piece) for piece in pieces.values()))
    every = any(_takes_every_rule(piece) for piece in pieces.values())
    families = {rule.function.__module__ for key, rule in RULES.items() if every or {key, rule.name} & words}
    for each in sorted(whole | families):
        path = path_of(each)
        if path is not None:
            pieces[each] = _whole(path)
    return pieces


@cache
def _piece(module: str, name: str) -> tuple[str, frozenset[str]]:
    """The code of what a module defines by a name, and the names in it."""
    path, nodes = path_of(module), module_of(module).definitions.get(name, [])
    assert path is not None
    used = (part.id for node in nodes for part in _run(node) if isinstance(part, ast.Name))
    return "\n".join(_segment(path, node) for node in nodes), frozenset(used)


@cache
def _words(piece: str) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", piece))


@cache
def _takes_every_rule(piece: str) -> bool:
    return re.search(r"\b(RULES|OPTIMIZERS)\b(?!\[)", piece) is not None


def _run(node: ast.stmt) -> Iterator[ast.AST]:
    """What stands in a statement, but in the decorator of a claim, which has its words and thresholds."""
    for part in ast.iter_child_nodes(node):
        if not (isinstance(part, ast.Call) and ast.unparse(part.func) == "claim" and part in _decorators(node)):
            yield from ast.walk(part)


def _decorators(node: ast.stmt) -> Sequence[ast.expr]:
    return node.decorator_list if isinstance(node, (ast.FunctionDef, ast.ClassDef)) else ()


@cache
def digest(function: Callable[..., Any], versions: bool = True) -> str:
    """Of all that a measurement depends on, and, with `versions`, of those of Python and NumPy."""
    told = [platform.python_version(), np.__version__] if versions else []
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


class Stored(NamedTuple):
    """Of a claim: the digest of the code that measured, the seconds that took, and what it found."""

    code: str
    seconds: float
    found: dict[str, Any]


@cache
def store() -> dict[str, Stored]:
    """What is stored, by the claim's key."""
    return {key: Stored(**each) for key, each in json.loads((ROOT / "measured.json").read_text("utf-8")).items()}


def stored() -> dict[str, dict[str, Any]]:
    """What the experiment of each claim returned when it was last stored, by the claim's key."""
    return {key: each.found for key, each in store().items()}


def code(measure: Callable[..., Any]) -> str:
    """The digest that is stored: short, and without versions, for numbers are compared to their last place only."""
    return digest(measure, versions=False)[:16]


def due(key: str, measure: Callable[..., Any]) -> bool:
    """Whether a claim has to be run: its code is not the stored one's, or it is quick, or it is of the sample."""
    there = store().get(key)
    if there is None or there.seconds <= QUICK or there.code != code(measure):
        return True
    return there.seconds <= SLOW and int(hashlib.sha256(key.encode()).hexdigest(), 16) % SAMPLED == 0


def write(entries: Mapping[str, Stored]) -> None:
    """Write measured.json, a claim a line."""
    lines = (f"{json.dumps(key)}: {json.dumps(entries[key]._asdict(), ensure_ascii=False)}" for key in sorted(entries))
    (ROOT / "measured.json").write_text("{\n" + ",\n".join(lines) + "\n}\n", encoding="utf-8")


def once(key: str, measure: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
    """What `measure` returns, by name; kept, for its very code, in the folder that `FIRSTORDER_FINDINGS` names, if any.

    So the book's chapters, its page of all claims and its tests need one run of each measurement.
    """
    folder = os.environ.get("FIRSTORDER_FINDINGS")
    path = Path(folder, f"{key}.json") if folder and path_of(measure.__module__) else None
    now = digest(measure) if path else ""
    if path and path.exists():
        kept = json.loads(path.read_text(encoding="utf-8"))
        if kept["code"] == now:
            return kept["measured"]
    found = plain(measure())
    if path:
        path.parent.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({"code": now, "measured": found}), encoding="utf-8")
        part.replace(path)
    return found
