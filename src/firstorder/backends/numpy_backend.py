"""NumPy: the rule itself, called on blocks of the arrays that fit in cache."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from .base import Backend, Step

#: Bytes in a block of one array: with the temporaries of a rule, about a megabyte, which stays in a core's cache.
BLOCK = 131_072


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


class NumPyBackend(Backend):
    name = "numpy"

    def missing(self) -> str | None:
        return None

    @property
    def xp(self) -> ModuleType:
        return np

    def owns(self, array: Any) -> bool:
        return isinstance(array, np.ndarray)

    def run(self, step: Step, arrays: Sequence[np.ndarray]) -> None:
        rule, keywords = step.rule, step.keywords
        written = rule.program.written
        outputs = [i for i, w in enumerate(written) if w]
        for block in blocks(arrays, self.compute_dtype(arrays[0]), written):
            results = rule.function(*block, *step.scalar_state, **keywords)
            results = results if isinstance(results, tuple) else (results,)
            for i, result in zip(outputs, results, strict=False):  # a scalar state comes after the arrays
                block[i][...] = result

    def all_finite(self, array: np.ndarray) -> bool:
        with np.errstate(all="ignore"):
            if np.isfinite(array.sum(dtype=np.result_type(array.dtype, np.float32))):
                return True  # NaN and infinity would have stayed in the sum
        return all(np.isfinite(block).all() for (block,) in blocks([array], array.dtype, [False]))

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
