"""CuPy: one `ElementwiseKernel` for each rule and dtypes, so a step is one launch, over one array or a list of them."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from ..rules import Rule
from .base import Backend, Batch, Step, Taken

if TYPE_CHECKING:
    from ..reading.cuda import Kernel


def _elementwise(k: Kernel) -> Any:
    import cupy

    return cupy.ElementwiseKernel(k.inputs, k.outputs, k.body, f"firstorder_{k.name}", preamble=k.preamble)


@cache
def compiled(rule: Rule, dtypes: tuple[str, ...], compute: str) -> Any:
    """The rule's `cupy.ElementwiseKernel` for arrays of these dtypes."""
    from ..reading.cuda import kernel

    return _elementwise(kernel(rule.program, dict(zip(rule.program.arrays, dtypes, strict=True)), compute))


@cache
def compiled_rows(rule: Rule, dtypes: tuple[str, ...], compute: str) -> Any:
    """The same for many arrays of these dtypes, given by their addresses."""
    from ..reading.cuda import kernel_of_rows

    return _elementwise(kernel_of_rows(rule.program, dict(zip(rule.program.arrays, dtypes, strict=True)), compute))


@cache
def compiled_finite(dtype: str, compute: str) -> Any:
    from ..reading.cuda import kernel_of_finite

    return _elementwise(kernel_of_finite(dtype, compute))


@cache
def compiled_look(dtype: str, compute: str) -> Any:
    """The same in one array of any layout."""
    import cupy

    from ..reading.cuda import C_TYPES

    body = f"if (!isfinite(({C_TYPES[compute]})g)) {{ found_[0] = 1; }}"
    return cupy.ElementwiseKernel(f"{dtype} g", "raw int64 found_", body, "firstorder_look")


class _OnDevice:
    """Numbers on the device, sent there only when they are others than before.

    The copy is taken from pageable memory: it is in order with what else the stream does, and the host goes on as soon
    as the numbers are read, without waiting for the device.
    """

    def __init__(self) -> None:
        self.sent = b""
        self.array: Any = None

    def of(self, numbers: np.ndarray) -> Any:
        import cupy

        if numbers.tobytes() != self.sent:
            if self.array is None or self.array.size != numbers.size:
                self.array = cupy.empty(numbers.shape, numbers.dtype)
            numbers = np.ascontiguousarray(numbers)
            stream = cupy.cuda.get_current_stream()
            self.array.data.copy_from_host_async(numbers.ctypes.data, numbers.nbytes, stream)
            self.sent = numbers.tobytes()
        return self.array


