"""Momentum on a quadratic: how fast it converges, for every rate and every momentum."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from .. import derive
from ..reading.symbolic import symbol
from ..rules import RULES
from .guide import Choose, Guide, Stop
from .panel import Choice, Number, Panel
from .scenario import Along, Over, Run, Scenario, p, value

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

STEPS = 60
RULES_SHOWN = {"momentum": "Momentum", "nesterov": "Nesterov"}
_x, _mu = symbol("x"), symbol("mu")


def iteration(rule: str) -> sp.Matrix:
    """One step on the quadratic as a matrix in x = ηh and μ: acting on θ and on the state times η."""
    matrix = derive.iteration_matrix(RULES[rule], _x).subs(symbol("lr"), 1)
    return matrix.subs(symbol("momentum"), _mu)


@functools.cache
def spectrum(rule: str) -> dict[str, sp.Expr]:
    """Of the iteration matrix: its discriminant, its spectral radius, and where the boundaries lie over μ."""
    matrix = iteration(rule)
    trace, determinant = sp.factor(matrix.trace()), sp.factor(matrix.det())
    discriminant = trace**2 - 4 * determinant
    real = (sp.Abs(trace) + sp.sqrt(discriminant)) / 2
    roots = sp.solve(sp.expand(discriminant), _x)
    return {
        "discriminant": discriminant,
        "radius": sp.Piecewise((real, discriminant >= 0), (sp.sqrt(determinant), True)),
        "boundary": sp.solve(sp.det(matrix + sp.eye(2)), _x)[0],  # beyond it an eigenvalue is below −1
        **{f"root{k}": sp.simplify(root) for k, root in enumerate(roots)},
    }


#: On a page that has it at Nesterov's rule.
NESTEROV = Guide(
    "What does looking ahead change?",
    "Keep the ring where it is and switch between the two rules; then follow the solid line, the border.",
    Choose(
        "With μ = 0.9 momentum converges up to ηh = 3.8. Up to where does Nesterov?",
        ("3.8 as well", "2", "1.36"),
        "1.36",
        {"rule": "nesterov", "x": 1.36, "mu": 0.9},
        "its border is 2(1 + μ)/(1 + 2μ): in a swing the place that it looks at lies beyond where it is.",
        lambda now, usual: round(now["boundary"][9], 2) == 1.36 and round(usual["boundary"][9], 1) == 3.8,
    ),
    (
        Stop(
            {"rule": "nesterov", "x": 0.6, "mu": 0.8},
            "Where momentum’s rate is 0.89 Nesterov’s is 0.57: the look ahead damps the swing.",
            lambda now, usual: (round(now["rate"], 2), round(usual["rate"], 2)) == (0.57, 0.89),
        ),
        Stop(
            {"rule": "nesterov", "x": 1.0, "mu": 0.9},
            "At ηh = 1 its rate is 0, whatever μ is: it is at the minimum after two steps.",
            lambda now, _: now["rate"] == 0 and np.allclose(now["theta"][2:], 0, atol=1e-12),
        ),
        Stop(
            {"rule": "nesterov", "x": 1.4, "mu": 0.9},
            "A little beyond, at 1.4, it diverges.",
            lambda now, _: now["rate"] > 1,
        ),
    ),
)


class Spectrum(Panel):
    """The rate at which momentum converges on a quadratic of curvature h, over x = ηh and μ, and its iterates.

    rule: "momentum" or "nesterov"; x: η·h, from 0 to 4; mu: μ, from 0 to 1.
    """

    module = "spectrum"
    heading = "Convergence rate of momentum on a quadratic"
    about = "the convergence rate of momentum on a quadratic over learning rate and momentum, and the iterates."
    run_by = tuple(RULES_SHOWN)
    pixels = (852, 640)
    layout = "beside"

    x = Number(0.6, 0.0, 4.0, "learning rate × curvature", "ηh")
    mu = Number(0.8, 0.0, 1.0, "momentum", "μ")
    rule = Choice("momentum", RULES_SHOWN, "Rule")

    leads = Guide(
        "Where does momentum creep, where does it swing, where does it leave?",
        "Drag the ring over the dashed line, and then over the solid one.",
        Choose(
            "Gradient descent diverges beyond ηh = 2. Does momentum, with μ = 0.5, at ηh = 2.2?",
            ("it diverges, too", "it converges"),
            "it converges",
            {"x": 2.2, "mu": 0.5},
            "the buffer brakes a swing, so that the border is at ηh = 2(1 + μ) = 3. The rate here is 0.71.",
            lambda now, _: round(now["rate"], 2) == 0.71,
        ),
        (
            Stop(
                {"x": 0.3, "mu": 0.1},
                "Two real roots: it creeps to the minimum from one side.",
                lambda now, _: (now["theta"] >= 0).all() and now["rate"] < 1,
            ),
            Stop(
                {"x": 0.6, "mu": 0.99},
                "Complex roots and much momentum: it swings, and loses 1 % in two steps.",
                lambda now, _: now["theta"].min() < -0.5 and round(now["rate"] ** 2, 2) == 0.99,
            ),
            Stop(
                {"x": 3.0, "mu": 0.8},
                "ηh = 3, where gradient descent has long diverged: with μ = 0.8 it converges.",
                lambda now, _: round(now["rate"], 2) == 0.89,
            ),
            Stop(
                {"rule": "nesterov", "x": 1.4, "mu": 0.9},
                "Nesterov pays for its look ahead: at μ = 0.9 it diverges from ηh = 1.36 on.",
                lambda now, _: now["rate"] > 1,
            ),
        ),
    )

    def leader(self) -> Guide:
        return NESTEROV if self.rule == "nesterov" else self.leads

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        return {f"{rule}_{name}": expr for rule in RULES_SHOWN for name, expr in spectrum(rule).items()}

    @classmethod
    def scenario(cls, rule: str) -> Scenario:
        """`theta` from 1, step by step; `rate`, the spectral radius there; `map`, it over a few x and μ; boundaries."""
        values = {"lr": _x, "momentum": _mu}
        found = spectrum(rule)
        mu = [k / 10 for k in range(11)]
        return Scenario(
            runs={"path": Run(rule, STEPS, p, values, start=1.0)},  # of curvature 1: the rate is ηh
            curves={
                "theta": Along("path", p, first=0),
                "rate": Over(found["radius"]),
                "map": Over(found["radius"], {"mu": mu, "x": [k / 2 for k in range(9)]}),
                **{name: Over(found[name], {"mu": mu}) for name in ("boundary", "root0", "root1")},
            },
        )

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still import ground
        from .still.chart import Curve, Dots, Mark, Plot, View
        from .still.numbers import form
        from .still.sheet import looks_of

        theme, found = sheet.theme, spectrum(self.rule)
        (look,) = looks_of([self.rule])
        colour = sheet.colour(look)
        mu = np.linspace(0, 1, 101)
        along = {name: value(found[name], {"mu": mu}) + 0 * mu for name in ("boundary", "root0", "root1")}

        def contours(plot: Plot) -> None:
            x, rows = np.meshgrid(np.linspace(0, 4, 121), np.linspace(0, 1, 101))
            with np.errstate(all="ignore"):  # both branches of the radius are computed
                radius = value(found["radius"], {"x": x, "mu": rows})
            ground.contours(plot, np.minimum(1, radius**2), bands=10)  # equal steps of its square

        def regions(plot: Plot) -> None:
            left, top, width, height = plot.box
            px, py = plot.x(along["boundary"]), plot.y(mu)
            beyond = plot.path([*px, left + width + 9, left + width + 9], [*py, top, top + height])
            sheet.fill(beyond, theme["surface"], clip=plot.box)
            sheet.fill(beyond, theme["warning"], alpha=0.16, clip=plot.box)
            plot.line(along["boundary"], mu, theme["warning"], width=2.5)
            for root in ("root0", "root1"):
                plot.line(along[root], mu, theme["text"], width=1.5, dash=(5, 4))
            named: Any = {"bold": True, "align": "center", "halo": True}
            sheet.text("diverges", float(plot.x(3.45)), float(plot.y(0.13)), colour=theme["warning"], **named)
            between = (along["root0"][60] + along["root1"][60]) / 2
            sheet.text("complex", float(plot.x(between)), float(plot.y(0.6)), **named)
            ground.ring(plot, (self.x, self.mu))

        theta, rate = curves["theta"], curves["rate"]
        steps = np.arange(len(theta))
        size, bound = np.abs(theta), rate**steps
        cap = min(4, max(1.15, 1.05 * size.max()))
        envelope: Any = {"colour": theme["muted"], "dash": (4, 4), "thin": True}
        return [
            View(
                "Convergence rate",
                "ηh",
                330,
                (0, 4),
                (0, 1),
                ylabel="μ",
                low=210,
                scale=("0", "1"),
                under=contours,
                over=regions,
            ),
            View(
                "θ, step by step",
                "step t",
                130,
                (0, STEPS),
                (-cap, cap),
                low=64,
                marks=[Mark(y=0, dash=())],
                curves=[Curve(bound, **envelope), Curve(-bound, **envelope), Curve(theta, colour)],
                dots=[Dots(steps, theta, colour, 2.6, 1)],
            ),
            View(
                "Size of θ",
                "step t",
                130,
                (0, STEPS),
                (1e-8, 1e4 if rate > 1 else 10),
                low=64,
                log=True,
                curves=[Curve(bound, **envelope), Curve(size, colour)],
                note=f"dashed: rateᵗ = {form(rate)}ᵗ",
            ),
        ]
