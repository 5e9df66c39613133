"""The counter-example of Reddi et al.: linear losses on which Adam walks to the worst point."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy as sp

from ..problems.counterexamples import Reddi
from ..reading.symbolic import maximum, minimum, symbol
from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import Number, Panel, Switch, slider
from .scenario import Along, End, Over, Run, Scenario, array, before, p, t

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 900
PERIOD = 3


class CounterExample(Panel):
    """Adam, AMSGrad and SGD on f_t(x) = C x in every third step and −x otherwise, with x in [−1, 1].

    C: the large slope; beta1, beta2, lr: of the rules that have them; decaying: whether the rate is η / √t.
    """

    module = "counter_example"
    heading = "The counter-example of Reddi et al."
    about = "Adam, AMSGrad and SGD on the linear losses of Reddi et al., on which Adam walks away from the minimum."
    run_by = ("sgd", "adam", "amsgrad")
    pixels = (847, 783)

    C = Number(3.0, 1.0, 10.0, "large slope", "C")
    beta2 = slider("beta2", 0.1, 0.0, 0.9999)
    beta1 = slider("beta1", 0.0, 0.0, 0.99)
    lr = slider("lr", 0.1, 0.01, 1.0)
    decaying = Switch(True, "rate η/√t")

    leads = Guide(
        "To which end does Adam go?",
        "Slide β₂ up from 0.1, and find where Adam turns round.",
        Choose(
            "The best point is −1. Where is Adam after 900 steps if β₂ is 0.999, its usual value?",
            ("at −1", "near 0", "at +1"),
            "at −1",
            {"beta2": 0.999},
            "v now remembers many cycles, so that the one large slope is no longer divided by its own size alone.",
            lambda now, usual: now["adam"][-1] < -0.99 and usual["adam"][-1] == 1,
        ),
        (
            Stop(
                {},
                "β₂ = 0.1: SGD and AMSGrad go left, Adam goes to +1, the worst point there is, and stays.",
                lambda now, _: now["adam"][-1] == 1 and max(now["sgd"][-1], now["amsgrad"][-1]) < -0.7,
            ),
            Stop(
                {"beta2": 0.47},
                "β₂ = 0.47, close to the border: after 900 steps Adam has hardly left 0.",
                lambda now, _: abs(now["adam"][-1]) < 0.1,
            ),
            Stop(
                {"beta2": 0.6},
                "β₂ = 0.6: now it goes left, slowly. It is at −0.35.",
                lambda now, _: round(now["adam"][-1], 2) == -0.35,
            ),
            Stop(
                {"decaying": False},
                "At a constant rate SGD swings near its end; Adam is at the wrong end all the same.",
                lambda now, _: now["adam"][-1] == 1 and now["sgd"][-1] < -0.7,
            ),
        ),
    )

    @classmethod
    def scenario(cls, decaying: bool) -> Scenario:
        """For each rule the points x_0, x_1, … and the mean regret, against x = −1, after steps 1, 2, …"""
        lr = symbol("lr") / sp.sqrt(t) if decaying else symbol("lr")
        loss = sp.Piecewise((symbol("C") * p, array("large")[t - 1] > 0), (-p, True))
        runs: dict[str, Run] = {}
        curves: dict[str, Along | End | Over] = {}
        for key in cls.run_by:
            taken = [name for name in ("beta1", "beta2") if name in RULES[key].hyperparameters]
            values: dict[str, Any] = {"lr": lr, **{name: symbol(name) for name in taken}}
            runs[key] = Run(key, STEPS, sp.diff(loss, p), values, after=minimum(maximum(p, -1), 1))
            curves[key] = Along(key, p, first=0)
            regret = loss.subs(p, before) - loss.subs(p, -1)
            curves[f"{key}_regret"] = Along(key, regret, running=True)
        return Scenario(curves, runs)

    def given(self) -> dict[str, Any]:
        return {"large": (Reddi(period=PERIOD).slopes(STEPS) > 0).astype(int).tolist(), "period": PERIOD}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Mark, View
        from .still.numbers import extent
        from .still.sheet import looks_of

        looks = [
            (key, sheet.colour(look), look.dash) for key, look in zip(self.run_by, looks_of(self.run_by), strict=True)
        ]
        # After whole rounds of slopes: within one the regret leaps.
        rounds = {key: curves[f"{key}_regret"][PERIOD - 1 :: PERIOD] for key in self.run_by}
        return [
            View(
                "Point x",
                "step t",
                230,
                (0, STEPS),
                (-1.15, 1.15),
                low=170,
                marks=[
                    Mark(y=-1, label="best point", dash=(2, 3)),
                    Mark(y=1, label="worst point", dash=(2, 3), left=True),
                ],
                curves=[Curve(curves[key], colour, RULES[key].name, dash=dash) for key, colour, dash in looks],
            ),
            View(
                "Mean regret",
                "step t",
                150,
                (0, STEPS),
                extent([0], *(values[8:] for values in rounds.values())),
                low=120,
                first=1,
                marks=[Mark(y=0, dash=(2, 3))],
                curves=[
                    Curve(rounds[key], colour, RULES[key].name, range(PERIOD, STEPS + 1, PERIOD), dash)
                    for key, colour, dash in looks
                ],
            ),
        ]
