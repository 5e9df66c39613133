"""What a larger batch buys: steps against examples, and the best learning rate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from .guide import Choose, Guide, Stop
from .panel import Number, Panel
from .scenario import Over, Scenario

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

MOST = 4096
SIZES = [float(2**k) for k in range(13)]
#: The curves of the rate by name: what is said of each, its colour among those of the theme, and its dash.
RATES = {
    "rate": ("best", "accent", ()),
    "linear": ("linear scaling", "text", (7, 4)),
    "root": ("root scaling", "text", (2, 3)),
}


class BatchSize(Panel):
    """Steps and examples to a loss, as multiples of their minima, and the best rate as a share of the largest.

    batch: B, a power of two up to 4,096; noise_scale: the batch size at which both are twice their minimum.
    """

    module = "batch_size"
    heading = "What a larger batch buys"
    about = "steps against examples to one loss by the batch size, and the best learning rate beside two rules for it."
    pixels = (805, 772)

    batch = Number(64, 1, MOST, "records in a batch", "B", "doubling")
    noise_scale = Number(41.0, 1.0, 2000.0, "noise scale", "", "log")

    leads = Guide(
        "What does a larger batch buy?",
        "Drag B past the noise scale, and compare what the steps gain with what the examples cost.",
        Choose(
            "From batches of 64 to batches of 256, at a noise scale of 41: how many of the steps are left?",
            ("a quarter", "a half", "seven in ten"),
            "seven in ten",
            {"batch": 256},
            "beyond the noise scale the gradient is good already. The examples, though, become 2.8 times as many.",
            lambda now, usual: (
                round(now["steps_now"] / usual["steps_now"], 1) == 0.7
                and round(now["examples_now"] / usual["examples_now"], 1) == 2.8
            ),
        ),
        (
            Stop(
                {"batch": 1},
                "One record at a time: hardly any example is wasted, and there are 42 times as many steps as need be.",
                lambda now, _: round(now["steps_now"]) == 42 and now["examples_now"] < 1.03,
            ),
            Stop(
                {"batch": 32},
                "A batch near the noise scale: about twice the fewest steps, and about twice the fewest examples.",
                lambda now, _: 1.7 < now["examples_now"] < 2.3 and 1.7 < now["steps_now"] < 2.3,
            ),
            Stop(
                {"batch": 4096},
                "B = 4,096: the fewest steps, for a hundred times the examples.",
                lambda now, _: now["steps_now"] < 1.02 and round(now["examples_now"], -1) == 100,
            ),
            Stop(
                {"noise_scale": 1000.0},
                "Noisier gradients, B = 64 again: 17 times the fewest steps. Here a larger batch pays.",
                lambda now, _: round(now["steps_now"]) == 17,
            ),
        ),
    )

    @classmethod
    def scenario(cls) -> Scenario:
        """`steps` and `examples` for every size, `rate` for it, and what two rules make of the rate at `batch`."""
        size, batch, noise = map(symbol, ("size", "batch", "noise_scale"))
        axes = {"size": SIZES}
        best = 1 / (1 + noise / size)
        here = best.xreplace({size: batch})
        return Scenario(
            {
                "steps": Over(1 + noise / size, axes),
                "examples": Over(1 + size / noise, axes),
                "rate": Over(best, axes),
                "linear": Over(here * size / batch, axes),
                "root": Over(here * sp.sqrt(size / batch), axes),
                "steps_now": Over(1 + noise / batch),
                "examples_now": Over(1 + batch / noise),
                "rate_now": Over(here),
            }
        )

    def given(self) -> dict[str, Any]:
        return {"sizes": SIZES}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Dots, Mark, Stamp, View

        text, muted, colour = (sheet.theme[role] for role in ("text", "muted", "accent"))
        fine = np.geomspace(1e-3, 1e3, 121)
        return [
            View(
                "Steps over the fewest",
                "examples over the fewest",
                230,
                (0.9, 300),
                (0.9, 300),
                logx=True,
                log=True,
                low=190,
                marks=[Mark(x=1), Mark(y=1)],
                curves=[
                    Curve(1 + 1 / fine, colour, xs=1 + fine, width=2.4),
                    Curve([], text, "linear scaling"),
                ],
                dots=[Dots(curves["examples"], curves["steps"], muted, 3, 1, over=True)],
                stamps=[Stamp(curves["examples_now"], curves["steps_now"], "circle", text)],
            ),
            View(
                "Best learning rate over the largest",
                "batch size B",
                170,
                (1, MOST),
                (1e-3, 3),
                logx=True,
                log=True,
                low=140,
                marks=[
                    Mark(x=self.batch, colour=text, dash=()),
                    Mark(x=self.noise_scale, label="noise scale", colour=muted),
                ],
                curves=[
                    Curve(curves[name], sheet.theme[role], label, SIZES, dash)
                    for name, (label, role, dash) in RATES.items()
                ],
            ),
        ]
