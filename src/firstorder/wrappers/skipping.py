"""Steps that were skipped, counted: an endless streak of them is an error."""

from __future__ import annotations

from typing import ClassVar

from ..step import Pairs, Plan
from .setting import Setting
from .wrapper import Wrapper


class SkipLimit(Wrapper):
    """An error where more than `limit` steps in a row are skipped for gradients that are not finite.

    Under on_nonfinite="skip", and in `LossScale`, a training that has diverged would else go on without a word.
    `skipped` are the steps skipped in a row so far. Put it outside of `LossScale`. optax: `apply_if_finite`, which
    applies what is not finite then; PyTorch has none.

    Raises FloatingPointError, and nothing was updated.
    """

    settings: ClassVar = {"limit": Setting(10, "steps in a row that may be skipped", 0, whole=True, fixed=True)}
    counters = ("skipped",)

    @property
    def skipped(self) -> int:
        return self.kept.counters["skipped"]

    def begin(self) -> bool:
        return super().begin() or self._skipped()

    def passes(self, pairs: Pairs, cast: bool = True, what: str = "the gradient") -> bool:
        return super().passes(pairs, cast, what) or self._skipped()

    def plan(self, pairs: Pairs) -> Plan | None:
        plan = super().plan(pairs)
        if plan is None:
            self._skipped()
        return plan

    def after(self, plan: Plan) -> None:
        self.kept.counters["skipped"] = 0

    def _skipped(self) -> bool:
        """Count one more; False, for it was skipped."""
        self.kept.counters["skipped"] += 1
        if self.skipped > self.limit:
            raise FloatingPointError(
                f"SkipLimit: {self.skipped} steps in a row were skipped for gradients with NaN or infinity, and the "
                f"limit is {self.limit}; {self.t} steps were taken before, and nothing was updated since"
            )
        return False
