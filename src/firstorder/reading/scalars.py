"""The part of a rule that has no array in it, from its source: to be tried before a step, and to be kept after one."""

from __future__ import annotations

import ast
from collections.abc import Callable, Collection, Mapping
from typing import Any

from .define import define
from .parse import Program


def next_scalars(program: Program, source: str, scope: Mapping[str, Any]) -> Callable[..., tuple[float, ...]]:
    """`next_scalars(*scalar_state, t=, lr=, ...)`: the scalar state after a step, in the order of the signature.

    Every sub-expression without an array is evaluated on the way, so that what would stop a step is raised before it.
    """
    tree = ast.parse(source).body[0]
    assert isinstance(tree, ast.FunctionDef)
    arrays = set(program.arrays)
    body = []
    for node, line in zip(tree.body, program.lines, strict=False):  # after the last line, the tree returns
        assert isinstance(node, ast.Assign)
        body += _scalars_in(node.value, arrays) if line.array else [ast.unparse(node)]
        arrays |= {line.target} if line.array else set()
    body.append(f"return ({''.join(f'{name}, ' for name in program.scalars)})")
    keywords = ("*", *program.keywords) if program.keywords else ()
    head = f"def next_scalars({', '.join((*program.scalars, *keywords))}):"
    return define("\n    ".join([head, *body]), "next_scalars", scope)


def _varies(node: ast.AST, arrays: Collection[str]) -> bool:
    return any(isinstance(inner, ast.Name) and inner.id in arrays for inner in ast.walk(node))


def _scalars_in(node: ast.expr, arrays: Collection[str]) -> list[str]:
    """The largest sub-expressions without an array; of a division by one, its inverse, which the loop multiplies by."""
    if not _varies(node, arrays):
        return [] if isinstance(node, (ast.Name, ast.Constant)) else [ast.unparse(node)]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div) and not _varies(node.right, arrays):
        return [*_scalars_in(node.left, arrays), f"1 / ({ast.unparse(node.right)})"]
    inside = [child for child in ast.iter_child_nodes(node) if isinstance(child, ast.expr)]
    inside = inside[1:] if isinstance(node, ast.Call) else inside  # not the function's name
    return [found for child in inside for found in _scalars_in(child, arrays)]
