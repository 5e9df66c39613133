"""Gradients that are too large, made smaller: by element, by parameter, all together."""

from __future__ import annotations

from typing import Any, ClassVar

from ..step import Pairs
from .norms import norm, total_norm
from .wrapper import Setting, Wrapper, wide


class ClipValue(Wrapper):
    """Gradients clipped element by element to [−max_value, max_value].

    PyTorch: `clip_grad_value_`; optax: `clip`; Keras: `clipvalue`. All agree.
    """

    settings: ClassVar = {"max_value": Setting(1.0, "largest magnitude of an element")}
    transforms = True

    def gradients(self, pairs: Pairs) -> Pairs:
        xp, bound = self.parameters.xp, self.max_value
        return [(slot, xp.asarray(xp.clip(wide(g), -bound, bound))) for slot, g in pairs]


_NORM_SETTINGS = {
    "max_norm": Setting(1.0, "largest norm"),
    "eps": Setting(1e-6, "added to the norm before the division"),
}


class ClipNorm(Wrapper):
    """Each parameter's gradient scaled down to a norm of at most max_norm, each for itself, also within an Arena.

    The factor is max_norm / (norm + eps) where that is less than 1. PyTorch: `clip_grad_norm_` on each parameter alone,
    with eps = 1e-6; Keras: `clipnorm`; optax's nearest is `clip_by_block_rms`, by the root mean square.
    """

    settings: ClassVar = _NORM_SETTINGS
    transforms = True

    def _factor(self, length: float) -> float:
        total = length + self.eps
        return self.max_norm / total if total > self.max_norm else 1.0

    def gradients(self, pairs: Pairs) -> Pairs:
        def clipped(g: Any) -> Any:
            return g * self._factor(norm(self.parameters.xp, g))

        return self.mapped(clipped, pairs)


class ClipGlobalNorm(ClipNorm):
    """All gradients scaled down together, to a norm of at most max_norm over all elements of all of them.

    Source: Pascanu, Mikolov and Bengio (2013), Algorithm 1. The factor is max_norm / (norm + eps) where that is less
    than 1. PyTorch: `clip_grad_norm_`, with eps = 1e-6; optax (`clip_by_global_norm`) and Keras (`global_clipnorm`):
    eps = 0. `norm` is the norm, before it was clipped, of the last gradients given; None before any.
    """

    settings: ClassVar = _NORM_SETTINGS
    _last: float | None = None

    @property
    def norm(self) -> float | None:
        return self._last

    def gradients(self, pairs: Pairs) -> Pairs:
        xp = self.parameters.xp
        self._last = total_norm(xp, pairs)
        factor = self._factor(self._last)
        return pairs if factor == 1 else [(slot, xp.asarray(wide(g) * factor)) for slot, g in pairs]
