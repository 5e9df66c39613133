"""Optimizer state in and out: checked against the optimizer, and kept in one .npz file without pickle."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .backends import array_backend

if TYPE_CHECKING:
    from .optimizer import Optimizer
    from .wrappers import Wrapper

FORMAT = "firstorder optimizer state 1"
BFLOAT16 = "bfloat16"
INNER = "inner."  # what the names of the arrays of a wrapped optimizer start with


class StateError(ValueError):
    """A state that is damaged, foreign, or of another optimizer or other parameters."""


def _integer(value: Any, what: str) -> int:
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise StateError(f"{what} must be a whole number >= 0, got {value!r}")
    return int(value)


def _number(value: Any, what: str) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise StateError(f"{what} must be a number, got {value!r}")
    return float(value)


def _check_form(d: Any) -> None:
    """Raise unless `d` is put together as `state_dict` does it."""
    if isinstance(d, Mapping) and "wrapper" in d:
        raise StateError(f"this is the state of a wrapper, {d['wrapper']!r}, and not of an optimizer")
    absent = [k for k in ("optimizer", "t", "groups", "parameters") if not isinstance(d, Mapping) or k not in d]
    if absent:
        raise StateError(f"this is not the state of an optimizer: it lacks {', '.join(map(repr, absent))}")
    if not isinstance(d["groups"], Sequence) or not all(isinstance(group, Mapping) for group in d["groups"]):
        raise StateError(f"the state's groups must be a sequence of mappings, got {d['groups']!r}")
    if not isinstance(d["parameters"], Mapping):
        raise StateError(f"the state's parameters must be a mapping by name, got {d['parameters']!r}")


def check(opt: Optimizer, d: Mapping[str, Any]) -> Callable[[], None]:
    """Check `d` whole; what is returned makes it the optimizer's state."""
    _check_form(d)
    if d["optimizer"] != opt.rule.key:
        raise StateError(f"this is the state of {d['optimizer']!r}, not of {opt.rule.key!r}")
    t = _integer(d["t"], "t")
    if len(d["groups"]) != len(opt.groups):
        raise StateError(f"the state has {len(d['groups'])} parameter groups, the optimizer {len(opt.groups)}")
    groups = [_group(group, given) for group, given in zip(opt.groups, d["groups"], strict=True)]
    _check_names(opt, d["parameters"])
    plan = [_slot(opt, slot, d["parameters"]) for slot in opt._slots]

    def load() -> None:
        for slot, (steps, scalars, copies) in zip(opt._slots, plan, strict=True):
            slot.t, slot.scalars = steps, scalars
            for target, source in copies:
                target[...] = source
        for group, values in zip(opt.groups, groups, strict=True):
            group.update(values)
        opt._t = t

    return load


def check_wrapper(wrapper: Wrapper, d: Mapping[str, Any]) -> Callable[[], None]:
    """Check a wrapper's `d` whole, and what it holds of the optimizer inside; what is returned makes it the state."""
    expected = {"wrapper", "settings", "counters", "parameters", "inner"}
    if not isinstance(d, Mapping) or set(d) != expected or d["wrapper"] != wrapper.key:
        found = f"of {d.get('wrapper', d.get('optimizer'))!r}" if isinstance(d, Mapping) else f"a {type(d).__name__}"
        raise StateError(f"this is not the state of {wrapper.key!r}: it is {found}")
    for part, names in (("settings", wrapper.settings), ("counters", wrapper.counters)):
        if not isinstance(d[part], Mapping) or set(d[part]) != set(names):
            raise StateError(f"the {part} of {wrapper.key!r} must be {', '.join(names) or 'none'}, got {d[part]!r}")
    try:
        settings = {name: wrapper.check(name, value) for name, value in d["settings"].items()}
    except (TypeError, ValueError) as error:
        raise StateError(f"the state's settings are out of range: {error}") from error
    counters = {name: _integer(value, name) for name, value in d["counters"].items()}
    base = wrapper._base
    if not isinstance(d["parameters"], Mapping):
        raise StateError(f"the state's parameters must be a mapping by name, got {d['parameters']!r}")
    _check_names(base, d["parameters"])
    numbers: list[tuple[list[int], int, int]] = []
    copies: list[tuple[Any, Any]] = []
    for i, slot in enumerate(base._slots):
        arrays = {name: kept[i] for name, kept in wrapper._arrays.items() if kept[i] is not None}
        entries = {name: d["parameters"][name] for name in slot.parts(slot.array)}
        for name, entry in entries.items():
            if not isinstance(entry, Mapping) or set(entry) != {*arrays, *wrapper.numbers}:
                raise StateError(
                    f"the state of {name!r} must have {', '.join([*arrays, *wrapper.numbers]) or 'nothing'}"
                )
        for number in wrapper.numbers:
            found_here = {_integer(entry[number], f"{number} of {name!r}") for name, entry in entries.items()}
            if len(found_here) > 1:
                raise StateError("the parameters of an Arena must have taken the same number of steps")
            numbers.append((wrapper._numbers[number], i, found_here.pop()))
        copies += _copies(slot, arrays, entries)
    load_inner = wrapper.inner._check_state(d["inner"])

    def load() -> None:
        load_inner()
        wrapper._settings.update(settings)
        wrapper._counters.update(counters)
        for kept, i, number in numbers:
            kept[i] = number
        for target, source in copies:
            target[...] = source

    return load


