"""Optimizer state in one .npz file without pickle. What is in the state is no matter here: it is dictionaries."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .state import StateError

FORMAT = "firstorder optimizer state 1"
BFLOAT16 = "bfloat16"
INNER = "inner."  # what the names of the arrays of a wrapped optimizer start with


def _plain(d: Mapping[str, Any], arrays: dict[str, np.ndarray], prefix: str = "") -> dict[str, Any]:
    """`d` without its arrays, which go to `arrays` under the parameter's index and the state's name."""
    parameters = []
    for i, (name, entry) in enumerate(d["parameters"].items()):
        plain: dict[str, Any] = {"name": name}
        for key, value in entry.items():
            if hasattr(value, "shape"):
                array = value.get() if hasattr(value, "get") else value
                if array.dtype.name == BFLOAT16:  # NumPy's file format does not know it
                    arrays[f"{prefix}{i}.{key}:{BFLOAT16}"] = array.view(np.uint16)
                else:
                    arrays[f"{prefix}{i}.{key}"] = array
            else:
                plain[key] = value
        parameters.append(plain)
    inner = {"inner": _plain(d["inner"], arrays, prefix + INNER)} if "inner" in d else {}
    return {**d, "parameters": parameters, **inner}


def _whole(d: Mapping[str, Any], arrays: Mapping[str, np.ndarray], prefix: str = "") -> dict[str, Any]:
    """The inverse of `_plain`."""
    parameters = {entry["name"]: {k: v for k, v in entry.items() if k != "name"} for entry in d["parameters"]}
    for i, entry in enumerate(parameters.values()):
        start = f"{prefix}{i}."
        entry |= {key.removeprefix(start): array for key, array in arrays.items() if key.startswith(start)}
    inner = {"inner": _whole(d["inner"], arrays, prefix + INNER)} if "inner" in d else {}
    return {**d, "parameters": parameters, **inner}


def _named(stored: Mapping[str, np.ndarray]) -> Iterator[tuple[str, np.ndarray]]:
    """The arrays of a file, without its head."""
    for key in stored:
        name, _, dtype = key.rpartition(":")
        if dtype == BFLOAT16:
            from ml_dtypes import bfloat16

            yield name, stored[key].view(bfloat16)
        elif key != "head":
            yield key, stored[key]


def write(path: str | os.PathLike[str], d: Mapping[str, Any]) -> None:
    """Write a state to `path`: first to a file beside it, then renamed over it."""
    arrays: dict[str, np.ndarray] = {}
    head = json.dumps({"format": FORMAT, **_plain(d, arrays)})
    target = Path(path)
    partial = target.with_name(f".{target.name}.{secrets.token_hex(8)}")
    try:
        with open(partial, "xb") as file:
            np.savez(file, allow_pickle=False, head=np.array(head), **arrays)
            file.flush()
            os.fsync(file.fileno())
        os.replace(partial, target)
    except BaseException:
        partial.unlink(missing_ok=True)
        raise


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Read a file that `write` made; `StateError` if it is anything else or damaged."""
    with open(path, "rb") as file:
        try:
            stored = np.load(file, allow_pickle=False)
            if not isinstance(stored, np.lib.npyio.NpzFile):
                raise StateError("it holds one array")
            d = json.loads(str(stored["head"]))
            if not isinstance(d, dict) or d.pop("format", None) != FORMAT:
                raise StateError(f"its format is not {FORMAT!r}")
            d = _whole(d, dict(_named(stored)))
        except ImportError:
            raise
        except Exception as error:  # a damaged zip file or JSON text fails in many ways
            raise StateError(f"{os.fspath(path)} is not a state file, or is damaged: {error}") from error
    return d
