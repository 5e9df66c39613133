"""A small least-squares problem: what the size of a mini-batch does to the path, the loss and the gradient's noise."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import numpy as np
import sympy as sp

from ..reading.symbolic import symbol
from .guide import Choose, Guide, Stop
from .panel import Number, Panel, noise, slider
from .scenario import Along, Formula, Mean, Over, Run, Scenario, array, lane, p, point, row, t, value

if TYPE_CHECKING:
    from .still.chart import View
    from .still.sheet import Sheet

RECORDS = 128
PASSES = 10
START = (-1.5, 2.0)
DOMAIN = (-2.0, 3.0, -3.0, 3.0)


def losses(record: sp.Expr) -> tuple[sp.Expr, sp.Expr, sp.Expr]:
    """The loss of one record, (a·θ − y)² / 2, and its gradient."""
    p1, p2 = map(symbol, ("p1", "p2"))
    a1, a2, y = (array(name)[record] for name in ("a1", "a2", "y"))
    loss = (a1 * p1 + a2 * p2 - y) ** 2 / 2
    at = {p1: point[0], p2: point[1]}
    return loss.xreplace(at), sp.diff(loss, p1).xreplace(at), sp.diff(loss, p2).xreplace(at)


@functools.cache
def batch_variance() -> sp.Expr:
    """The variance of the mean of B of n deviations drawn without replacement, each of mean square `spread`.

    All n sum to 0, so two of them have the covariance that makes n·spread + n(n − 1)·covariance vanish.
    """
    n, B, spread, covariance = (symbol(name) for name in ("n", "B", "spread", "covariance"))
    between = sp.solve(n * spread + n * (n - 1) * covariance, covariance)[0]
    return sp.factor((B * spread + B * (B - 1) * between) / B**2)


class MiniBatchNoise(Panel):
    """SGD on a least-squares problem of 128 records and 2 parameters, for every batch size and learning rate.

    batch: B, a power of two up to 128; lr: η. The records come in the same order, new in each of ten passes.
    """

    module = "mini_batch_noise"
    heading = "The noise of mini-batches"
    about = "the path of mini-batch SGD on a least-squares problem, its loss, and the variance of its gradient."
    run_by = ("sgd",)
    pixels = (824, 612)
    layout = "beside"

    batch = Number(4, 1, RECORDS, "records in a mini-batch", "B", "doubling")
    lr = slider("lr", 0.1, 0.01, 1.0)

    leads = Guide(
        "Which calms the path more, a larger batch or a smaller rate?",
        "Drag the batch from 4 to 64 and look at the number of steps; then go back, and lower the rate instead.",
        Choose(
            "Batches of 4 at the rate 0.1 end near the minimum. After the same ten passes, where do batches of 64 end?",
            ("nearer", "as near", "farther away"),
            "farther away",
            {"batch": 64},
            "ten passes are 20 steps now, where they were 320. Each of them is calm, but they are too few.",
            lambda now, usual: (
                (len(usual["loss"]), len(now["loss"])) == (321, 21) and now["loss"][-1] > 3 * usual["loss"][-1]
            ),
        ),
        (
            Stop(
                {"batch": 1, "lr": 0.3},
                "One record at a time and a large rate: 1,280 steps that are soon there, and never come to rest.",
                lambda now, _: len(now["loss"]) == 1281 and _unrest(now) > 0.2,
            ),
            Stop(
                {"batch": 16},
                "Batches of 16 at the rate 0.1: 80 steps, and little unrest in the end.",
                lambda now, _: len(now["loss"]) == 81 and _unrest(now) < 0.06,
            ),
            Stop(
                {"batch": 4, "lr": 0.025},
                "Batches of 4 at a quarter of that rate end as calm and as near, and took four times as many steps.",
                lambda now, _: len(now["loss"]) == 321 and _unrest(now) < 0.06 and abs(now["loss"][-1] - 0.2337) < 1e-3,
            ),
            Stop(
                {"batch": 128, "lr": 0.4},
                "All records in each batch: no noise at all, ten steps, and at four times the rate still not there.",
                lambda now, usual: len(now["loss"]) == 11 and now["loss"][-1] > 1.4 * usual["loss"][-1],
            ),
        ),
    )

    @classmethod
    def expressions(cls) -> dict[str, Formula]:
        return {"loss": Mean(losses(row)[0], sp.Integer(RECORDS))}

    @classmethod
    def scenario(cls) -> Scenario:
        """The `path` of θ, (steps + 1, 2) in one row; the `loss` on it; the `derived` variance by batch size."""
        B = symbol("batch")
        _, *slopes = losses(array("orders")[(t - 1) * B + row])
        sgd = Run(
            "sgd",
            steps=PASSES * RECORDS / B,
            gradient=[Mean(slope, B) for slope in slopes],
            values={"lr": symbol("lr")},
            start=array("start")[lane],
            lanes=2,
        )
        sizes = [2**k for k in range(RECORDS.bit_length())]
        return Scenario(
            runs={"sgd": sgd},
            curves={
                "path": Along("sgd", p, first=0),
                "loss": Along("sgd", cls.expressions()["loss"], first=0),
                "derived": Over(batch_variance().xreplace({symbol("n"): sp.Integer(RECORDS)}), {"B": sizes}),
            },
        )

    def given(self) -> dict[str, Any]:
        mix = noise(2 * RECORDS, 1).reshape(RECORDS, 2)
        a = np.stack([mix[:, 0], 0.5 * mix[:, 0] + 0.75 * mix[:, 1]], axis=1).round(3)
        y = (a @ [1.0, -0.5] + 0.7 * noise(RECORDS, 2)).round(3)
        minimum = np.linalg.lstsq(a, y, rcond=None)[0]
        random = np.random.default_rng(3)
        orders = np.array([random.permutation(RECORDS) for _ in range(PASSES)])
        # The variance is the mean squared distance of the mini-batches' gradients from the whole gradient at the
        # minimum, for each power of two: of all mini-batches of the ten passes.
        slopes = a * (a @ minimum - y)[:, None]
        centred = slopes - slopes.mean(axis=0)
        means = [centred[orders.reshape(-1, 2**k)].mean(axis=1) for k in range(RECORDS.bit_length())]
        measured = [float((mean**2).sum(axis=1).mean()) for mean in means]
        return {
            "a1": a[:, 0].tolist(),
            "a2": a[:, 1].tolist(),
            "y": y.tolist(),
            "start": list(START),
            "minimum": minimum.tolist(),
            "orders": orders.ravel().tolist(),
            "measured": measured,
            "spread": float((centred**2).sum(axis=1).mean()),
        }

    def views(self, sheet: Sheet, curves: dict[str, Any]) -> list[View]:
        from .still import ground
        from .still.chart import Curve, Dots, Mark, Plot, View
        from .still.numbers import extent, log10
        from .still.sheet import DISC, STAR, looks_of

        theme, colour = sheet.theme, sheet.colour(looks_of(["sgd"])[0])
        minimum, measured, derived = self.data["minimum"], self.data["measured"], curves["derived"]
        path = curves["path"].reshape(-1, 2)
        x0, x1, y0, y1 = DOMAIN
        below = self._losses(np.array(minimum)[:, None])[0]

        def contours(plot: Plot) -> None:
            theta = np.meshgrid(np.linspace(x0, x1, 81), np.linspace(y0, y1, 97))
            heights = self._losses(np.array([axis.ravel() for axis in theta])).reshape(theta[0].shape)
            ground.contours(plot, ground.lifted(heights))

        def walk(plot: Plot) -> None:
            xs, ys = path.T
            plot.line(xs, ys, theme["surface"], width=4, alpha=0.6)
            plot.line(xs, ys, colour, width=0.8 if len(path) > 400 else 1.6)
            for mark, at, ink, scale in (
                (STAR, minimum, "text", 1),
                (DISC, path[0], "text", 0.6),
                (DISC, path[-1], "", 1),
            ):
                place = float(plot.x(at[0])), float(plot.y(at[1]))
                if plot.inside(*place):
                    sheet.stamp(mark, *place, theme[ink] if ink else colour, scale=scale)
            first, top = float(plot.x(path[0][0])), float(plot.y(path[0][1]))
            sheet.text("start", first, top - 11, bold=True, align="center", halo=True)

        sizes = 2 ** np.arange(len(derived))
        finite = len(sizes) - 1  # of all records the variance is 0: no place on this axis
        low, high = extent(log10(derived[:finite]))
        now = int(np.log2(self.batch))
        return [
            View("Path of θ", "θ₁", 330, (x0, x1), (y0, y1), ylabel="θ₂", low=210, under=contours, over=walk),
            View(
                "Loss above the minimum",
                "passes over the records",
                130,
                (0, PASSES),
                (1e-6, 10),
                low=64,
                log=True,
                curves=[
                    Curve(curves["loss"] - below, colour, xs=np.arange(len(path)) * self.batch / RECORDS, width=1.6)
                ],
            ),
            View(
                "Gradient variance",
                "batch size B",
                130,
                (0.8, 160),
                (10 ** (low - 0.2), 10 ** (high + 0.2)),
                low=64,
                logx=True,
                log=True,
                xticks=[float(size) for k, size in enumerate(sizes) if k % 2 == 0 and k < finite],
                marks=[Mark(x=self.batch, dash=())],
                curves=[Curve(derived[:finite], theme["muted"], xs=sizes[:finite], dash=(5, 4), width=1.6)],
                dots=[
                    Dots(sizes[:finite], measured[:finite], colour, 3.5, 1, over=True),
                    Dots([self.batch], [measured[now] if now < finite else 0], colour, 6, 1, over=True),
                ],
                note="dashed: derived" if now < finite else "0 with all records",
            ),
        ]

    def _losses(self, theta: np.ndarray) -> np.ndarray:
        """The mean loss of all records at points, (2, points)."""
        loss, _, _ = losses(row)
        data = {name: np.array(self.data[name])[:, None] for name in ("a1", "a2", "y")}
        records = value(loss, {**data, "row": np.arange(RECORDS), "point": theta[:, None]})
        return np.asarray(records).mean(axis=0)


def _unrest(curves: Any) -> float:
    """Standard deviation of the first parameter over the last fifth of the path."""
    along = curves["path"][::2]
    return float(along[-len(along) // 5 :].std())
