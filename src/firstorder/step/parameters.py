"""The parameters, however they were given: their slots, the gradients that belong to them, and where state is kept.

`Parameters` is what an optimizer and all wrappers around it share. It knows arrays and how they are put together, and
nothing of rules.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from types import ModuleType
from typing import Any

import numpy as np

from ..backends import Backend, array_backend, backend_of
from ..backends.base import COMPUTE, Cache, dtype_name
from ..backends.headers import Gradients, Held
from .structure import Packed, Structure, plain

#: Bytes up to which a parameter's state shares a buffer with others'.
SMALL = 32_768


@dataclass
class Slot:
    """One array to update (a parameter, or an arena's buffer), its state, and the steps it has taken."""

    name: str
    array: Any
    packed: Packed | None
    group: int
    #: Its place among all slots, which stays when more come, as its name does not.
    number: int
    #: Where the array is the view of an arena that is stepped array by array: the arena, and which one.
    view: tuple[Packed, int] | None = None
    state: dict[str, Any] = field(default_factory=dict)
    scalars: tuple[float, ...] = ()
    t: int = 0
    #: That of the array and of its state; an array may be resized in place.
    shape: tuple[int, ...] = field(init=False)

    def __post_init__(self) -> None:
        self.shape = getattr(self.array, "shape", ())

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) if self.view is None else vars(self) | {"array": None}

    def __setstate__(self, d: dict[str, Any]) -> None:
        vars(self).update(d)
        if self.view is not None:  # a copy looks into the copy of the arena
            arena, i = self.view
            self.array = arena.members[i]

    def parts(self, array: Any) -> dict[str, Any]:
        """`array`, one of this slot's, by parameter name: an arena holds several parameters."""
        if self.packed is None:
            return {self.name: array}
        return {f"{self.name}{name}": part for name, part in self.packed.split(array).items()}

    @property
    def title(self) -> str:
        """What to call it in an error."""
        return repr(self.name) if self.packed is None else f"Arena of {', '.join(map(repr, self.parts(self.array)))}"


#: Slots, each with its gradient.
Pairs = list[tuple[Slot, Any]]


@dataclass
class Displacement:
    """Parameters that hold something else for a while: why (an error message), and what they were."""

    why: str
    kept: Pairs


class Hooks:
    """Functions to call before and after each step. They are not copied or pickled with what they belong to."""

    def __init__(self) -> None:
        self.before: list[Callable[..., Any]] = []
        self.after: list[Callable[..., Any]] = []

    def __reduce__(self) -> Any:
        return Hooks, ()


