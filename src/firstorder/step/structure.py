"""The shapes in which parameters are given: one array, a sequence or a mapping of arrays, or an arena."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np


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
    """How a collection of arrays is put together; `names` are its keys, or its indices as text."""

    kind: Literal["array", "sequence", "mapping"]
    names: tuple[str, ...]
    keys: tuple[Any, ...]

    @classmethod
    def of(cls, tree: Any, what: str) -> Structure:
        """The structure of `tree`; `what` names the argument in errors."""
        if isinstance(tree, Mapping):
            names = tuple(map(str, tree))
            if len(set(names)) < len(names):
                raise ValueError(f"{what}: two keys have the same name as text: {', '.join(names)}")
            return cls("mapping", names, tuple(tree))
        if isinstance(tree, Sequence) and not isinstance(tree, (str, bytes)):
            return cls("sequence", tuple(map(str, range(len(tree)))), tuple(range(len(tree))))
        return cls("array", ("array",), (None,))

    @property
    def width(self) -> int:
        """How many arrays it is for whoever steps it."""
        return len(self.names)

    def leaves(self, tree: Any, what: str) -> list[Any]:
        """The members of `tree`, in this structure's order; a `ValueError` if it is put together otherwise."""
        tree = tree.views if isinstance(tree, Packed) else tree
        other = Structure.of(tree, what)
        if other.kind != self.kind:
            raise ValueError(f"{what} must be {self.describe()} like the parameters, got {other.describe()}")
        if self.kind == "array":
            return [tree]
        if self.kind == "sequence" and len(tree) != len(self.keys):
            raise ValueError(f"{what} must have {len(self.keys)} members like the parameters, got {len(tree)}")
        if self.kind == "mapping" and set(other.keys) != set(self.keys):
            missing = [n for k, n in zip(self.keys, self.names, strict=True) if k not in tree]
            extra = [n for k, n in zip(other.keys, other.names, strict=True) if k not in self.keys]
            parts = [
                f"{word} {', '.join(map(repr, found))}"
                for word, found in (("lacks", missing), ("has unknown", extra))
                if found
            ]
            raise ValueError(
                f"{what} must have the names of the parameters: it {' and '.join(parts)} (None skips a parameter)"
            )
        return [tree[k] for k in self.keys]

    def build(self, leaves: Sequence[Any]) -> Any:
        """Members put together again: an array, a list or a dict."""
        if self.kind == "array":
            return leaves[0]
        return dict(zip(self.keys, leaves, strict=True)) if self.kind == "mapping" else list(leaves)

    def describe(self) -> str:
        if self.kind == "array":
            return "one array"
        names = ", ".join(self.names[:4]) + (", …" if len(self.names) > 4 else "")
        return f"a {self.kind} of {len(self.names)} arrays" + (f" ({names})" if self.kind == "mapping" else "")


def plain(what: str, array: Any) -> Any:
    """`array` as NumPy's own type: a subclass (a matrix, a unit's) may compute otherwise, or refuse in mid-step.

    A masked array is a TypeError, for its mask would not be kept.
    """
    if type(array) is np.ndarray or not isinstance(array, np.ndarray):
        return array
    if isinstance(array, np.ma.MaskedArray):
        raise TypeError(f"{what} is a masked array, and its mask would be ignored: pass array.filled(0), or array.data")
    return np.asarray(array)
