"""The rate that is best for a narrow network, at larger widths: from the stored trainings, with and without µP."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import NONE, Choice, Panel, tried
from .scenario import Over, Scenario, array

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

WIDTHS = (32, 128, 512)
KINDS = {"standard": "One rate for all layers", "mup": "Rates of µP"}
METHODS = ("adam", "sgd")


@cache
def stored(method: str) -> tuple[list[int], dict[str, list[float]]]:
    """The powers of 2 that were tried as rates of a method, and its mean losses there by kind and width."""
    from ..lab.scale import valley

    found = {f"{kind}_{width}": valley(method, width, kind == "mup") for kind in KINDS for width in WIDTHS}
    powers = range(min(v.powers[0] for v in found.values()), max(v.powers[-1] for v in found.values()) + 1)
    losses = {}
    for name, each in found.items():
        means = dict(zip(each.powers.tolist(), each.mean, strict=True))
        every = [means.get(power, np.inf) for power in powers]
        losses[name] = [float(f"{loss:.4g}") if np.isfinite(loss) else NONE for loss in every]
    return list(powers), losses


class WidthTransfer(Panel):
    """The training loss by the rate at one width, beside that of the narrowest, for which the rate was tuned.

    width: units in each of two hidden layers, as text, one of `WIDTHS`; method: "adam" or "sgd".
    """

    module = "width_transfer"
    heading = "A rate that is taken along"
    about = "training losses by the learning rate at two widths, for one rate for all layers and for those of µP."
    run_by = METHODS
    layout = "beside"
    pixels = (800, 515)

    width = Choice("512", {str(units): f"{units:,}" for units in WIDTHS}, "Units in a layer")
    method = Choice("adam", {key: RULES[key].name for key in METHODS}, "Optimizer")

    leads = Guide(
        "Is a rate that was tuned on a narrow network good for a wide one?",
        "Go from 32 to 512 units, and watch where the line of the old rate cuts the curve.",
        Choose(
            "Adam’s old rate leaves 12 times the loss of its best one at 512 units. How is it with SGD?",
            ("as good as its best", "less than twice its best", "12 times its best"),
            "less than twice its best",
            {"method": "sgd"},
            "SGD’s best rate moves less with the width than Adam’s.",
            lambda now, usual: (
                1.5 < now["standard_there"] / now["standard_best"] < 2
                and round(usual["standard_there"] / usual["standard_best"]) == 12
            ),
        ),
        (
            Stop(
                {"width": "128"},
                "128 units: the old rate leaves three times the loss of the best one.",
                lambda now, _: round(now["standard_there"] / now["standard_best"]) == 3,
            ),
            Stop(
                {},
                "512 units: twelve times. With the rates of µP the old one is the best.",
                lambda now, _: (
                    round(now["standard_there"] / now["standard_best"]) == 12 and now["mup_there"] == now["mup_best"]
                ),
            ),
            Stop(
                {"method": "sgd"},
                "SGD at 512 units: µP keeps the rate almost, but its loss is the larger one here.",
                lambda now, _: now["mup_there"] < 1.2 * now["mup_best"] and now["mup_best"] > now["standard_there"],
            ),
        ),
    )

    @classmethod
    def scenario(cls, width: str, method: str) -> Scenario:
        """The loss at the rate that was tuned at 32 units (`there`), and at the best one for the width (`best`)."""
        curves: dict[str, Any] = {}
        for kind in KINDS:
            losses = array(f"{method}_{kind}_{width}")
            every = (losses[k] for k in range(len(stored(method)[0])))
            curves |= {f"{kind}_there": Over(losses[_tuned(method)]), f"{kind}_best": Over(sp.Min(*every))}
        return Scenario(curves)

    def given(self) -> dict[str, Any]:
        found: dict[str, Any] = {"narrow": WIDTHS[0], "none": NONE, "kinds": list(KINDS)}
        for method in METHODS:
            powers, losses = stored(method)
            found[f"{method}_rates"] = [2.0**power for power in powers]
            found[f"{method}_tuned"] = 2.0 ** powers[_tuned(method)]
            found |= {f"{method}_{name}": each for name, each in losses.items()}
        return found

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still.chart import Curve, Mark, Stamp, View

        accent, muted, text = (sheet.theme[role] for role in ("accent", "muted", "text"))
        rates, tuned = self.data[f"{self.method}_rates"], self.data[f"{self.method}_tuned"]

        def line(kind: str, width: str, colour: str, dash: tuple[float, ...] = ()) -> Curve:
            losses = self.data[f"{self.method}_{kind}_{width}"]
            xs, ys = tried(rates, losses)
            return Curve(ys, colour, f"{int(width):,}", xs, dash)

        return [
            View(
                title,
                "learning rate",
                250,
                (rates[0] / 1.2, rates[-1] * 1.2),
                (1e-3, 4),
                logx=True,
                log=True,
                low=200,
                marks=[Mark(x=tuned, label=f"best at {WIDTHS[0]}", colour=muted)],
                curves=[line(kind, str(WIDTHS[0]), muted, (4, 4)), line(kind, self.width, accent)],
                stamps=[Stamp(tuned, min(curves[f"{kind}_there"], 4), "circle", text)],
            )
            for kind, title in KINDS.items()
        ]


def _tuned(method: str) -> int:
    """The place of the best rate at the narrowest width."""
    losses = stored(method)[1][f"standard_{WIDTHS[0]}"]
    return losses.index(min(losses))
