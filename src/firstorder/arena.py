"""Many arrays in one buffer, so that a step over all of them is one pass or one launch."""

from __future__ import annotations

import math
from collections.abc import ItemsView, Iterator, KeysView, Mapping, Sequence, ValuesView
from typing import Any

from .backends import array_backend
from .step.structure import Packed, Structure, plain
from .step.views import write


class Arena(Packed, Mapping[Any, Any]):
    """Arrays packed into one contiguous buffer, each a view of its part.

    arrays: one array, or sequences and mappings of arrays, nested at will, NumPy or CuPy, all of one dtype and kind;
    their values are copied once, here. `buffer` is the one-dimensional whole, `views` has the structure of `arrays`,
    and `arena[key]` is one view. Setting what they hand out writes into it.

        ps = fo.Arena(params)          # a mapping: ps["w"], ps.items(), np.savez(file, **ps)
        gs = ps.zeros_like()           # backpropagate into gs["w"][...], or gs["w"] += g
        fo.Adam(ps).step(gs)           # one pass, however many arrays

    An arena of a sequence is used by index, and runs through its arrays.

    Raises TypeError for what is not an array, and ValueError for mixed dtypes or kinds, naming the array.
    """

    def __init__(self, arrays: Any):
        structure = Structure.of(arrays, "arrays")
        leaves = [
            plain(f"arrays[{n!r}]", a) for n, a in zip(structure.names, structure.leaves(arrays, "arrays"), strict=True)
        ]
        if not leaves:
            raise ValueError("arrays: an Arena needs at least one array, got none")
        backends = [array_backend(f"arrays[{n!r}]", a) for n, a in zip(structure.names, leaves, strict=True)]
        for name, array, backend in zip(structure.names, leaves, backends, strict=True):
            if backend is not backends[0]:
                raise ValueError(
                    f"array {name!r} is a {backend.name} array and {structure.names[0]!r} a {backends[0].name} one: "
                    "use one kind"
                )
            if array.dtype != leaves[0].dtype:
                raise ValueError(
                    f"array {name!r} is {array.dtype} and {structure.names[0]!r} {leaves[0].dtype}: "
                    "make one Arena for each dtype"
                )
        shapes = tuple(a.shape for a in leaves)
        buffer = backends[0].xp.empty(sum(map(math.prod, shapes)), leaves[0].dtype)
        self._lay_out(structure, shapes, buffer)
        for view, array in zip(self.members, leaves, strict=True):
            view[...] = array

    def _lay_out(self, structure: Structure, shapes: tuple[tuple[int, ...], ...], buffer: Any) -> None:
        self.structure, self.shapes, self._buffer = structure, shapes, buffer
        self.names = structure.names
        #: Name and shape of each array, in order.
        self.layout = tuple(zip(structure.names, shapes, strict=True))
        self.members, start = [], 0
        for shape in shapes:
            end = start + math.prod(shape)
            self.members.append(buffer[start:end].reshape(shape))
            start = end
        self._views = structure.build(self.members)

    def __getstate__(self) -> dict[str, Any]:
        return {"structure": self.structure, "shapes": self.shapes, "buffer": self.buffer}

    def __setstate__(self, d: dict[str, Any]) -> None:
        self._lay_out(**d)  # a copy's views look into the copy's buffer

    def over(self, buffer: Any) -> Arena:
        """An arena of this layout whose views look into `buffer`, another array of the same size."""
        if buffer.shape != self.buffer.shape:
            raise ValueError(f"buffer must have shape {self.buffer.shape}, got {buffer.shape}")
        arena = object.__new__(Arena)
        arena._lay_out(self.structure, self.shapes, buffer)
        return arena

    def zeros_like(self) -> Arena:
        """An arena of the same layout and dtype, filled with zeros: for gradients."""
        return self.over(array_backend("buffer", self.buffer).xp.zeros_like(self.buffer))

    @property
    def buffer(self) -> Any:
        """The one-dimensional whole. Setting it writes into it, as setting a view does."""
        return self._buffer

    @buffer.setter
    def buffer(self, value: Any) -> None:
        write(self._buffer, value, "buffer")

    @property
    def views(self) -> Any:
        """The views, put together as the arrays were given."""
        return self._views

    @views.setter
    def views(self, value: Any) -> None:
        write(self._views, value, "views")

    def split(self, buffer: Any) -> dict[str, Any]:
        """Views of another buffer by name."""
        return dict(zip(self.names, self.over(buffer).members, strict=True))

    def leaves(self, tree: Any, what: str) -> list[Any]:
        if not isinstance(tree, Arena) or (tree.layout is not self.layout and tree.layout != self.layout):
            raise ValueError(
                f"{what} must be an Arena of the parameters' layout: Arena({what}), or params.zeros_like()"
            )
        tree.layout = self.layout  # a thousand names and shapes are compared once, not at every step
        return [tree.buffer]

    def build(self, leaves: Sequence[Any]) -> Any:
        (leaf,) = leaves
        return self.over(leaf) if hasattr(leaf, "shape") else leaf

    def __getitem__(self, key: Any) -> Any:
        return self._views[key]

    def __setitem__(self, key: Any, value: Any) -> None:
        self._views[key] = value

    def __len__(self) -> int:
        return len(self.structure.keys)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._views)

    def keys(self) -> KeysView[Any]:
        return self._named().keys()

    def values(self) -> ValuesView[Any]:
        return self._named().values()

    def items(self) -> ItemsView[Any, Any]:
        return self._named().items()

    def _named(self) -> dict[Any, Any]:
        """The members by key, which in a sequence is the index."""
        members = [self._views] if self.structure.kind == "array" else map(self._views.__getitem__, self.structure.keys)
        return dict(zip(self.structure.keys, members, strict=True))

    __eq__, __hash__ = object.__eq__, object.__hash__  # two arenas of equal numbers are two

    def __repr__(self) -> str:
        return f"Arena({self.structure.describe()}, {self.buffer.size} × {self.buffer.dtype})"
