"""Where the data of many NumPy arrays lies: read from the arrays' headers, all at once.

NumPy tells an array's address in about a microsecond, and its shape, dtype and flags in a few tenths of one: a
thousand gradients would take longer to look at than to apply. The header of an array (`PyArrayObject_fields` of
NumPy's C interface, public and stable) can be read for all of them in a few vectorised loads. Whether it is laid out
as expected is tried once, on arrays whose header is known; where it is not (another Python, free threading), the
arrays are asked one by one.
"""

from __future__ import annotations

import ctypes
import sys
from bisect import bisect_left
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

#: Fields of the header, in words from the start of the object: CPython's reference count and type, then NumPy's.
TYPE, DATA, DIMENSIONS, SHAPE, DTYPE, FLAGS = 1, 2, 3, 4, 7, 8
PLAIN, PLAIN_FORTRAN = 0x1 | 0x100, 0x2 | 0x100  # flags: in C order or Fortran's, aligned
#: Of a dtype, the word with kind, byte order and number: arrays that were unpickled have a dtype object of their own.
KIND = 3
LOW = 0xFFFFFFFF  # dimensions and flags are 32 bits wide
#: Below this many arrays asking one by one is faster.
MANY = 40
#: Up to this many arrays that are held, too.
FEW = 3


@cache
def _memory() -> np.ndarray | None:
    """This process's memory as words, the first at address 8 (0 would be no address); None if headers are unknown."""
    gil = getattr(sys, "_is_gil_enabled", lambda: True)()
    if sys.implementation.name != "cpython" or not gil or ctypes.sizeof(ctypes.c_void_p) != 8:
        return None
    if object.__basicsize__ != 16 or np.ndarray.__basicsize__ < 8 * (FLAGS + 1):
        return None
    memory = np.frombuffer(memoryview((ctypes.c_int64 * (2**44 - 2)).from_address(8)), np.int64)
    memory.flags.writeable = False

    def known(a: np.ndarray) -> bool:
        def field(k: int) -> int:
            return memory.item(_word(id(a)) + k)

        shape = _word(field(SHAPE))
        return (
            field(TYPE) == id(np.ndarray)
            and field(DATA) == a.ctypes.data
            and field(DIMENSIONS) & LOW == a.ndim
            and field(DTYPE) == id(a.dtype)
            and memory.item(_word(id(a.dtype)) + KIND) >> 32 == a.dtype.num
            and memory.item(_word(id(a.dtype)) + KIND) & 0xFF == ord(a.dtype.kind)
            and field(FLAGS) & LOW == a.flags.num
            and tuple(memory[shape : shape + a.ndim].tolist()) == a.shape
        )

    whole = np.empty((4, 6, 5), "float32")
    try:
        if all(map(known, (whole, whole[1:, ::2], whole.T, whole[0], whole[:0], np.empty(7)))):
            return memory
    except IndexError:  # addresses beyond what a view can span
        pass
    return None


def _word(address: Any) -> Any:
    """Where `_memory` has the word at an address."""
    return (address >> 3) - 1


_A_HEADER = np.empty((1,) * 32)  # read in place of what is no array


class Headers:
    """What is expected of a sequence of arrays: plain NumPy arrays in C order, of these shapes and dtypes."""

    def __init__(self, shapes: Sequence[tuple[int, ...]], dtypes: Sequence[np.dtype]):
        self.shapes, self.dtypes = list(shapes), list(dtypes)
        memory = _memory()
        self._kind = None if memory is None else np.array([memory.item(_word(id(d)) + KIND) for d in dtypes])
        self._ndim = np.array([len(shape) for shape in shapes], np.int64)
        self._lengths = np.array([n for shape in shapes for n in shape], np.int64)
        self._owner = np.repeat(np.arange(len(shapes)), self._ndim)  # whose each length is
        self._axis = np.arange(len(self._lengths)) - (np.cumsum(self._ndim) - self._ndim)[self._owner]

    def addresses(self, arrays: Sequence[Any]) -> np.ndarray:
        """The address of each array's data, 0 where an array is not as expected."""
        memory = _memory()
        if memory is None or len(arrays) < MANY:
            return np.array([*map(_plain_address, arrays, self.shapes, self.dtypes)], np.int64)
        at = _word(np.fromiter(map(id, arrays), np.int64, len(arrays)))
        ok = memory.take(at + TYPE) == id(np.ndarray)
        if not ok.all():  # of what is no array nothing more is read
            at = np.where(ok, at, _word(id(_A_HEADER)))
        ok &= memory.take(_word(memory.take(at + DTYPE)) + KIND) == self._kind
        ok &= memory.take(at + FLAGS) & PLAIN == PLAIN
        ok &= memory.take(at + DIMENSIONS) & LOW == self._ndim
        shape = _word(memory.take(at + SHAPE))
        if not ok.all():
            shape = np.where(ok, shape, _word(memory.item(_word(id(_A_HEADER)) + SHAPE)))
        wrong = memory.take(shape.take(self._owner) + self._axis) != self._lengths
        if wrong.any():
            ok[self._owner[wrong]] = False
        return memory.take(at + DATA) * ok


