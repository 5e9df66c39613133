"""Averages of the parameters along their path, and a way to evaluate them in the parameters' place."""

from __future__ import annotations

from typing import Any, ClassVar

from ..step import Pairs, Plan, Stepper
from ..step.views import State
from .setting import Setting
from .wrapper import Wrapper


class _Average(Wrapper):
    """What EMA and SWA share: an average of the parameters, and a way to evaluate it in their place."""

    arrays = ("average",)
    counters = ("n_averaged",)

    @property
    def average(self) -> Any:
        """The averages, put together as the parameters are. Setting one writes into it."""
        self._follow()
        return self.parameters.assemble(self.kept.arrays["average"])

    @property
    def n_averaged(self) -> int:
        """The number of steps whose parameters are in the average."""
        return self.kept.counters["n_averaged"]

    swap, averaged = Stepper.swap, Stepper.averaged

    def answer(self) -> Pairs:
        self._follow()
        return list(self.each("average"))

    @property
    def state(self) -> State:
        self._follow()
        return super().state

    def own_state(self) -> dict[str, Any]:
        self._follow()
        return super().own_state()

    def _follow(self) -> None:
        """As long as nothing was averaged, the average is the parameters, wherever they have gone meanwhile."""
        if not self.n_averaged and self.parameters.displacement is None:
            for slot, average in self.each("average"):
                average[...] = slot.array

    def _include(self, share: float) -> None:
        """Move the average by `share` towards the parameters; the first time, all the way."""
        for slot, average in self.each("average"):
            if self.n_averaged:
                average += share * (slot.array - average)
            else:
                average[...] = slot.array
        self.kept.counters["n_averaged"] += 1


class EMA(_Average):
    """An exponential moving average of the parameters: average = decay · average + (1 − decay) · θ after every step.

    It starts as the parameters after the first step, as with PyTorch's `AveragedModel` with `get_ema_multi_avg_fn`;
    before, it is the parameters. optax's `ema` starts at zero and is corrected for it. Source: Polyak
    and Juditsky (1992) for averaging; see `average`, `swap` and `averaged`. float16 is averaged in float32.

    A decay near 1 remembers the first steps for long; one that is a function of t warms up:
    `decay=lambda t: min(0.999, (1 + t) / (10 + t))`, as in TensorFlow's `ExponentialMovingAverage(num_updates)`.
    """

    settings: ClassVar = {"decay": Setting(0.999, "share of the average that is kept", 0.0, 1.0)}

    def after(self, plan: Plan) -> None:
        self._include(1 - self.decay)


class SWA(_Average):
    """Stochastic weight averaging: the plain mean of the parameters after step `start` and every `every` steps on.

    Source: Izmailov et al. (2018), Algorithm 1. PyTorch: `AveragedModel`, which is told when. Before `start` the
    average is the parameters. See `average`, `swap` and `averaged`. float16 is averaged in float32.
    """

    settings: ClassVar = {
        "start": Setting(1, "first step whose parameters are averaged", 1, whole=True, fixed=True),
        "every": Setting(1, "steps from one to the next", 1, whole=True, fixed=True),
    }

    def after(self, plan: Plan) -> None:
        since = self.t - self.start
        if since >= 0 and since % self.every == 0:
            self._include(1 / (self.n_averaged + 1))
