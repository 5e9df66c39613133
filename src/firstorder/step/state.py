"""State out and in: entries by parameter name, and checks of them against the slots they are for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np

from ..backends import array_backend
from .parameters import Slot

#: (target, source) arrays.
Copies = list[tuple[Any, Any]]


class StateError(ValueError):
    """A state that is damaged, foreign, or of another optimizer or other parameters."""


def whole_number(value: Any, what: str) -> int:
    """`value` if it is a whole number >= 0."""
    if isinstance(value, bool) or not isinstance(value, (int, np.integer)) or value < 0:
        raise StateError(f"{what} must be a whole number >= 0, got {value!r}")
    return int(value)


def number(value: Any, what: str) -> float:
    """`value` if it is a number."""
    if isinstance(value, bool) or not isinstance(value, (int, float, np.number)):
        raise StateError(f"{what} must be a number, got {value!r}")
    return float(value)


def entries(slots: Sequence[Slot], numbers: Callable[[int], Any], arrays: Callable[[int], Any]) -> dict[str, Any]:
    """What is kept of each parameter, by its name: the numbers and copies of the arrays of slot i, None left out."""
    by_name: dict[str, dict[str, Any]] = {}
    for i, slot in enumerate(slots):
        own = {name: slot.parts(array) for name, array in arrays(i).items() if array is not None}
        for name in slot.parts(slot.array):
            by_name[name] = numbers(i) | {key: parts[name].copy() for key, parts in own.items()}
    return by_name


class Loaded(NamedTuple):
    """Names of parameters that a state was not loaded into, and of those in it that are not here."""

    missing: tuple[str, ...] = ()
    unexpected: tuple[str, ...] = ()


def by_slot(
    slots: Sequence[Slot], given: Any, strict: bool
) -> tuple[list[dict[str, Mapping[str, Any]] | None], Loaded]:
    """The entries of each slot's parameters by name, and which names have no partner.

    strict: StateError unless `given` has an entry for each parameter and no other; else a slot that is not in it whole
    has None.
    """
    if not isinstance(given, Mapping):
        raise StateError(f"the state's parameters must be a mapping by name, got {given!r}")
    names = [list(slot.parts(slot.array)) for slot in slots]
    own = {name for members in names for name in members}
    if strict and own != set(given):
        missing, extra = sorted(own - set(given)), sorted(set(given) - own)
        raise StateError(
            f"the state's parameters do not match by name: missing {missing or 'none'}, unknown {extra or 'none'} "
            "(strict=False loads those that do)"
        )
    found = [{n: given[n] for n in members} if all(n in given for n in members) else None for members in names]
    left = [name for members, entries in zip(names, found, strict=True) if entries is None for name in members]
    return found, Loaded(tuple(left), tuple(name for name in given if name not in own))


def has(entries: Mapping[str, Any], expected: Sequence[str]) -> None:
    """`StateError` unless each entry has just the members expected."""
    for name, entry in entries.items():
        if not isinstance(entry, Mapping) or set(entry) != set(expected):
            raise StateError(f"the state of {name!r} must have {', '.join(expected) or 'nothing'}")


def agreed(entries: Mapping[str, Mapping[str, Any]], key: str, check: Callable[[Any, str], Any]) -> Any:
    """The number `key` of a slot, in which all its parameters must agree."""
    found = {check(entry[key], f"{key!r} of {name!r}") for name, entry in entries.items()}
    if len(found) > 1:
        raise StateError("the parameters of an Arena must have taken the same number of steps")
    return found.pop()


def copies(slot: Slot, arrays: Mapping[str, Any], entries: Mapping[str, Any]) -> Copies:
    """(target, source) for each of a slot's state arrays and each of its parameters."""
    pairs = []
    kind = array_backend("state", slot.array)
    for state, array in arrays.items():
        for name, target in slot.parts(array).items():
            source = entries[name][state]
            if getattr(source, "shape", None) != target.shape or source.dtype != target.dtype:
                got = f"{source.dtype} {source.shape}" if hasattr(source, "dtype") else type(source).__name__
                raise StateError(f"state {state!r} of {name!r} must be {target.dtype} {target.shape}, got {got}")
            pairs.append((target, kind.xp.asarray(source)))
    return pairs
