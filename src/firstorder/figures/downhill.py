"""A bowl from above, with what a slope tells there and what curvatures tell: downhill, and the way to the minimum."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from .guide import Choose, Guide, Stop
from .panel import Number, Panel
from .scenario import Over, Scenario, value

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

#: Half of what the map shows at least, and distances along a way.
REACH, WAY = (1.55, 1.2), [k / 40 for k in range(81)]
#: Bands of colour on the map, and where the innermost ends along the flat direction, about.
BANDS, LEAST = 15, 0.1
#: So that a point at the minimum, where the slope has no direction, is no division by zero.
TINY = 1e-24

_x, _y, _kappa, _turn, _r = map(symbol, ("x", "y", "kappa", "turn", "r"))
_cos, _sin = (of(_turn * sp.pi / 180) for of in (sp.cos, sp.sin))
#: The point in the bowl's own axes, where the curvatures are 1 and κ.
FLAT, STEEP = _cos * _x + _sin * _y, _cos * _y - _sin * _x
HEIGHT = (FLAT**2 + _kappa * STEEP**2) / 2


class Downhill(Panel):
    """A bowl with curvatures 1 and κ, a point on it, and the height along two ways: downhill, and to the minimum.

    kappa: κ; turn: the angle of the flat direction, in degrees; x, y: the point.
    """

    module = "downhill"
    heading = "Downhill is not the way to the minimum"
    about = "a bowl from above with a point on it, and the height along two ways: downhill, and to the minimum."
    pixels = (876, 684)
    layout = "beside"

    kappa = Number(9.0, 1.0, 100.0, "condition number", "κ", "log")
    turn = Number(29.0, 0.0, 90.0, "angle of the flat direction in degrees")
    x = Number(-1.24, -1.5, 1.5, "point", "x")
    y = Number(-0.23, -1.1, 1.1, "point", "y")

    leads = Guide(
        "Does downhill lead to the minimum?",
        "Drag the ring around the bowl, and look for places where the two ways agree.",
        Choose(
            "The best step downhill leaves 39 % of the height. How much if κ is 100 instead of 9, at the same point?",
            ("less", "as much", "more"),
            "less",
            {"kappa": 100.0},
            "nearly all height is that of the steep direction now, which downhill follows: 8 % are left, though the "
            "angle has grown to 70°.",
            lambda now, usual: (
                round(1 - usual["fallen"], 2) == 0.39
                and round(1 - now["fallen"], 2) == 0.08
                and round(_angle(now)) == 70
            ),
        ),
        (
            Stop(
                {"kappa": 1.0},
                "A round bowl: every way downhill leads to the minimum.",
                lambda now, _: _angle(now) < 1e-3 and now["fallen"] > 0.999,
            ),
            Stop(
                {},
                "κ = 9: the two ways part by 53°, and the best step leaves 39 % of the height.",
                lambda now, _: round(_angle(now)) == 53 and round(1 - now["fallen"], 2) == 0.39,
            ),
            Stop(
                {"turn": 0.0, "x": 1.2, "y": 0.13},
                "Near the flat axis the ways part less, by 38°, and yet the best step leaves more: 64 %.",
                lambda now, _: round(_angle(now)) == 38 and round(1 - now["fallen"], 2) == 0.64,
            ),
            Stop(
                {"turn": 0.0, "x": 1.2, "y": 0.0},
                "On the axis they are one way, and one step is enough.",
                lambda now, _: _angle(now) < 1e-3 and now["fallen"] > 0.999,
            ),
        ),
    )

    @classmethod
    def expressions(cls) -> dict[str, sp.Expr]:
        return {"height": HEIGHT}

    @classmethod
    def scenario(cls) -> Scenario:
        """Heights over that of the point along both ways, the cosine between them, and the lowest place downhill."""
        squared, bends = FLAT**2 + _kappa**2 * STEEP**2, FLAT**2 + _kappa**3 * STEEP**2  # gᵀg and gᵀHg
        slope, away, start = sp.sqrt(squared + TINY), sp.sqrt(_x**2 + _y**2 + TINY), HEIGHT + TINY
        return Scenario(
            {
                # Taylor's theorem, which is exact here, along −g / ‖g‖, and along the line to the minimum.
                "downhill": Over(1 - _r * slope / start + _r**2 * bends / (2 * start * (squared + TINY)), {"r": WAY}),
                "home": Over((1 - _r / away) ** 2, {"r": WAY}),
                "cosine": Over(2 * HEIGHT / (slope * away)),
                "gone": Over(slope * squared / (bends + TINY)),
                "fallen": Over(squared**2 / (2 * start * (bends + TINY))),
                "down_x": Over((_sin * _kappa * STEEP - _cos * FLAT) / slope),
                "down_y": Over(-(_sin * FLAT + _cos * _kappa * STEEP) / slope),
            }
        )

    def given(self) -> dict[str, Any]:
        return {"reach": list(REACH), "way": WAY, "bands": BANDS, "least": LEAST}

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still import ground
        from .still.chart import GAP, LEFT, RIGHT, Curve, Dots, Plot, View
        from .still.sheet import DISC, STAR

        theme, at = sheet.theme, np.array([self.x, self.y])
        lowest = at + curves["gone"] * np.array([curves["down_x"], curves["down_y"]])
        width = (sheet.inner if sheet.narrow else (sheet.inner - GAP) / 2) - LEFT - RIGHT
        high = 190 if sheet.narrow else 330
        unit = min(width / 2 / REACH[0], high / 2 / REACH[1])
        right, top = width / 2 / unit, high / 2 / unit
        angle = np.radians(self.turn)
        axes = np.array([[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]])

        def contours(plot: Plot) -> None:
            xs, ys = np.meshgrid(np.linspace(-right, right, 121), np.linspace(-top, top, 121))
            scope = {"x": xs, "y": ys, "kappa": self.kappa, "turn": self.turn}
            size = np.log(np.maximum(LEAST, np.sqrt(2 * value(self.expressions()["height"], scope))) / LEAST)
            ground.contours(plot, size / size.max(), BANDS)

        def ways(plot: Plot) -> None:
            size = np.sqrt(2 * value(self.expressions()["height"], self.state))
            halves = size * np.array([1, self.kappa**-0.5])[:, None] * axes
            around = np.linspace(0, 2 * np.pi, 121)

            def line(points: Any, colour: str, **look: Any) -> None:
                xs, ys = np.asarray(points).T
                plot.line(xs, ys, theme[colour], **look)

            line(np.stack([np.cos(around), np.sin(around)], axis=1) @ halves, "text", width=1.6)
            for half in halves:
                line([-half, half], "text", width=1, dash=(2, 3))
            line([at, 0 * at], "text", width=2, dash=(7, 4))
            line([at, lowest], "warning", width=2.6)
            sheet.stamp(DISC, float(plot.x(lowest[0])), float(plot.y(lowest[1])), theme["warning"], scale=0.8)
            sheet.stamp(STAR, float(plot.x(0)), float(plot.y(0)), theme["text"])
            ground.ring(plot, (self.x, self.y))

        return [
            View(
                "The bowl from above",
                "x",
                330,
                (-right, right),
                (-top, top),
                ylabel="y",
                low=190,
                under=contours,
                over=ways,
            ),
            View(
                "Height over that of the point",
                "distance gone",
                330,
                (0, WAY[-1]),
                (0, 1.3),
                low=120,
                curves=[
                    Curve(curves["downhill"], theme["warning"], "downhill", WAY, width=2.6),
                    Curve(curves["home"], theme["text"], "to the minimum", WAY, (7, 4), 2),
                ],
                dots=[Dots([curves["gone"]], [1 - curves["fallen"]], theme["warning"], 4, 1, over=True)],
            ),
        ]


def _angle(curves: Any) -> float:
    """Between the two ways, in degrees."""
    return float(np.degrees(np.arccos(min(1.0, curves["cosine"]))))
