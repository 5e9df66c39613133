"""The shapes in which parameters are given: one array, an arena, or sequences and mappings, nested at will."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import numpy as np

from .views import ViewList, Views


class Packed:
    """Many arrays kept in one, which is stepped as one: an `Arena`. It answers what a `Structure` answers."""

    #: How many arrays it is for whoever steps it.
    width = 1
    names: tuple[str, ...]
    #: The arrays, in order.
    members: list[Any]

    @property
    def views(self) -> Any:
        """The arrays, put together as they were given."""
        raise NotImplementedError

    def leaves(self, tree: Any, what: str) -> list[Any]:
        """The one array of `tree`; a `ValueError` if it is packed otherwise."""
        raise NotImplementedError

    def build(self, leaves: Sequence[Any]) -> Any:
        """An array, or whatever belongs to it, packed as this is."""
        raise NotImplementedError

    def split(self, array: Any) -> dict[str, Any]:
        """The parts of an array like this one's, by name."""
        raise NotImplementedError


@dataclass(frozen=True)
class Structure:
    """How a collection of arrays is put together; `names` are the leaves' keys as text, joined by "/" where nested."""

    kind: Literal["array", "sequence", "mapping"]
    names: tuple[str, ...]
    keys: tuple[Any, ...]
    children: tuple[Structure, ...] = ()

    @classmethod
    def of(cls, tree: Any, what: str) -> Structure:
        """The structure of `tree`; `what` names the argument in errors."""
        tree = tree.views if isinstance(tree, Packed) else tree
        if isinstance(tree, Mapping):
            keys, kind = tuple(tree), "mapping"
        elif isinstance(tree, Sequence) and not isinstance(tree, (str, bytes)):
            keys, kind = tuple(range(len(tree))), "sequence"
        else:
            return _LEAF
        children = tuple(cls.of(tree[key], f"{what}[{key!r}]") if _holds_arrays(tree[key]) else _LEAF for key in keys)
        names = tuple(
            f"{key}/{name}" if child.kind != "array" else str(key)
            for key, child in zip(keys, children, strict=True)
            for name in child.names
        )
        if len(set(names)) < len(names):
            raise ValueError(f"{what}: two keys have the same name as text: {', '.join(names)}")
        return cls(kind, names, keys, children)  # type: ignore[arg-type]

    @property
    def width(self) -> int:
        """How many arrays it is for whoever steps it."""
        return len(self.names)

    @cached_property
    def flat(self) -> bool:
        """Whether every member is an array."""
        return all(child.kind == "array" for child in self.children)

    @cached_property
    def _keys(self) -> frozenset[Any]:
        return frozenset(self.keys)

    def leaves(self, tree: Any, what: str) -> list[Any]:
        """The arrays of `tree`, in this structure's order; a `ValueError` if it is put together otherwise.

        None instead of a member that is itself put together is None for each of its arrays.
        """
        if self.kind == "array" and type(tree) is np.ndarray:
            return [tree]
        tree = tree.views if isinstance(tree, Packed) else tree
        if self.kind == "array":
            if _holds_arrays(tree):
                raise ValueError(f"{what} must be one array like the parameters, got {_described(tree, what)}")
            return [tree]
        members = self._members(tree, what)
        if self.flat:
            return members
        leaves: list[Any] = []
        for key, child, member in zip(self.keys, self.children, members, strict=True):
            absent = member is None and child.kind != "array"
            leaves += [None] * child.width if absent else child.leaves(member, f"{what}[{key!r}]")
        return leaves

    def _members(self, tree: Any, what: str) -> list[Any]:
        if self.kind == "mapping" and isinstance(tree, Mapping):
            if tree.keys() != self._keys:
                self._complain(tree, what)
            return [tree[key] for key in self.keys]
        if self.kind == "sequence" and isinstance(tree, Sequence) and not isinstance(tree, (str, bytes)):
            if len(tree) != len(self.keys):
                raise ValueError(f"{what} must have {len(self.keys)} members like the parameters, got {len(tree)}")
            return list(tree)
        raise ValueError(f"{what} must be {self.describe()} like the parameters, got {_described(tree, what)}")

    def _complain(self, tree: Mapping[Any, Any], what: str) -> None:
        missing, extra = [k for k in self.keys if k not in tree], [k for k in tree if k not in self._keys]
        parts = [
            f"{word} {', '.join(repr(str(key)) for key in found)}"
            for word, found in (("lacks", missing), ("has unknown", extra))
            if found
        ]
        raise ValueError(
            f"{what} must have the names of the parameters: it {' and '.join(parts)} (None skips a parameter)"
        )

    def build(self, leaves: Sequence[Any]) -> Any:
        """Arrays, or what belongs to each, put together again: an array, a list or a dict."""
        if self.kind == "array":
            return leaves[0]
        if not self.flat:
            rest = iter(leaves)
            leaves = [child.build([next(rest) for _ in range(child.width)]) for child in self.children]
        return Views(zip(self.keys, leaves, strict=True)) if self.kind == "mapping" else ViewList(leaves)

    def describe(self) -> str:
        if self.kind == "array":
            return "one array"
        names = ", ".join(self.names[:4]) + (", …" if len(self.names) > 4 else "")
        return f"a {self.kind} of {len(self.names)} arrays" + (f" ({names})" if self.kind == "mapping" else "")


def _described(tree: Any, what: str) -> str:
    if isinstance(tree, (Mapping, Sequence, Packed)) and not isinstance(tree, (str, bytes)):
        return Structure.of(tree, what).describe()
    return "one array" if hasattr(tree, "shape") else type(tree).__name__


def _holds_arrays(tree: Any) -> bool:
    """Whether `tree` is put together of arrays, and is not just numbers where one array is meant."""
    if isinstance(tree, Packed):
        return True
    if isinstance(tree, (str, bytes)) or not isinstance(tree, (Mapping, Sequence)):
        return False
    members = tree.values() if isinstance(tree, Mapping) else tree
    return any(hasattr(member, "shape") or _holds_arrays(member) for member in members)


_LEAF = Structure("array", ("array",), (None,))


def plain(what: str, array: Any) -> Any:
    """`array` as NumPy's own type: a subclass (a matrix, a unit's) may compute otherwise, or refuse in mid-step.

    A masked array is a TypeError, for its mask would not be kept.
    """
    if type(array) is np.ndarray or not isinstance(array, np.ndarray):
        return array
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{what} is a masked array, and its mask would be ignored: pass array.filled(0), or array.data")
    return np.asarray(array)
