"""The text of a rule as a reader gets it to edit, and as a cell of a notebook."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from typing import Any

from ..rules import Rule
from .accept import FACE, NORM, NUMPY

#: What a cell imports for each name that it uses.
IMPORTS: Mapping[str, str] = {
    **{name: f"from numpy import {name}" for name in NUMPY},
    **{name: f"from firstorder import {name}" for name in FACE},
    **{name: f"from firstorder.reading.norm import {name}" for name in NORM},
    "np": "import numpy as np",
    "fo": "import firstorder as fo",
}


def text_of(rule: Rule) -> str:
    """The rule with what a decorator must say of it; `read` knows the rest from the rule that the text began as."""
    usual = "".join(part.capitalize() for part in rule.key.split("_"))
    said: dict[str, Any] = {
        "name": rule.name if rule.name != usual else None,
        "initial": dict(rule.initial) or None,
        "joint": rule.joint or None,
    }
    words = ", ".join(f"{name}={_written(value)}" for name, value in said.items() if value is not None)
    return f"@fo.optimizer{f'({words})' * bool(words)}\n{rule.source}\n"


def cell(text: str) -> str:
    """The text with the imports that a notebook needs for it, and the class that its rule makes."""
    tree = ast.parse(text)
    has = {a.asname or a.name for n in tree.body if isinstance(n, ast.Import | ast.ImportFrom) for a in n.names}
    (function,) = (node for node in tree.body if isinstance(node, ast.FunctionDef))
    own = {a.arg for a in ast.walk(function.args) if isinstance(a, ast.arg)}
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)} - own - has
    if not function.decorator_list:
        start = text.splitlines(keepends=True)
        text = "".join([*start[: function.lineno - 1], "@fo.optimizer\n", *start[function.lineno - 1 :]])
    lines = {IMPORTS[name] for name in (used | {"fo"}) - has if name in IMPORTS}
    whole = sorted(line for line in lines if line.startswith("import"))
    return "\n".join([*whole, *_gathered(lines - set(whole)), "", text.strip()]) + "\n"


def _gathered(lines: set[str]) -> list[str]:
    """`from numpy import abs` and `from numpy import sqrt` as one."""
    names: dict[str, list[str]] = {}
    for line in sorted(lines):
        source, name = line.split(" import ")
        names.setdefault(source, []).append(name)
    return [f"{source} import {', '.join(found)}" for source, found in names.items()]


def _written(value: Any) -> str:
    """A value as Python writes it, with the quotes of the house."""
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, Mapping):
        return "{" + ", ".join(f'"{key}": {_written(one)}' for key, one in value.items()) + "}"
    return repr(value)
