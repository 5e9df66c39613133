"""The cover's figure: three methods in one badly scaled valley, each at the best of the same grid of learning rates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..minimize import minimize
from ..problems import LANDSCAPES, Landscape
from ..rules import RULES, Rule
from .guide import Choose, Guide, Stop
from .playground import Playground

if TYPE_CHECKING:
    from .still.sheet import Sheet

METHODS = ("sgd", "momentum", "adam")
CONDITION, STEPS = 200.0, 40
#: Wide and low, so that on a screen what moves the picture fits under it.
DOMAIN = (-2.6, 2.6, -1.2, 1.6)
#: As many as the front end tries.
RATES = 60


class Cover(Playground):
    """SGD, Momentum and Adam in a valley that is `condition` times as steep across as along.

    While the reader moves the start, the steepness or the number of steps, each method gets the best of 60 rates on the
    scale of its slider, so that no one loses for want of tuning. State and attributes are the playground's.
    """

    module = "cover"

    leads = Guide(
        "One direction is 200 times as steep as the other. Who is at the minimum after 40 steps?",
        "",
        Choose(
            "Now the valley is made round. Who is there first, each at its best rate?",
            ("SGD", "Momentum", "Adam"),
            "SGD",
            {"landscape_parameters": {"condition": 1.0}},
            "one rate is enough for both directions, and nothing carries it past.",
            lambda now, _: now[0].values[-1] < min(path.values[-1] for path in now[1:]),
        ),
        (
            Stop(
                {},
                "200 times as steep: a rate that suits one direction does not suit the other. Adam has two.",
                lambda now, _: now[2].values[-1] < min(path.values[-1] for path in now[:2]),
            ),
            Stop(
                {"steps": 100},
                "100 steps for each, and new rates: momentum comes nearer now than SGD.",
                lambda now, _: now[1].values[-1] < now[0].values[-1],
            ),
            Stop(
                {"landscape_parameters": {"condition": 1.0}},
                "Round: SGD is there first.",
                lambda now, _: now[0].values[-1] < min(path.values[-1] for path in now[1:]),
            ),
        ),
    )

    def __init__(self, condition: float = CONDITION, steps: int = STEPS):
        ground = LANDSCAPES["quadratic"].with_parameters(condition=condition)
        tuned = [{"rule": key, "lr": best_rate(RULES[key], ground, steps)} for key in METHODS]
        super().__init__(tuned, "quadratic", steps=steps, rules=METHODS)
        self.landscape_parameters = dict(ground.parameters)

    def heights(self) -> tuple[int, int]:
        return 498, 555

    def draw(self, sheet: Sheet) -> None:
        from .still.ground import Descent, Ground
        from .still.numbers import form
        from .still.paths import alone, key
        from .still.sheet import looks_of

        valley = self._landscapes[self.landscape].with_parameters(**self.landscape_parameters)
        looks = looks_of([optimizer["rule"] for optimizer in self.optimizers])
        paths = [Descent.of(*one) for one in zip(self.trajectories, looks, self.trajectories.values(), strict=True)]
        alone(sheet, Ground(valley, DOMAIN, valley.minima, self.start), paths)
        for path, optimizer in zip(paths, self.optimizers, strict=True):
            rate = form(optimizer["hyperparameters"]["lr"])
            key(
                sheet,
                path.label,
                path.look,
                f"{path.outcome(DOMAIN)} after {self.steps} steps at its best rate, {rate}",
            )


def best_rate(rule: Rule, ground: Landscape, steps: int) -> float:
    """The rate of the grid at which `rule` ends lowest after `steps` steps from the landscape's start."""
    ends = {}
    for rate in rates(rule):
        with np.errstate(all="ignore"):
            last = minimize(ground, rule, steps=steps, lr=rate, progress=False).values[-1]
        ends[rate] = last if np.isfinite(last) else np.inf
    return min(ends, key=ends.__getitem__)


def rates(rule: Rule) -> list[float]:
    """The grid: the places of the slider that the front end tries, written as it writes them."""
    return [float(f"{rate:.2g}") for rate in np.geomspace(*rule.meanings["lr"].slider, RATES)]