class Parameters:
    """Arrays that are stepped together.

    trees: one array, sequence, mapping or arena for each group; `grouped` if they were given as groups, and gradients
    and state then come by group too. apart: the arrays of an arena are taken one by one, for rules that use a norm or
    mean of each. together: a name, if a gradient of None is refused in its name.

    Raises TypeError or ValueError, naming the parameter, for arrays that cannot be updated in place.
    """

    def __init__(self, trees: Sequence[Any], grouped: bool, *, apart: bool = False, together: str = ""):
        self.grouped, self._apart, self._together = grouped, apart, together
        self._trees: list[Structure | Packed] = []
        self._given: list[Packed | None] = []  # what was given as an arena, each group's
        self.slots: list[Slot] = []
        self.displacement: Displacement | None = None
        self.hooks = Hooks()
        for tree in trees:
            own, slots = self._taken(tree)
            self._trees.append(own)
            self._given.append(_arena(tree))
            self.slots += slots
        self.kind = _check_arrays(self.slots)
        #: Elements of all arrays.
        self.size = sum(slot.array.size for slot in self.slots)
        self._cache = Cache()
        self._locked: Slot | None = None

    def _taken(self, tree: Any) -> tuple[Structure | Packed, list[Slot]]:
        """How the parameters of one more group are put together, and their slots."""
        i = len(self._trees)
        taken = tree.views if self._apart and isinstance(tree, Packed) else tree
        own = taken if isinstance(taken, Packed) else Structure.of(taken, "params")
        packed = own if isinstance(own, Packed) else None
        prefix = f"{i}/" if self.grouped else ""
        slots = [
            Slot(prefix + name, plain(f"parameter {prefix + name!r}", leaf), packed, i, number)
            for number, (name, leaf) in enumerate(
                zip([""] if packed else own.names, own.leaves(taken, "params"), strict=True), len(self.slots)
            )
        ]
        views = (
            {}
            if packed
            else {id(member): (arena, k) for arena in _arenas(tree) for k, member in enumerate(arena.members)}
        )
        for slot in slots:
            slot.view = views.get(id(slot.array))
            _check_dtype(slot)
        return own, slots

    def add(self, tree: Any, start: Callable[[list[Slot], list[np.dtype]], Any]) -> Any:
        """Take one more group, unless `start` refuses its slots and dtypes; what that returns.

        From then on gradients and state come by group.
        """
        self.settled()
        before = self.grouped
        self.grouped = True
        try:
            own, slots = self._taken(tree)
            _check_arrays([*self.slots, *slots])
            started = start(slots, _dtypes(slots))
        except BaseException:
            self.grouped = before
            raise
        for slot in self.slots if not before else ():
            slot.name = f"0/{slot.name}"
        self._trees.append(own)
        self._given.append(_arena(tree))
        self.slots += slots
        self.size += sum(slot.array.size for slot in slots)
        self._cache = Cache()
        return started

    @property
    def tree(self) -> Any:
        """The parameters themselves, put together as they were given."""
        built, rest = [], iter(self.slots)
        for own, arena in zip(self._trees, self._given, strict=True):
            slots = [next(rest) for _ in range(own.width)]
            built.append(own.build([slot.array for slot in slots]) if arena is None else arena)
        return built if self.grouped else built[0]

    @property
    def xp(self) -> ModuleType:
        """The array module of the arrays: `numpy` or `cupy`."""
        return self.kind.xp

    def dtypes(self, group: int) -> list[np.dtype]:
        """The dtypes that the updates of a group are computed in."""
        return _dtypes([slot for slot in self.slots if slot.group == group])

    def compute_dtype(self, slot: Slot) -> np.dtype:
        """The dtype that a slot's update is computed in and its state kept in."""
        return self.kind.compute_dtype(slot.array)

    def allocate(self, initial: Callable[[Slot], Any], slots: Sequence[Slot] | None = None) -> list[Any]:
        """State, one array for each of `slots` (None: all), where `initial` gives a number (for an array like the
        parameter, in the dtype that its update is computed in), or an array to copy, or None for none.

        What belongs to small parameters lies end to end, so that a backend can take it as one array.
        """
        slots = self.slots if slots is None else slots
        values = [initial(slot) for slot in slots]
        numbers = [value is not None and not hasattr(value, "shape") for value in values]
        room = self._room([slot for slot, number in zip(slots, numbers, strict=True) if number])
        arrays = []
        for slot, value, number in zip(slots, values, numbers, strict=True):
            if number:
                array = room.get(slot.name)
                array = self.xp.empty_like(slot.array, dtype=self.compute_dtype(slot)) if array is None else array
                array[...] = value
                arrays.append(array)
            else:
                arrays.append(None if value is None else value.copy())
        return arrays

    def _room(self, slots: Sequence[Slot]) -> dict[str, Any]:
        """By name, an array for each small slot, all of a dtype in one buffer."""
        by_dtype: dict[np.dtype, list[Slot]] = {}
        for slot in slots:
            if slot.array.nbytes <= SMALL and slot.array.flags.c_contiguous:
                by_dtype.setdefault(self.compute_dtype(slot), []).append(slot)
        room = {}
        for dtype, members in by_dtype.items():
            buffer, end = self.xp.empty(sum(slot.array.size for slot in members), dtype), 0
            for slot in members:
                start, end = end, end + slot.array.size
                room[slot.name] = buffer[start:end].reshape(slot.array.shape)
        return room

    def assemble(self, leaves: Sequence[Any]) -> Any:
        """What belongs to the slots, one by one, put together as the parameters are."""
        rest = iter(leaves)
        built = [tree.build([next(rest) for _ in range(tree.width)]) for tree in self._trees]
        return built if self.grouped else built[0]

    def leaves(self, tree: Any, what: str) -> list[Any]:
        """The members of `tree`, one for each slot; a ValueError if it is not put together as the parameters are."""
        if not self.grouped:
            return self._trees[0].leaves(tree, what)
        if not isinstance(tree, Sequence) or len(tree) != len(self._trees):
            raise ValueError(f"{what} must be a sequence with one member a group, {len(self._trees)} in all")
        return [leaf for own, given in zip(self._trees, tree, strict=True) for leaf in own.leaves(given, what)]

    def match(self, grads: Any) -> Pairs:
        """The slots that have a gradient, each with its own: the one place where gradients are checked.

        Raises ValueError or TypeError for gradients that do not fit, naming the parameter.
        """
        leaves = self.leaves(grads, "grads")
        if self._fit(leaves):
            return list(zip(self.slots, leaves, strict=True))
        pairs = []
        for slot, g in zip(self.slots, leaves, strict=True):
            if g is None and self._together:
                raise ValueError(
                    f"{self._together} steps all parameters together: the gradient of {slot.title} is None"
                )
            if g is not None:
                if type(g) is not np.ndarray:
                    g = np.asarray(g) if isinstance(g, np.generic) else g  # what arithmetic makes of a 0-d array
                    g = plain(f"the gradient of {slot.title}", g)
                self._check_gradient(slot, g)
                pairs.append((slot, g))
        return pairs

    def _check_shapes(self) -> None:
        """ValueError for a parameter that was resized or reshaped in place: its state is of another shape, and a
        compiled step would write beyond the end of one of them."""
        held = self._cache.get("held")
        if held is not None and held.unchanged():  # read-only ones too
            return
        for slot in self.slots:
            if slot.array.shape != slot.shape:
                raise ValueError(
                    f"parameter {slot.title} has the shape {slot.array.shape}, and had {slot.shape} when its optimizer "
                    "was made: make another optimizer for arrays that were resized"
                )
        if self.kind.arrays == "numpy":
            self._cache.clear()  # they may be elsewhere in memory now
            self._locked = next((slot for slot in self.slots if not self.kind.writable(slot.array)), None)
            self._cache["held"] = Held([slot.array for slot in self.slots])

    def _fit(self, leaves: Sequence[Any]) -> bool:
        """Whether all are plain arrays like the parameters, apart from them: told in a glance, and true of most."""
        if self.kind.arrays != "numpy":
            return False
        expected = self._cache.get("gradients")
        if expected is None:
            expected = self._cache["gradients"] = Gradients([s.array for s in self.slots], *self._spans)
        return expected.fit(leaves)

    @property
    def _spans(self) -> tuple[list[int], list[int]]:
        """Where in memory the parameters begin, in order, and where the last of all up to each one ends."""
        made = "spans", len(self.slots)
        if made not in self._cache:
            spans = sorted(self.kind.extent(s.array) for s in self.slots)
            self._cache[made] = [low for low, _ in spans], list(accumulate((high for _, high in spans), max))
        return self._cache[made]

    def _check_gradient(self, slot: Slot, g: Any) -> None:
        what = f"the gradient of {slot.title}"
        if not self.kind.owns(g):
            owner = array_backend(what, g)
            raise TypeError(f"{what} is a {owner.name} array and the parameter a {self.kind.name} one: use one kind")
        if g.shape != slot.array.shape:
            raise ValueError(f"{what} must have the parameter's shape {slot.array.shape}, got {g.shape}")
        if dtype_name(g.dtype) not in COMPUTE:
            raise TypeError(f"{what} must be {', '.join(COMPUTE)}, got {g.dtype}")
        low, high = self.kind.extent(g)
        lows, reach = self._spans
        i = bisect_left(lows, high)
        if i and reach[i - 1] > low and any(self.kind.overlap(g, s.array) for s in self.slots):
            raise ValueError(f"{what} shares memory with a parameter, which the step would overwrite: pass a copy")

    def not_finite(self, pairs: Pairs, cast: bool = True) -> str | None:
        """The name of a parameter whose gradient has NaN or infinity; None if all are finite.

        cast: as it will be in the dtype that the update is computed in, where 1e300 may be infinite.
        """
        backend = backend_of(self.kind.arrays)
        if len(pairs) > 1:
            made = backend.name, len(self.slots)
            if made not in self._cache:
                self._cache[made] = backend.batch(None, [(slot.array,) for slot in self.slots])
            if self._cache[made].take(self.by_slot(pairs)).finite():
                return None
        for slot, g in pairs:
            dtype = self.compute_dtype(slot)
            dtype = g.dtype if not cast and g.dtype.itemsize > dtype.itemsize else dtype
            if not backend.all_finite(g, dtype):
                return next(name for name, part in slot.parts(g).items() if not backend.all_finite(part, dtype))
        return None

    def by_slot(self, pairs: Pairs) -> list[Any]:
        """The gradient of each slot, None where it has none."""
        if len(pairs) == len(self.slots):
            return [g for _, g in pairs]
        given = {id(slot): g for slot, g in pairs}
        return [given.get(id(slot)) for slot in self.slots]

    def displace(self, why: str, moved: Pairs) -> Displacement:
        """Put other values into slots until `put_back`; RuntimeError, saying `why`, for what is done meanwhile."""
        self.ready()
        self.displacement = displacement = Displacement(why, [(slot, slot.array.copy()) for slot, _ in moved])
        try:
            for slot, value in moved:
                slot.array[...] = value
        except BaseException:
            self.put_back(displacement)
            raise
        return displacement

    def put_back(self, displacement: Displacement) -> None:
        """The values from before `displace`, to the last bit."""
        assert displacement is self.displacement
        for slot, array in displacement.kept:
            slot.array[...] = array
        self.displacement = None

    def settled(self) -> None:
        """RuntimeError if the parameters are displaced: what is done to them now would be undone or lost.

        ValueError if one was resized or reshaped in place.
        """
        if self.displacement is not None:
            raise RuntimeError(self.displacement.why)
        self._check_shapes()

    def ready(self) -> None:
        """As `settled`, and ValueError for a parameter that was made read-only: before any is written."""
        self.settled()
        if self._locked is not None:
            raise _read_only(self._locked)


