"""Pickling what a decorator made of a function: by name, or, of a notebook, by the function itself.

A process that unpickles can import a module, but neither a notebook's cells nor a function inside another. From there
a rule or landscape goes with its code, its source, and the values of the names it reads.
"""

from __future__ import annotations

import builtins
import contextlib
import importlib
import inspect
import linecache
import marshal
import pickle
import sys
import textwrap
from collections.abc import Callable, Mapping
from functools import cache
from types import CellType, CodeType, FunctionType, ModuleType
from typing import Any

#: The attribute of a function that came from another process: what it came as, and with what was declared.
SENT = "_firstorder_sent"


def reduced(function: Callable[..., Any], make: Callable[..., Any], declared: Mapping[str, Any]) -> Any:
    """What `__reduce__` returns for `make(function, **declared)`: its name, where another process finds it by that.

    Raises `pickle.PicklingError`, naming it and what to do, if the function reads something that cannot travel.
    """
    if _importable(function):
        return _find, (function.__module__, function.__qualname__)
    said = {name: _packed(value, function, ()) for name, value in declared.items()}
    sent, before = getattr(function, SENT, (b"", None))
    with contextlib.suppress(ValueError):  # arrays are not just equal or not
        if said == before:  # on its way back it is what was sent
            return _again, (sent, function.__module__, function.__qualname__)
    payload = pickle.dumps((_packed(function, function, ()), said, make))
    return _again, (payload, function.__module__, function.__qualname__)


def _find(module: str, path: str) -> Any:
    """The object of a module by its dotted path, as pickle finds functions; None if there is none."""
    found: Any = sys.modules.get(module) or importlib.import_module(module)
    for name in path.split("."):
        found = getattr(found, name, None)
    return found


@cache  # the same rule sent twice is one rule, whose optimizer class is one class
def _again(payload: bytes, module: str, path: str) -> Any:
    here = _find(module, path) if module in sys.modules else None
    if hasattr(here, "__reduce__") and hasattr(here, "function") and here.__reduce__()[1][0] == payload:
        return here  # it never left
    packed, declared, make = pickle.loads(payload)
    function = _unpacked(packed)
    setattr(function, SENT, (payload, declared))
    return make(function, **{name: _unpacked(value) for name, value in declared.items()})


def _packed(value: Any, of: Callable[..., Any], inside: tuple[Any, ...]) -> tuple[str, Any]:
    """`value` as something that pickles: a module by name, a function that cannot be imported by its code."""
    if isinstance(value, ModuleType):
        return "module", value.__name__
    if isinstance(value, dict):
        return "mapping", {key: _packed(one, of, inside) for key, one in value.items()}
    if isinstance(value, FunctionType) and (value is of or not _importable(value)):
        if value in inside:
            raise _stays(of, f"{value.__name__!r}, which calls itself")
        return "function", _packed_function(value, of, (*inside, value))
    try:
        pickle.dumps(value)
    except Exception as error:
        raise _stays(of, f"{value!r}, which cannot be pickled ({error})") from error
    if getattr(value, "__module__", None) == "__main__" and not hasattr(value, "function"):
        raise _stays(of, f"{value!r}")
    return "value", value


def _importable(function: Callable[..., Any]) -> bool:
    """Whether another process finds a function, or what a decorator made of it, by the function's name."""
    if function.__module__ in (None, "__main__"):
        return False
    found = _find(function.__module__, function.__qualname__)
    return function in (found, getattr(found, "function", None))


def _stays(of: Callable[..., Any], what: str) -> pickle.PicklingError:
    return pickle.PicklingError(
        f"{of.__name__} cannot be sent to another process: it was made in {of.__module__} and reads {what}; "
        "write it in a .py file and import it from there"
    )


def _packed_function(function: FunctionType, of: Callable[..., Any], inside: tuple[Any, ...]) -> dict[str, Any]:
    code = function.__code__
    try:
        source = textwrap.dedent("".join(inspect.getsourcelines(function)[0]))
    except (OSError, TypeError):
        source = ""
    return {
        "python": sys.version_info[:2],
        "code": marshal.dumps(code),
        "name": function.__qualname__,
        "module": function.__module__,
        "globals": {
            name: _packed(function.__globals__[name], of, inside)
            for name in sorted(_names(code))
            if name in function.__globals__
        },
        "closure": [_packed(cell.cell_contents, of, inside) for cell in function.__closure__ or ()],
        "defaults": (function.__defaults__, function.__kwdefaults__),
        "annotations": {name: str(given) for name, given in function.__annotations__.items()},
        "source": source,
    }


def _names(code: CodeType) -> set[str]:
    """The names that a function reads, those in functions inside it too."""
    return set(code.co_names).union(*(_names(inner) for inner in code.co_consts if isinstance(inner, CodeType)))


def _unpacked(packed: tuple[str, Any]) -> Any:
    kind, value = packed
    if kind == "module":
        return importlib.import_module(value)
    if kind == "mapping":
        return {key: _unpacked(one) for key, one in value.items()}
    return _unpacked_function(value) if kind == "function" else value


def _unpacked_function(packed: dict[str, Any]) -> FunctionType:
    if packed["python"] != sys.version_info[:2]:
        there, here = (".".join(map(str, version)) for version in (packed["python"], sys.version_info[:2]))
        raise pickle.UnpicklingError(
            f"{packed['name']} was sent with its code by Python {there}, which Python {here} cannot run: "
            "write it in a .py file and import it from there, or use the same Python"
        )
    code: CodeType = marshal.loads(packed["code"])
    file = f"<firstorder {packed['name']} {hash(packed['source']):x}>"
    lines = packed["source"].splitlines(keepends=True)
    linecache.cache[file] = (len(packed["source"]), None, lines, file)
    code = code.replace(co_filename=file, co_firstlineno=1)
    scope = {name: _unpacked(value) for name, value in packed["globals"].items()}
    scope |= {"__name__": packed["module"], "__builtins__": builtins}
    cells = tuple(CellType(_unpacked(value)) for value in packed["closure"])
    function = FunctionType(code, scope, code.co_name, packed["defaults"][0], cells)
    function.__kwdefaults__ = packed["defaults"][1]
    function.__qualname__, function.__module__ = packed["name"], packed["module"]
    function.__annotations__ = packed["annotations"]
    return function
