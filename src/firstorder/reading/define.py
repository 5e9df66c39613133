"""Making a function of a source that a program has written."""

from __future__ import annotations

import linecache
from collections.abc import Callable, Mapping
from typing import Any


def define(source: str, name: str, namespace: Mapping[str, Any]) -> Callable[..., Any]:
    """The function `name` of a generated source, which stays visible to `inspect` and in tracebacks."""
    file = f"<firstorder {name} {hash(source):x}>"
    linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
    scope = dict(namespace)
    exec(compile(source, file, "exec"), scope)
    return scope[name]
