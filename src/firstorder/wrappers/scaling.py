"""Gradients and steps multiplied by a number: a loss that was scaled, a layer's own rate, a maximum to be found."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..step import Pairs, Plan, Slot
from .setting import Setting
from .wrapper import Wrapper


class Maximize(Wrapper):
    """Steps uphill: gradients are negated, all or those that `only` names, as for the two sides of a game.

    PyTorch: the argument `maximize` of its optimizers; optax: `scale(-1)` before the optimizer. A decay, inside or
    outside, still shrinks.
    """

    selective = True

    def gradients(self, pairs: Pairs) -> Pairs:
        return self.mapped(self.parameters.xp.negative, pairs, apart=False)


class ScaleStep(Wrapper):
    """Every step `factor` times as long, of all parameters or of those that `only` names: rates layer by layer.

        fo.ScaleStep(fo.Adam(params, lr=fo.Cosine(1e-3, 1000)), factor=0.1, only="embedding.*")

    The optimizer's state knows nothing of it. For a rule that multiplies its whole step by the rate, this is a rate of
    factor · lr. PyTorch has groups with rates of their own for it, and so have we; optax' `scale` after it is
    this.
    """

    settings: ClassVar = {"factor": Setting(1.0, "length of a step, in steps of the optimizer")}
    selective = True
    writes = True
    _from: ClassVar[list[tuple[Slot, Any]]] = []

    def before(self, plan: Plan) -> None:
        self._from = [(slot, slot.array.copy()) for slot in plan.slots]  # type: ignore[misc]

    def after(self, plan: Plan) -> None:
        for slot, start in self._from:
            starts, dtype = slot.parts(start), self.parameters.compute_dtype(slot)
            for name, part in self.named(slot, slot.array).items():
                whole = starts[name].astype(dtype, copy=False)
                part[...] = whole + self.factor * (part - whole)
        self._from = []  # type: ignore[misc]


class LossScale(Wrapper):
    """Gradients of a scaled loss, for those that would vanish in float16; the scale finds its own size.

        opt = fo.LossScale(fo.ClipGlobalNorm(fo.Adam(params)))
        opt.step(gradient(opt.scale * loss))

    The gradients are divided by `scale`. If they have overflowed, the step is skipped, whatever `on_nonfinite` is, and
    the scale multiplied by `backoff`; after `interval` steps in a row it is multiplied by `growth`. Put it outside of
    what clips, collects or looks at gradients. Source: Micikevicius et al. (2018), section 3.2; the defaults and their
    order are PyTorch's `torch.amp.GradScaler`, whose `scale`, `unscale_`, `step` and `update` are one here. optax and
    Keras: `LossScaleOptimizer` (Keras).
    """

    settings: ClassVar = {
        "scale": Setting(
            65536.0, "what the loss is multiplied by now", float(np.finfo("f4").smallest_subnormal), fixed=True
        ),
        "growth": Setting(2.0, "factor on the scale after `interval` good steps", 1.0, fixed=True),
        "backoff": Setting(0.5, "factor on the scale after gradients that are not finite", 0.0, 1.0, fixed=True),
        "interval": Setting(2000, "good steps in a row after which the scale grows", 1, whole=True, fixed=True),
    }
    counters = ("good",)
    transforms = True

    def passes(self, pairs: Pairs, cast: bool = True, what: str = "the gradient") -> bool:
        if self.parameters.not_finite(pairs, cast) is None:
            return True
        self._rescale(self.backoff)
        return False

    def gradients(self, pairs: Pairs) -> Pairs:
        return self.mapped(lambda g: g * (1 / self.scale), pairs, apart=False)

    def after(self, plan: Plan) -> None:
        self.kept.counters["good"] += 1
        if self.kept.counters["good"] >= self.interval:
            self._rescale(self.growth)

    def _rescale(self, factor: float) -> None:
        """Another scale, unless it would be no number to divide by; the count begins anew."""
        setting, scale = self.settings["scale"], self._settings["scale"] * factor  # type: ignore[operator]
        if setting.low <= scale < float("inf"):
            self._settings["scale"] = scale
        self.kept.counters["good"] = 0