class _Part:
    """Rows of arrays in C order, with equal dtypes, on one device."""

    def __init__(self, members: list[int], rows: Sequence[Sequence[Any]], dtype: np.dtype):
        self.members = members
        arrays = [rows[i] for i in members]
        self.dtypes = [a.dtype.name for a in arrays[0]]
        self.compute, self.device = dtype, arrays[0][0].device
        self.shapes = [row[0].shape for row in arrays]
        self.sizes = np.array([row[0].size for row in arrays], np.int64)
        self._addresses = np.array([[a.data.ptr for a in column] for column in zip(*arrays, strict=True)], np.int64)
        self.table, self.gradients, self.row, self.begin, self.size = (_OnDevice() for _ in range(5))

    def chunks(self, sizes: np.ndarray) -> tuple[int, tuple[Any, Any, Any]]:
        """Indices of a launch over rows of these sizes, each rounded up to whole chunks, and the map of them."""
        from ..reading.cuda import CHUNK

        chunks = -(-sizes // CHUNK)
        row = np.repeat(np.arange(len(sizes), dtype=np.int32), chunks)
        begin = (np.cumsum(chunks) - chunks) * CHUNK
        return len(row) * CHUNK, (self.row.of(row), self.begin.of(begin), self.size.of(sizes))

    def run(self, step: Step, dtype: str, pointers: np.ndarray, sizes: np.ndarray) -> None:
        p, *state = self.dtypes
        with self.device:
            indices, chunks = self.chunks(sizes)
            if indices:
                launch = compiled_rows(step.rule, (p, dtype, *state), self.compute.name)
                scalars = map(self.compute.type, step.arguments)
                given = (*chunks, self.gradients.of(pointers), len(sizes), *scalars)
                launch(*given, self.table.of(self._addresses.ravel()), size=indices)

    def look(self, found: Any, stamp: int, dtype: str, pointers: np.ndarray, sizes: np.ndarray) -> None:
        """Launch the search for what is not finite, which writes `stamp` to `found` on the device."""
        with self.device:
            indices, chunks = self.chunks(sizes)
            if indices:
                given = (*chunks, self.gradients.of(pointers), stamp)
                compiled_finite(dtype, self.compute.name)(*given, found, size=indices)


class _Batch(Batch):
    """One launch for all rows whose arrays are in C order; the others one by one."""

    def __init__(self, backend: CuPyBackend, rule: Rule | None, rows: Sequence[Sequence[Any]]):
        super().__init__(backend, rule, rows)
        alike: dict[tuple[Any, ...], list[int]] = {}
        for i, row in enumerate(rows):
            if all(a.flags.c_contiguous and a.shape == row[0].shape for a in row):
                alike.setdefault((row[0].device.id, *(a.dtype.name for a in row)), []).append(i)
        self.parts = [_Part(members, rows, backend.compute_dtype(rows[members[0]][0])) for members in alike.values()]
        self.odd = sorted(set(range(len(rows))).difference(*alike.values()))
        self.found: dict[int, Any] = {}  # by device
        self.stamp = 0

    def take(self, gradients: Sequence[Any]) -> Taken:
        return _Taken(self, gradients)


class _Taken(Taken):
    batch: _Batch

    def __init__(self, batch: _Batch, gradients: Sequence[Any]):
        super().__init__(batch, gradients, [i for i in batch.odd if gradients[i] is not None])
        self.parts = []
        for part in batch.parts:
            given = [gradients[i] for i in part.members]
            dtype = next((g.dtype for g in given if g is not None), None)
            if dtype is None:
                continue
            fits = [
                g is not None
                and g.dtype == dtype
                and g.shape == shape
                and g.flags.c_contiguous
                and g.device == part.device
                for g, shape in zip(given, part.shapes, strict=True)
            ]
            if all(fits):
                sizes, pointers = part.sizes, np.array([g.data.ptr for g in given], np.int64)
            else:
                self.single += [
                    i for i, fit in zip(part.members, fits, strict=True) if not fit and gradients[i] is not None
                ]
                sizes = np.where(fits, part.sizes, 0)
                pointers = np.array([g.data.ptr if fit else 0 for g, fit in zip(given, fits, strict=True)], np.int64)
            self.parts.append((part, dtype.name, pointers, sizes))

    def finite(self) -> bool:
        """With one synchronisation for all rows of a device: the host reads one number, the last stamp or an older."""
        import cupy

        batch = self.batch
        batch.stamp += 1
        looked = {}
        for part, *given in self.parts:
            if part.device.id not in batch.found:
                with part.device:
                    batch.found[part.device.id] = cupy.zeros(1, "int64")
            found = looked[part.device.id] = batch.found[part.device.id]
            part.look(found, batch.stamp, *given)
        return all(int(found.get()[0]) != batch.stamp for found in looked.values()) and super().finite()

    def run(self, step: Step) -> None:
        for part, *given in self.parts:
            part.run(step, *given)
        super().run(step)


class CuPyBackend(Backend):
    name = "cupy"
    arrays = "cupy"
    rank = 2

    def missing(self) -> str | None:
        try:
            import cupy
        except ImportError:
            return "pip install 'firstorder[cuda12]' or 'firstorder[cuda13]', after the CUDA version of your driver"
        try:
            if cupy.cuda.runtime.getDeviceCount() > 0:
                return None
        except cupy.cuda.runtime.CUDARuntimeError as error:
            return f"CuPy is installed but finds no usable GPU ({error})"
        return "CuPy is installed but finds no GPU"

    @property
    def xp(self) -> ModuleType:
        import cupy

        return cupy

    def owns(self, array: Any) -> bool:
        cupy = sys.modules.get("cupy")
        return cupy is not None and isinstance(array, cupy.ndarray)

    def batch(self, rule: Rule | None, rows: Sequence[Sequence[Any]]) -> Batch:
        return _Batch(self, rule, rows)

    def run(self, step: Step, arrays: Sequence[Any]) -> None:
        compute = self.compute_dtype(arrays[0])
        written = step.rule.program.written
        launch = compiled(step.rule, tuple(a.dtype.name for a in arrays), compute.name)
        inputs = [a for a, w in zip(arrays, written, strict=True) if not w]
        outputs = [a for a, w in zip(arrays, written, strict=True) if w]
        with arrays[0].device:
            launch(*inputs, *map(compute.type, step.arguments), *outputs)

    def scalar(self, value: Any, dtype: np.dtype) -> Any:
        # A condition on it is then one of the device, as CuPy's `where` wants it, from the first step on.
        return value if self.owns(value) else self.xp.full((), value, dtype)

    def number(self, value: Any) -> Any:
        return value  # it stays on the device: reading it would make the host wait

    def all_finite(self, array: Any, dtype: np.dtype) -> bool:
        with array.device:
            found = self.xp.zeros(1, "int64")
            compiled_look(array.dtype.name, np.dtype(dtype).name)(array, found)
            return not found.get()[0]

    def extent(self, array: Any) -> tuple[int, int]:
        if not array.size:
            return array.data.ptr, array.data.ptr
        spans = [(n - 1) * s for n, s in zip(array.shape, array.strides, strict=True)]
        low = array.data.ptr + sum(s for s in spans if s < 0)
        return low, array.data.ptr + sum(s for s in spans if s > 0) + np.dtype(array.dtype).itemsize

    def overlap(self, a: Any, b: Any) -> bool:
        return bool(self.xp.shares_memory(a, b))

    def writable(self, array: Any) -> bool:
        return True  # CuPy has no read-only arrays


backend = CuPyBackend()
