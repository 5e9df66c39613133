"""NumPy: the rule itself, called on blocks of the arrays that fit in cache."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, compress
from types import ModuleType
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from ..rules import Rule
from .base import Backend, Batch, Step, Taken
from .headers import Held

#: Bytes in a block of one array: with the temporaries of a rule, about a megabyte, which stays in a core's cache.
BLOCK = 131_072

#: Elements up to which a product with itself is the fastest look at an array, and BLAS starts no threads for it.
DOT = 8_192


def blocks(arrays: Sequence[np.ndarray], dtype: np.dtype, written: Sequence[bool]) -> Iterator[tuple[np.ndarray, ...]]:
    """One-dimensional blocks of equally shaped arrays, cast to `dtype`; what is done to them is written back.

    Any shape and any memory layout; a block is a view where layout and dtype allow it, else a buffer.
    """
    flags = [["readwrite"] if w else ["readonly"] for w in written]
    iterator = np.nditer(  # type: ignore[call-overload]
        arrays,
        flags=["external_loop", "buffered", "zerosize_ok"],
        op_flags=flags,
        op_dtypes=[dtype] * len(arrays),
        order="K",
        casting="same_kind",
        buffersize=BLOCK // dtype.itemsize,
    )
    with iterator:
        if arrays[0].size:
            for block in iterator:
                yield block if isinstance(block, tuple) else (block,)


def _is_block(arrays: Sequence[np.ndarray], dtype: np.dtype) -> bool:
    """Whether the arrays are small, and of the dtype of the step: then an iterator would only cost time."""
    return arrays[0].nbytes <= BLOCK and [a.dtype for a in arrays].count(dtype) == len(arrays)


def _call(step: Step, arrays: Sequence[np.ndarray]) -> tuple[Any, ...]:
    """What the rule's function makes of the arrays; a scalar state comes last."""
    results = step.rule.function(*arrays, *step.scalar_state, **step.keywords)
    return results if isinstance(results, tuple) else (results,)


