"""CuPy: one `ElementwiseKernel` for each rule and dtypes, so a step is one launch and one pass over memory."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from ..rules import Rule
from .base import Backend, Step


@cache
def compiled(rule: Rule, dtypes: tuple[str, ...], compute: str) -> Any:
    """The rule's `cupy.ElementwiseKernel` for arrays of these dtypes."""
    import cupy

    from ..reading.cuda import kernel

    k = kernel(rule.program, dict(zip(rule.program.arrays, dtypes, strict=True)), compute)
    return cupy.ElementwiseKernel(k.inputs, k.outputs, k.body, f"firstorder_{k.name}", preamble=k.preamble)


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

    def run(self, step: Step, arrays: Sequence[Any]) -> None:
        compute = self.compute_dtype(arrays[0])
        written = step.rule.program.written
        launch = compiled(step.rule, tuple(a.dtype.name for a in arrays), compute.name)
        inputs = [a for a, w in zip(arrays, written, strict=True) if not w]
        outputs = [a for a, w in zip(arrays, written, strict=True) if w]
        with arrays[0].device:
            launch(*inputs, *map(compute.type, step.arguments), *outputs)

    def all_finite(self, array: Any, dtype: np.dtype) -> bool:
        return bool(self.xp.isfinite(array.astype(dtype, copy=False)).all())

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