def _arena(tree: Any) -> Packed | None:
    return tree if isinstance(tree, Packed) else None


def _arenas(tree: Any) -> Iterator[Packed]:
    """The arenas that parameters are put together of."""
    if isinstance(tree, Packed):
        yield tree
    elif isinstance(tree, (Mapping, Sequence)) and not isinstance(tree, (str, bytes)):
        for member in tree.values() if isinstance(tree, Mapping) else tree:
            yield from _arenas(member)


def _dtypes(slots: Sequence[Slot]) -> list[np.dtype]:
    """The dtypes that the updates of slots are computed in."""
    return [np.dtype(name) for name in sorted({COMPUTE[slot.array.dtype.name] for slot in slots})]


def _check_dtype(slot: Slot) -> None:
    array_backend(f"parameter {slot.title}", slot.array)
    if slot.array.dtype.name not in COMPUTE:
        raise TypeError(f"parameter {slot.title} must be {', '.join(COMPUTE)}, got {slot.array.dtype}")


def _read_only(slot: Slot) -> ValueError:
    return ValueError(f"parameter {slot.title} is read-only and cannot be updated in place: pass a copy")


def _check_arrays(slots: Sequence[Slot]) -> Backend:
    """The backend that owns all arrays; raises for mixed kinds, read-only arrays and shared memory."""
    if not slots:
        raise ValueError("params has no arrays")
    first = slots[0]
    kind = array_backend(first.title, first.array)
    spans = []
    for slot in slots:
        what = f"parameter {slot.title}"
        if not kind.owns(slot.array):
            other = array_backend(what, slot.array)
            raise TypeError(f"{what} is a {other.name} array and {first.title} a {kind.name} one: use one kind")
        if not kind.writable(slot.array):
            raise _read_only(slot)
        if kind.folds(slot.array):
            raise ValueError(f"{what} has elements that share memory: pass a copy")
        spans.append((*kind.extent(slot.array), slot))
    reaching: list[tuple[int, Slot]] = []
    for low, high, slot in sorted(spans, key=lambda span: span[:2]):
        reaching = [(end, before) for end, before in reaching if end > low]
        for _, before in reaching:
            if kind.overlap(slot.array, before.array):
                raise ValueError(f"parameters {before.title} and {slot.title} share memory: pass each array once")
        reaching.append((high, slot))
    return kind
