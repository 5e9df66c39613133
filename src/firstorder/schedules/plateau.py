"""The one schedule that listens."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from .schedule import Schedule, number


@dataclass
class ReduceOnPlateau(Schedule):
    """`lr`, multiplied by `factor` whenever a metric has stopped improving. It is told: `schedule.report(loss)`.

    The one schedule that is not a function of t: it has the same value, `current`, at every step until a report
    changes it. Report once an evaluation, after the steps it judges:

        plateau = fo.ReduceOnPlateau(0.1, patience=5)
        opt = fo.Adam(params, lr=plateau)
        ...
        plateau.report(validation_loss)

    A report is better if it beats the best by more than `threshold`, as a share of the best's size ("rel": with mode
    "min" it is below best - threshold · |best|) or as such ("abs"). After more than `patience` reports that are not,
    the rate falls, though not below `min_lr`, nor by `eps` or less; the next `cooldown` reports then count for nothing.
    NaN is never better. PyTorch: `ReduceLROnPlateau`, `report` being its `step`; its "rel" is best · (1 - threshold),
    which below 0 is worse than the best, so that equal and worse losses count as better and the rate never falls.

    It has a state, which the optimizer's `state_dict` does not hold: save `state_dict()`, which is plain numbers,
    beside it. Groups that share one schedule share its state.
    """

    lr: float
    mode: Literal["min", "max"] = "min"
    factor: float = 0.1
    patience: int = 10
    threshold: float = 1e-4
    threshold_mode: Literal["rel", "abs"] = "rel"
    cooldown: int = 0
    min_lr: float = 0.0
    eps: float = 1e-8
    #: The value in force, the best report, the reports since then that were not better, and those still to pass by.
    current: float = field(init=False, repr=False)
    best: float = field(init=False, repr=False)
    bad_reports: int = field(default=0, init=False, repr=False)
    cooling: int = field(default=0, init=False, repr=False)

    def __post_init__(self) -> None:
        for name in ("lr", "threshold", "min_lr", "eps"):
            self._keep(name)
        self._keep("factor", 0.0, math.nextafter(1.0, 0.0))
        self._keep("patience", 0, whole=True)
        self._keep("cooldown", 0, whole=True)
        self._one_of("mode", ("min", "max"))
        self._one_of("threshold_mode", ("rel", "abs"))
        self.current = self.lr
        self.best = math.inf if self.mode == "min" else -math.inf

    def _at(self, epoch: float) -> float:
        return self.current

    def report(self, metric: float) -> bool:
        """Take note of the metric; True if the rate was reduced."""
        if isinstance(metric, (str, bytes)):
            raise TypeError(f"ReduceOnPlateau: metric must be a number, got {metric!r}")
        metric = float(metric)
        if self._better(metric):
            self.best, self.bad_reports = metric, 0
        else:
            self.bad_reports += 1
        if self.cooling:
            self.cooling, self.bad_reports = self.cooling - 1, 0
        if self.bad_reports <= self.patience:
            return False
        self.cooling, self.bad_reports = self.cooldown, 0
        reduced = max(self.current * self.factor, self.min_lr)
        if self.current - reduced <= self.eps:
            return False
        self.current = reduced
        return True

    def _better(self, metric: float) -> bool:
        sign = 1 if self.mode == "min" else -1
        if self.threshold_mode == "abs" or math.isinf(self.best):
            return sign * metric < sign * self.best - self.threshold
        return sign * metric < sign * self.best * (1 - math.copysign(self.threshold, sign * self.best))

    def state_dict(self) -> dict[str, float]:
        """What an exact resume needs, as numbers."""
        return {name: getattr(self, name) for name in ("current", "best", "bad_reports", "cooling")}

    def load_state_dict(self, d: Mapping[str, float]) -> None:
        """Continue from what `state_dict` returned; for anything else, raise `StateError` and change nothing."""
        from ..step import StateError

        if not isinstance(d, Mapping) or set(d) != set(self.state_dict()):
            raise StateError(f"the state of ReduceOnPlateau must have {', '.join(self.state_dict())}, got {d!r}")
        try:
            current = number(self, "current", d["current"])
            bad_reports, cooling = (number(self, name, d[name], 0, whole=True) for name in ("bad_reports", "cooling"))
            best = float(d["best"])
        except (TypeError, ValueError) as error:
            raise StateError(str(error)) from error
        self.current, self.best, self.bad_reports, self.cooling = current, best, bad_reports, cooling