def _check_names(opt: Optimizer, parameters: Mapping[str, Any]) -> None:
    own = {name for slot in opt._slots for name in slot.parts(slot.array)}
    if own != set(parameters):
        missing, extra = sorted(own - set(parameters)), sorted(set(parameters) - own)
        raise StateError(
            f"the state's parameters do not match by name: missing {missing or 'none'}, unknown {extra or 'none'}"
        )


def _group(group: Any, given: Any) -> dict[str, float]:
    """The numbers in `given`, checked as they would be when set."""
    if set(given) != set(group):
        raise StateError(f"the state's hyperparameters must be {', '.join(group)}, got {given!r}")
    try:
        return {name: group.check(name, value) for name, value in given.items() if value is not None}
    except (TypeError, ValueError) as error:
        raise StateError(f"the state's hyperparameters are out of range: {error}") from error


def _slot(
    opt: Optimizer, slot: Any, parameters: Mapping[str, Any]
) -> tuple[int, tuple[float, ...], list[tuple[Any, Any]]]:
    """What to give a slot: its counter, its scalars, and (target, source) arrays."""
    rule = opt.rule
    entries = {name: parameters[name] for name in slot.parts(slot.array)}
    expected = {"t", *rule.state, *rule.scalar_state}
    for name, entry in entries.items():
        if not isinstance(entry, Mapping) or set(entry) != expected:
            raise StateError(f"the state of {name!r} must have {', '.join(sorted(expected))}")
    counters = {_integer(entry["t"], f"the counter of {name!r}") for name, entry in entries.items()}
    scalars = {
        tuple(_number(entry[s], f"{s} of {name!r}") for s in rule.scalar_state) for name, entry in entries.items()
    }
    if len(counters) > 1 or len(scalars) > 1:
        raise StateError("the parameters of an Arena must have taken the same number of steps")
    return counters.pop(), scalars.pop(), _copies(slot, slot.state, entries)


def _copies(slot: Any, arrays: Mapping[str, Any], entries: Mapping[str, Any]) -> list[tuple[Any, Any]]:
    """(target, source) for each of a slot's state arrays and each of its parameters."""
    copies = []
    kind = array_backend("state", slot.array)
    for state, array in arrays.items():
        for name, target in slot.parts(array).items():
            source = entries[name][state]
            if getattr(source, "shape", None) != target.shape or source.dtype != target.dtype:
                got = f"{source.dtype} {source.shape}" if hasattr(source, "dtype") else type(source).__name__
                raise StateError(f"state {state!r} of {name!r} must be {target.dtype} {target.shape}, got {got}")
            copies.append((target, kind.xp.asarray(source)))
    return copies


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
            if "wrapper" not in d:
                _check_form(d)
        except ImportError:
            raise
        except Exception as error:  # a damaged zip file or JSON text fails in many ways
            raise StateError(f"{os.fspath(path)} is not a state file, or is damaged: {error}") from error
    return d
