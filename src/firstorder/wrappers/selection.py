"""Which parameters a wrapper acts on: by name, by group, or by a function of name and array."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Any

from ..step import Slot

#: Names or patterns of names ("*.bias"), numbers of groups, or a function of a parameter's name and array.
Only = str | int | Iterable[str | int] | Callable[[str, Any], bool]


class Selection:
    """The parameters that `only` names. Raises TypeError or ValueError, in the name of `title`, if it names none."""

    def __init__(self, title: str, only: Only, slots: Sequence[Slot]):
        self._function = only if callable(only) else None
        several = isinstance(only, Iterable) and not isinstance(only, str)
        given: list[Any] = [] if callable(only) else [*only] if several else [only]  # type: ignore[misc]
        self._patterns = tuple(given)
        self._chosen: dict[int, frozenset[int]] = {}
        for pattern in given:
            if isinstance(pattern, bool) or not isinstance(pattern, (str, int)):
                raise TypeError(
                    f"{title}: only must be names, patterns of names, numbers of groups or a function of name and "
                    f"array, got {pattern!r}"
                )
            if not any(self._fits(pattern, name, slot) for slot in slots for name in slot.parts(slot.array)):
                known = [name for slot in slots for name in slot.parts(slot.array)]
                more = ", …" if len(known) > 6 else ""
                raise ValueError(
                    f"{title}: only = {pattern!r} fits no parameter; there are {', '.join(map(repr, known[:6]))}{more}"
                )
        # Of all now, for a group that comes later changes their names.
        if not sum(len(self.chosen(slot)) for slot in slots):
            raise ValueError(f"{title}: only = {only!r} fits no parameter")

    @staticmethod
    def _fits(pattern: str | int, name: str, slot: Slot) -> bool:
        return pattern == slot.group if isinstance(pattern, int) else fnmatchcase(name, pattern)

    def chosen(self, slot: Slot) -> frozenset[int]:
        """Which of a slot's parameters are selected, by their place in it; found once."""
        if slot.number not in self._chosen:
            self._chosen[slot.number] = frozenset(
                k
                for k, (name, part) in enumerate(slot.parts(slot.array).items())
                if (
                    self._function(name, part)
                    if self._function
                    else any(self._fits(pattern, name, slot) for pattern in self._patterns)
                )
            )
        return self._chosen[slot.number]
