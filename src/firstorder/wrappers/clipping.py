"""Gradients that are too large, made smaller: by element, by parameter, all together."""

from __future__ import annotations

import math
from collections.abc import Collection
from typing import Any, ClassVar

import numpy as np

from ..step import Pairs
from .norms import norm, scaled, total_norm
from .setting import Setting
from .wrapper import Wrapper, wide


class ClipValue(Wrapper):
    """Gradients clipped element by element to [−max_value, max_value].

    PyTorch: `clip_grad_value_`; optax: `clip`; Keras: `clipvalue`. All agree.
    """

    settings: ClassVar = {"max_value": Setting(1.0, "largest magnitude of an element")}
    selective = True
    transforms = True

    def gradients(self, pairs: Pairs) -> Pairs:
        xp, bound = self.parameters.xp, self.max_value
        return self.mapped(lambda g: xp.clip(g, -bound, bound), pairs, apart=False)


class _ByNorm(Wrapper):
    settings: ClassVar = {
        "max_norm": Setting(1.0, "largest norm; inf only measures", infinite=True),
        "eps": Setting(1e-6, "added to the norm before the division"),
        "norm_type": Setting(2.0, "p of the p-norm; inf is the largest magnitude", 1.0, infinite=True, late=True),
    }
    selective = True
    transforms = True

    def _factor(self, length: Any) -> Any:
        total = length + self.eps
        return self.parameters.xp.where(total > self.max_norm, self.max_norm / total, 1.0)

    def _leave(self, factors: Collection[Any]) -> bool:
        """Whether these factors scale nothing, as far as can be told without waiting for a device."""
        here = self.parameters.xp is np
        return not factors or self.max_norm == math.inf or (here and all(factor == 1 for factor in factors))


class ClipNorm(_ByNorm):
    """Each parameter's gradient scaled down to a norm of at most max_norm, each for itself, also within an Arena.

    The factor is max_norm / (norm + eps) where that is less than 1. `norms` are the norms of the last gradients given,
    before they were clipped, by parameter name: for a log; with max_norm = inf they are measured and nothing else.
    PyTorch: `clip_grad_norm_` on each parameter alone, with eps = 1e-6 and `norm_type`; Keras: `clipnorm`; optax's
    nearest is `clip_by_block_rms`, by the root mean square.
    """

    _last: dict[str, Any] | None = None

    @property
    def norms(self) -> dict[str, float]:
        return {name: float(length) for name, length in (self._last or {}).items()}

    def gradients(self, pairs: Pairs) -> Pairs:
        xp, clipped = self.parameters.xp, []
        self._last = {}
        for slot, g in pairs:
            lengths = {name: norm(xp, part, self.norm_type) for name, part in self.named(slot, g).items()}
            self._last |= lengths
            factors = {name: self._factor(length) for name, length in lengths.items()}
            if self._leave(factors.values()):
                pass
            elif slot.packed is None:
                g = xp.asarray(scaled(wide(g), factors[slot.name]))
            else:
                g = wide(g).copy()
                for name, part in self.named(slot, g).items():
                    part[...] = scaled(part, factors[name])
            clipped.append((slot, g))
        return clipped


class ClipGlobalNorm(_ByNorm):
    """All gradients scaled down together, to a norm of at most max_norm over all elements of all of them.

    Source: Pascanu, Mikolov and Bengio (2013), Algorithm 1. The factor is max_norm / (norm + eps) where that is less
    than 1. PyTorch: `clip_grad_norm_`, with eps = 1e-6 and `norm_type`; optax (`clip_by_global_norm`) and Keras
    (`global_clipnorm`): eps = 0. `norm` is that of the last gradients given, before they were clipped, for a log; None
    before any. With max_norm = inf it is measured and nothing else.
    """

    _last: Any = None

    @property
    def norm(self) -> float | None:
        return None if self._last is None else float(self._last)

    def gradients(self, pairs: Pairs) -> Pairs:
        xp = self.parameters.xp
        whole = self._selection is None  # an Arena's norm is then one norm
        chosen: list[Any] = [part for slot, g in pairs for part in ([g] if whole else self.named(slot, g).values())]
        self._last = total_norm(xp, chosen, self.norm_type)
        factor = self._factor(self._last)
        return pairs if self._leave([factor]) else self.mapped(lambda g: scaled(g, factor), pairs, apart=False)
