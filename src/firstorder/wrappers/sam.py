"""Sharpness-aware minimization: a step that takes two gradients."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from ..step import Stepper
from ..step.parameters import Displacement
from .norms import scaled, total_norm
from .setting import Setting
from .wrapper import Wrapper, wide


class SAM(Wrapper):
    """Sharpness-aware minimization: the step from here uses the gradient of a worse place nearby.

        sam.perturb(gradient(params))    # params are now ρ further up the hill
        sam.step(gradient(params))       # back to where they were, to the last bit, and one step

    Source: Foret et al. (2021), Algorithm 1, with p = 2: θ + ρ g / ‖g‖, the norm over all parameters. A gradient of 0
    does not perturb. `step` always goes back first, so that also when it raises the parameters are as before
    `perturb`; `restore` goes back without a step. `perturb` raises like `step` for gradients that do not fit; under
    on_nonfinite="skip" it returns False, and the `step` that follows is skipped too. Wrappers around it pass `perturb`
    on as it is: they act on the second gradient alone. Until `step` or `restore`, state is neither saved nor loaded,
    and averages are not swapped in. optax.contrib: `sam`; PyTorch has none.
    """

    settings: ClassVar = {"rho": Setting(0.05, "radius of the neighbourhood")}
    _away: Displacement | None = None
    _bad = False

    def __init__(self, optimizer: Stepper, **settings: Any):
        super().__init__(optimizer, **settings)
        if optimizer.evaluations > 1:
            raise TypeError(f"{type(self).__name__}: the optimizer takes two gradients a step already")

    @property
    def evaluations(self) -> int:
        return 2

    def perturb(self, grads: Any) -> bool:
        """Move the parameters by ρ along their gradient; True unless this step is to be skipped."""
        if self._away is not None:
            raise RuntimeError("SAM: the parameters are perturbed already: step(grads) or restore() goes back")
        ours = self.parameters
        ours.settled()
        pairs = ours.match(grads)
        self._bad = not self.passes(pairs, cast=False)
        moved = []
        with np.errstate(all="ignore"):
            if not self._bad:
                norm = total_norm(ours.xp, [g for _, g in pairs])
                scale = ours.xp.where(norm == 0, 0.0, self.number("rho") / norm)
                moved = [(slot, slot.array + scaled(wide(g), scale)) for slot, g in pairs]
            why = "SAM: the parameters are perturbed: step(grads) or restore() first"
            self._away = ours.displace(why, moved)
        return not self._bad

    def restore(self) -> None:
        """Go back to where the parameters were before `perturb`; does nothing if they are there."""
        if self._away is not None:
            self.parameters.put_back(self._away)
            self._away = None

    def begin(self) -> bool:
        if self._away is None and not self._flushing:
            self.parameters.settled()
            raise RuntimeError(
                "SAM: call perturb(grads) first, and step with the gradients at the perturbed parameters"
            )
        self.restore()
        return self.inner.begin() and (self._flushing or not self._bad)
