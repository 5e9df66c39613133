"""Optimizer state in one .npz file without pickle. What is in the state is no matter here: it is dictionaries.

`head` is the state as JSON without its arrays. Each array is a member of its own, `inner.0.m` for the m of the first
parameter of the first wrapper's inner one; but small ones lie end to end in one member a dtype, for each member costs
a tenth of a millisecond. Files of format 1 have no such, and are read as well.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import math
import os
import secrets
import stat
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .state import StateError

FORMAT = "firstorder optimizer state 2"
FORMATS = (FORMAT, "firstorder optimizer state 1")
BFLOAT16 = "bfloat16"
INNER = "inner."  # what the names of the arrays of a wrapped optimizer start with
SMALL = 65_536  # bytes of an array below which it shares a member
LEFT = 60  # seconds after which a partial file of a write that was killed is removed

#: Arrays by what they belong to: the wrapper or optimizer (how deep inside), the parameter's index, the state's name.
Arrays = dict[tuple[int, int, str], np.ndarray]


def _plain(d: Mapping[str, Any], arrays: Arrays, depth: int = 0) -> dict[str, Any]:
    """`d` without its arrays, which go to `arrays`."""
    parameters = []
    for i, (name, entry) in enumerate(d["parameters"].items()):
        plain: dict[str, Any] = {"name": name}
        for key, value in entry.items():
            if hasattr(value, "shape"):
                arrays[depth, i, key] = value.get() if hasattr(value, "get") else value
            else:
                plain[key] = value
        parameters.append(plain)
    inner = {"inner": _plain(d["inner"], arrays, depth + 1)} if "inner" in d else {}
    return {**d, "parameters": parameters, **inner}


def _whole(d: dict[str, Any], arrays: Arrays) -> dict[str, Any]:
    """The inverse of `_plain`."""
    parts = [d]
    while "inner" in parts[-1]:
        parts.append(parts[-1]["inner"])
    entries = [part["parameters"] for part in parts]
    for (depth, i, key), array in arrays.items():
        entries[depth][i][key] = array
    for part in parts:
        part["parameters"] = {entry.pop("name"): entry for entry in part["parameters"]}
    return d


def _member(name: str, array: np.ndarray) -> tuple[str, np.ndarray]:
    """Name and array as NumPy's file format, which has no bfloat16, can keep them."""
    return (f"{name}:{BFLOAT16}", array.view(np.uint16)) if array.dtype.name == BFLOAT16 else (name, array)


def _members(arrays: Arrays) -> tuple[dict[str, np.ndarray], dict[str, list[Any]]]:
    """The members of the file, and for each dtype what lies in the member of its small arrays: whose, and its shape."""
    members, small, parts = {}, {}, {}  # type: ignore[var-annotated]
    for (depth, i, key), array in arrays.items():
        if array.nbytes < SMALL:
            small.setdefault(array.dtype.name, []).append([depth, i, key, array.shape])
            parts.setdefault(array.dtype.name, []).append(array.reshape(-1))
        else:
            name, kept = _member(f"{INNER * depth}{i}.{key}", array)
            members[name] = kept
    for dtype, own in parts.items():
        name, kept = _member(f"small.{dtype}", np.concatenate(own))
        members[name] = kept
    return members, small


def _arrays(stored: Mapping[str, np.ndarray], small: Mapping[str, list[Any]]) -> Arrays:
    """The inverse of `_members`."""
    found: Arrays = {}
    for member in stored:
        name, _, dtype = member.rpartition(":")
        if dtype == BFLOAT16:
            from ml_dtypes import bfloat16

            array = stored[member].view(bfloat16)
        else:
            name, array = member, stored[member]
        if name.startswith("small."):
            start = 0
            for depth, i, key, shape in small[name.removeprefix("small.")]:
                end = start + math.prod(shape)
                found[depth, i, key] = array[start:end].reshape(shape)
                start = end
        elif name != "head":
            own = name.replace(INNER, "")
            index, _, key = own.partition(".")
            found[(len(name) - len(own)) // len(INNER), int(index), key] = array
    return found


def write(path: str | bytes | os.PathLike[Any], d: Mapping[str, Any]) -> None:
    """Write a state to `path`: first to a hidden file beside it, then renamed over it.

    A link stays, and what it points to is written; a file that is replaced keeps its mode. A write that was killed
    leaves its hidden file behind: the next write to the same path removes it. OSError names `path`.
    """
    target = Path(os.path.realpath(os.fsdecode(path)))
    arrays: Arrays = {}
    plain = _plain(d, arrays)
    members, small = _members(arrays)
    head = json.dumps({"format": FORMAT, "small": small, **plain})
    own = f".{hashlib.sha256(os.fsencode(target.name)).hexdigest()[:16]}."  # short, however long the name
    partial = target.with_name(f"{own}{secrets.token_hex(8)}")
    try:
        with open(partial, "xb") as file:
            np.savez(file, allow_pickle=False, head=np.array(head), **members)
            file.flush()
            os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(partial, stat.S_IMODE(target.stat().st_mode))
        os.replace(partial, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename == os.fspath(partial):
            raise type(error)(error.errno, error.strerror, os.fspath(target)) from None
        raise
    for left in _left(target.parent, own):
        with contextlib.suppress(OSError):
            left.unlink()


def _left(folder: Path, own: str) -> Iterator[Path]:
    """Partial files that no one has written to for a while."""
    with contextlib.suppress(OSError):
        for left in folder.glob(f"{own}*"):
            if left.stat().st_mtime < time.time() - LEFT:
                yield left


def read(path: str | bytes | os.PathLike[Any]) -> dict[str, Any]:
    """Read a file that `write` made; `StateError` if it is anything else or damaged."""
    with open(path, "rb") as file:
        try:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise StateError("it holds one array")
            d = json.loads(str(stored["head"]))
            if not isinstance(d, dict) or d.pop("format", None) not in FORMATS:
                raise StateError(f"its format is not {FORMAT!r}")
            d = _whole(d, _arrays(stored, d.pop("small", {})))
        except ImportError:
            raise
        except Exception as error:  # a damaged zip file or JSON text fails in many ways
            raise StateError(f"{os.fsdecode(path)} is not a state file, or is damaged: {error}") from error
    return d