def end_to_end(arrays: Sequence[np.ndarray]) -> np.ndarray | None:
    """The arrays as one, without a copy, if they lie one behind the other in a buffer; else None."""
    buffer = arrays[0].base
    if not isinstance(buffer, np.ndarray) or buffer.ndim != 1 or not buffer.flags.carray:
        return None  # carray: in C order, aligned and writable, as its views may be without it
    start = end = arrays[0].ctypes.data
    if (start - buffer.ctypes.data) % buffer.itemsize:  # views of it as bytes may begin within an element
        return None
    for a in arrays:
        if a.base is not buffer or a.dtype != buffer.dtype or not a.flags.c_contiguous or a.ctypes.data != end:
            return None
        end += a.nbytes
    first = (start - buffer.ctypes.data) // buffer.itemsize
    return buffer[first : first + (end - start) // buffer.itemsize]


class _Block:
    """Small arrays that are updated by one call of the rule, laid end to end: as they are or, if need be, as copies."""

    def __init__(self, members: list[int], rows: Sequence[Sequence[np.ndarray]], buffers: Sequence[np.ndarray]):
        """members: which rows; buffers: room for the copies of each of the rule's arrays, the gradient second."""
        self.members = members
        parameters, *state = ([rows[i][k] for i in members] for k in range(len(rows[0])))
        ends = list(accumulate(p.size for p in parameters))
        self.arrays = [buffer[: ends[-1]] for buffer in buffers]
        self.copied: dict[int, tuple[list[np.ndarray], list[np.ndarray]]] = {}  # by column; the parts of each copy
        for k, column in enumerate([parameters, [], *state]):
            if column and (whole := end_to_end(column)) is not None and whole.dtype == buffers[k].dtype:
                self.arrays[k] = whole
            elif column:
                parts = [
                    self.arrays[k][end - a.size : end].reshape(a.shape) for a, end in zip(column, ends, strict=True)
                ]
                self.copied[k] = column, parts

    def gradient(self, gradients: Sequence[np.ndarray]) -> np.ndarray:
        """This block's part of the gradients, in the dtype of the step."""
        members = [gradients[i] for i in self.members]
        return np.concatenate(members, axis=None, out=self.arrays[1], casting="same_kind")

    def run(self, step: Step, gradients: Sequence[np.ndarray]) -> None:
        self.gradient(gradients)
        outputs = [k for k, written in enumerate(step.rule.program.written) if written]
        for k, (column, _) in self.copied.items():
            np.concatenate(column, axis=None, out=self.arrays[k], casting="same_kind")
        for k, result in zip(outputs, _call(step, self.arrays), strict=False):
            self.arrays[k][...] = result
            if k in self.copied:
                for _ in map(np.copyto, *self.copied[k]):  # the loop is NumPy's
                    pass


class _Batch(Batch):
    """Many small arrays by blocks, each gathered, updated and put back; the others one by one."""

    def __init__(self, backend: NumPyBackend, rule: Rule | None, rows: Sequence[Sequence[np.ndarray]]):
        super().__init__(backend, rule, rows)
        self._lay_out()

    def _lay_out(self) -> None:
        rows = self.rows
        self._held = Held([array for row in rows for array in row])
        small: dict[np.dtype, list[int]] = {}
        for i, row in enumerate(rows):
            dtype = self.backend.compute_dtype(row[0])
            if row[0].size * dtype.itemsize <= BLOCK // 4 and all(a.shape == row[0].shape for a in row):
                small.setdefault(dtype, []).append(i)
        self.blocks: list[_Block] = []
        for dtype, members in small.items():
            buffers = [np.empty(BLOCK // dtype.itemsize, dtype) for _ in range(len(rows[0]) + 1)]
            while members:
                ends = list(accumulate(rows[i][0].size for i in members))
                count = bisect_right(ends, buffers[0].size)
                self.blocks.append(_Block(members[:count], rows, buffers))
                members = members[count:]
        self.single = sorted(set(range(len(rows))).difference(*(block.members for block in self.blocks)))

    def take(self, gradients: Sequence[np.ndarray]) -> Taken:
        if not self._held.unchanged():  # `resize` in place
            self._lay_out()
        whole, single = [], [i for i in self.single if gradients[i] is not None]
        for block in self.blocks:
            present = [i for i in block.members if gradients[i] is not None]
            if len(present) == len(block.members):
                whole.append(block)
            else:
                single += present
        return _Taken(self, gradients, single, whole)


class _Taken(Taken):
    def __init__(self, batch: _Batch, gradients: Sequence[np.ndarray], single: list[int], blocks: list[_Block]):
        super().__init__(batch, gradients, single)
        self.blocks = blocks

    def finite(self) -> bool:
        with np.errstate(all="ignore"):  # what overflows in the dtype of the step is not finite there
            gradients = (block.gradient(self.gradients) for block in self.blocks)
            return all(self.batch.backend.all_finite(g, g.dtype) for g in gradients) and super().finite()

    def run(self, step: Step) -> None:
        with np.errstate(all="ignore"):
            for block in self.blocks:
                block.run(step, self.gradients)
        super().run(step)


class NumPyBackend(Backend):
    name = "numpy"
    compiles = False

    def missing(self) -> str | None:
        return None

    @property
    def xp(self) -> ModuleType:
        return np

    def owns(self, array: Any) -> bool:
        return isinstance(array, np.ndarray)

    def batch(self, rule: Rule | None, rows: Sequence[Sequence[np.ndarray]]) -> Batch:
        return _Batch(self, rule, rows) if len(rows) > 1 else super().batch(rule, rows)

    @np.errstate(all="ignore")  # an overflow must not stop the step between two blocks; `with` takes longer
    def run(self, step: Step, arrays: Sequence[np.ndarray]) -> None:
        dtype, written = self.compute_dtype(arrays[0]), step.rule.program.written
        for block in [arrays] if _is_block(arrays, dtype) else blocks(arrays, dtype, written):
            for target, result in zip(compress(block, written), _call(step, block), strict=False):
                target[...] = result

    def all_finite(self, array: np.ndarray, dtype: np.dtype) -> bool:
        if array.dtype == dtype and array.nbytes <= BLOCK:
            if array.size <= DOT and math.isfinite(np.vdot(array, array)):
                return True  # if only the squares have overflowed, it has to look
            return bool(np.isfinite(array).all())
        with np.errstate(all="ignore"):
            if np.isfinite(array.sum(dtype=dtype)):
                return True  # NaN and infinity would have stayed in the sum
            return all(np.isfinite(block).all() for (block,) in blocks([array], dtype, [False]))

    def extent(self, array: np.ndarray) -> tuple[int, int]:
        if array.flags.c_contiguous:
            start = array.__array_interface__["data"][0]
            return start, start + array.nbytes
        return byte_bounds(array)

    def overlap(self, a: np.ndarray, b: np.ndarray) -> bool:
        try:
            return np.shares_memory(a, b, max_work=100_000)  # type: ignore[arg-type]
        except np.exceptions.TooHardError:
            return True

    def writable(self, array: np.ndarray) -> bool:
        return array.flags.writeable


backend = NumPyBackend()