class Gradients(Headers):
    """Gradients of these arrays: like them, and apart from spans of memory.

    lows: where each span begins, ascending; reach: where the last of all spans up to this one ends.
    """

    def __init__(self, arrays: Sequence[np.ndarray], lows: list[int], reach: list[int]):
        super().__init__([a.shape for a in arrays], [a.dtype for a in arrays])
        self._lows, self._reach = lows, reach
        self._each = [(a.shape, a.dtype, a.nbytes) for a in arrays]
        self._as_arrays = np.array(lows), np.array(reach), np.array([a.nbytes for a in arrays])

    def fit(self, arrays: Sequence[Any]) -> bool:
        if len(arrays) >= MANY:
            found = self.addresses(arrays)
            lows, reach, sizes = self._as_arrays
            before = np.searchsorted(lows, found + sizes)
            return bool(found.all()) and not ((before > 0) & (reach[before - 1] > found)).any()
        for array, (shape, dtype, size) in zip(arrays, self._each, strict=True):
            at = _plain_address(array, shape, dtype)
            before = bisect_left(self._lows, at + size)
            if not at or (before and self._reach[before - 1] > at):
                return False
        return True


def _plain_address(array: Any, shape: tuple[int, ...], dtype: np.dtype) -> int:
    if type(array) is not np.ndarray or array.shape != shape or array.dtype != dtype:
        return 0
    if array.flags.num & PLAIN != PLAIN:
        return 0
    return address(array)


def address(array: np.ndarray) -> int:
    """Where the array's data begins."""
    memory = _memory()
    return array.ctypes.data if memory is None else memory.item((id(array) >> 3) - 1 + DATA)


def addresses(arrays: Sequence[np.ndarray]) -> list[int]:
    """Where the data of each begins."""
    memory = _memory()
    if memory is None:
        return [array.ctypes.data for array in arrays]
    return [memory.item((id(array) >> 3) - 1 + DATA) for array in arrays]


class Held:
    """Arrays that someone holds: whether their headers are still what they were, in-place `resize` and all."""

    def __init__(self, arrays: Sequence[np.ndarray]):
        self.arrays = list(arrays)
        memory = self._memory()
        if memory is not None:
            at = _word(np.array([*map(id, self.arrays)], np.int64))
            self._header = (at[:, None] + np.array([DATA, DIMENSIONS, SHAPE, DTYPE, FLAGS])).ravel()
            shape = [_word(memory.item(i)) for i in (at + SHAPE).tolist()]
            self._shape = np.array(
                [start + k for a, start in zip(self.arrays, shape, strict=True) for k in range(a.ndim)], np.int64
            )
        self._then = self._now(memory)

    def _memory(self) -> np.ndarray | None:
        """Where headers are read; None where asking the arrays themselves is faster, or has to do."""
        return None if len(self.arrays) <= FEW else _memory()

    def unchanged(self) -> bool:
        memory = self._memory()
        if memory is None:
            return self._now(None) == self._then
        header, shape = self._then
        return memory.take(self._header).tobytes() == header and memory.take(self._shape).tobytes() == shape

    def _now(self, memory: np.ndarray | None) -> Any:
        if memory is None:
            return [(address(a), a.shape, a.dtype, a.flags.num) for a in self.arrays]
        return memory.take(self._header).tobytes(), memory.take(self._shape).tobytes()
