"""Arrays handed out by name or by index: to set one is to write into the array that it is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NoReturn, Protocol

import numpy as np


def fits(target: Any, value: Any, what: str) -> None:
    """TypeError or ValueError unless `value` can be written into `target`, an array or views, whole."""
    if value is target:
        return
    if isinstance(target, Views):
        if not isinstance(value, Mapping) or value.keys() != target.keys():
            raise ValueError(f"{what} must have the names {', '.join(map(str, target))}, got {value!r}")
        for key, member in target.items():
            fits(member, value[key], repr(key))
        return
    if isinstance(target, ViewList):
        if not hasattr(value, "__len__") or len(value) != len(target) or isinstance(value, (str, bytes, Mapping)):
            raise ValueError(f"{what} must have {len(target)} members, got {value!r}")
        for i, (member, one) in enumerate(zip(target, value, strict=True)):
            fits(member, one, f"member {i}")
        return
    if not hasattr(target, "shape"):
        raise TypeError(f"{what} is {target!r} and no array to write into")
    if value is None or isinstance(value, (str, bytes)) or np.iscomplexobj(value):
        raise TypeError(f"{what} must be real, got {value!r}")
    if not hasattr(value, "dtype") and np.asarray(value).dtype.kind not in "biuf":
        raise TypeError(f"{what} must be real, got {value!r}")
    if (shape := np.shape(value)) not in ((), target.shape):
        raise ValueError(f"{what} must have the shape {target.shape}, or be one number, got the shape {shape}")


def write(target: Any, value: Any, what: str) -> None:
    """Write `value` into `target`, an array or views, whole or not at all; errors name `what`."""
    fits(target, value, what)
    _put(target, value)


def _put(target: Any, value: Any) -> None:
    if value is target:  # what `views[key] += 1` sets has been written
        return
    if isinstance(target, Views):
        for key, member in target.items():
            _put(member, value[key])
    elif isinstance(target, ViewList):
        for member, one in zip(target, value, strict=True):
            _put(member, one)
    else:
        target[...] = value


class Views(dict):
    """Arrays by name. Setting one, `views["w"] = 0` or `views["w"] += g`, writes into it; names neither come nor go."""

    def __setitem__(self, key: Any, value: Any) -> None:
        self.update({key: value})

    def update(self, *args: Any, **kwargs: Any) -> None:
        given = dict(*args, **kwargs)
        for key, value in given.items():
            if key not in self:
                raise KeyError(f"{key!r} is no name here; there are {', '.join(map(repr, self))}")
            fits(self[key], value, repr(key))
        for key, value in given.items():
            _put(self[key], value)

    def __ior__(self, other: Any) -> Any:  # type: ignore[misc]
        self.update(other)
        return self

    def __reduce__(self) -> Any:
        return dict, (dict(self),)

    def _fixed(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("the names here are those of the parameters, and none can be added or removed")

    __delitem__ = pop = popitem = clear = setdefault = _fixed


class ViewList(list):
    """Arrays by index. Setting one writes into it; none can be added or removed."""

    def __setitem__(self, key: Any, value: Any) -> None:
        if isinstance(key, slice):
            targets, values = self[key], list(value)
            if len(values) != len(targets):
                raise ValueError(f"{len(targets)} members can be set, got {len(values)}")
            for i, (target, one) in enumerate(zip(targets, values, strict=True)):
                fits(target, one, f"member {i}")
            for target, one in zip(targets, values, strict=True):
                _put(target, one)
        else:
            write(self[key], value, f"member {key}")

    def __reduce__(self) -> Any:
        return list, (list(self),)

    def _fixed(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise TypeError("the arrays here are those of the parameters, and none can be added, moved or removed")

    __delitem__ = __iadd__ = __imul__ = append = extend = insert = pop = remove = clear = sort = reverse = _fixed


class Owner(Protocol):
    """What puts the state of each slot together, and takes it apart: `firstorder.step.Parameters`."""

    def assemble(self, leaves: Sequence[Any]) -> Any: ...

    def leaves(self, tree: Any, what: str) -> list[Any]: ...


class State(Mapping[str, Any]):
    """State by name, each put together as the parameters are. `state["h"] = tree` writes into the arrays; so does
    setting one of them, `state["h"]["w"] = 1`.

    arrays: of each name the array of each slot, or None. numbers: of each name how to read the number of each slot,
    and how to set them.
    """

    def __init__(
        self,
        parameters: Owner,
        arrays: Mapping[str, list[Any]],
        numbers: Mapping[str, tuple[Callable[[], list[float]], Callable[[list[float]], None]]],
    ):
        self._parameters, self._arrays, self._numbers = parameters, arrays, numbers

    def having(self, arrays: Mapping[str, list[Any]]) -> State:
        """This with more arrays."""
        return State(self._parameters, {**self._arrays, **arrays}, self._numbers)

    def __getitem__(self, name: str) -> Any:
        leaves = self._arrays[name] if name in self._arrays else self._numbers[name][0]()
        return self._parameters.assemble(leaves)

    def __setitem__(self, name: str, tree: Any) -> None:
        if name not in self:
            raise KeyError(f"{name!r} is no state; there is {', '.join(map(repr, self)) or 'none'}")
        what = f"state[{name!r}]"
        if name in self._numbers:
            read, put = self._numbers[name]
            leaves = [tree] * len(read()) if np.ndim(tree) == 0 and not isinstance(tree, Mapping) else None
            numbers = leaves or self._parameters.leaves(tree, what)
            for value in numbers:
                if not np.isscalar(value) or isinstance(value, (str, bytes)) or np.iscomplexobj(value):
                    raise TypeError(f"{what} must be real numbers, got {value!r}")
            put([float(value) for value in numbers])
            return
        targets = self._arrays[name]
        pairs = list(zip(targets, self._parameters.leaves(tree, what), strict=True))
        for target, value in pairs:
            if target is not None or value is not None:
                fits(target, value, what)
        for target, value in pairs:
            if target is not None:
                target[...] = value

    def __iter__(self) -> Iterator[str]:
        return iter((*self._arrays, *self._numbers))

    def __len__(self) -> int:
        return len(self._arrays) + len(self._numbers)

    def __repr__(self) -> str:
        return repr(dict(self))
