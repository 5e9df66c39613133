"""Contours of a landscape, and paths over it: `js/contours.js`, `js/landscape.js` and `js/losses.js` in Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from contourpy import FillType, contour_generator
from matplotlib.path import Path

from ...minimize import Trajectory
from .chart import Curve, Mark, Plot, Stamp, View, blend, mixed
from .numbers import Range, form, round125
from .sheet import CROSS, STAR, Look, Sheet, simplified

BANDS = 15
Value = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Descent:
    """The path of an optimizer: what is finite of it, and the step at which it was no longer."""

    label: str
    look: Look
    points: np.ndarray
    values: np.ndarray
    diverged: int | None

    @classmethod
    def of(cls, label: str, look: Look, path: Trajectory) -> Descent:
        last = None if path.diverged is None else -1
        return cls(label, look, path.points[:last], path.values[:last], path.diverged)

    def outcome(self, domain: Sequence[float]) -> str:
        """What became of it, in words."""
        if self.diverged is not None:
            return f"diverged at step {self.diverged}"
        (x, y), (x0, x1, y0, y1) = self.points[-1], domain
        away = x < x0 or x > x1 or y < y0 or y > y1
        return f"f = {form(self.values[-1])}{', off the map' if away else ''}"


@dataclass(frozen=True)
class Ground:
    """A landscape as it is shown: its heights, its minima and where the paths start; step in pixels of the survey."""

    value: Value
    domain: tuple[float, float, float, float]
    minima: Sequence[Sequence[float]]
    start: Sequence[float]

    def heights(self) -> np.ndarray:
        x0, x1, y0, y1 = self.domain
        x, y = np.meshgrid(np.linspace(x0, x1, 161), np.linspace(y0, y1, 161))
        return np.asarray(self.value(x, y), dtype=float)

    def range(self) -> Range:
        """f at the lowest and at the highest place of the map."""
        heights = self.heights()
        lowest = [float(self.value(*point)) for point in self.minima]
        return min([float(heights.min()), *lowest]), float(heights.max())


def lifted(heights: np.ndarray) -> np.ndarray:
    """Heights in [0, 1], logarithmic above a few per cent of the lowest ground."""
    ordered = np.sort(heights, axis=None)
    low, high = ordered[0], ordered[-1]
    knee = ordered[len(ordered) // 50] - low or (high - low) / 100 or 1
    return np.log1p((heights - low) / knee) / (np.log1p((high - low) / knee) or 1)


def contours(plot: Plot, heights: np.ndarray, bands: int = BANDS) -> None:
    """Bands of colour with lines between them: `heights` in [0, 1], rows from the lowest y, over the whole frame.

    Each band is all that is higher, painted over the one before, so that each line is there once.
    """
    sheet = plot.sheet
    left, top, width, height = plot.box
    ramp, ink = sheet.theme["ramp"], sheet.theme["ink"]
    sheet.box(plot.box, mixed(ramp, 0))
    rows, columns = heights.shape
    # A cell more on every side: the line around what is higher is then outside the frame, where it ends.
    padded = np.pad(heights, 1, mode="edge")
    dx, dy = width / (columns - 1), height / (rows - 1)
    x = left + dx * (np.arange(columns + 2) - 1)
    y = top + height - dy * (np.arange(rows + 2) - 1)
    made = contour_generator(x, y, padded, fill_type=FillType.OuterCode)
    most = float(padded.max()) + 1
    for band in range(1, bands):
        pieces = list(zip(*made.filled(band / bands, most), strict=True))
        if not pieces:
            continue
        vertices, codes = zip(*(thinned(points, code) for points, code in pieces), strict=True)
        colour = mixed(ramp, band / (bands - 1))
        path = Path(np.concatenate(vertices), np.concatenate(codes))
        sheet.fill(path, colour, edge=blend(colour, ink, 0.38), width=1, clip=plot.box)


def thinned(points: np.ndarray, codes: np.ndarray, within: float = 0.25) -> tuple[np.ndarray, np.ndarray]:
    """Closed lines without the points that lie nearer than `within` pixels to the chord of their neighbours."""
    kept_points: list[np.ndarray] = []
    kept_codes: list[list[Any]] = []
    starts = [*np.flatnonzero(codes == Path.MOVETO), len(codes)]
    for begin, end in pairwise(starts):
        ring = simplified(points[begin:end], within)
        if len(ring) < 4:
            ring = points[begin:end]
        kept_points.append(ring)
        kept_codes.append([Path.MOVETO, *[Path.LINETO] * (len(ring) - 2), Path.CLOSEPOLY])
    return np.concatenate(kept_points), np.concatenate(kept_codes)


# ---------------------------------------------------------------- paths


def map_of(ground: Ground, paths: Sequence[Descent], sheet: Sheet, width: float) -> View:
    """The view of the landscape with the paths on it, `width` pixels wide in its frame."""
    x0, x1, y0, y1 = ground.domain
    heights = ground.heights()
    low, high = ground.range()

    def over(plot: Plot) -> None:
        for x, y in ground.minima:
            sheet.stamp(STAR, float(plot.x(x)), float(plot.y(y)), sheet.theme["text"], clip=plot.box)
        for path in paths:
            trail(plot, path)
        for path in paths:
            position(plot, path)
        ring(plot, ground.start)

    return View(
        "Paths",
        "x",
        width * (y1 - y0) / (x1 - x0),
        (x0, x1),
        (y0, y1),
        ylabel="y",
        italic=True,
        scale=(f"f  {form(low, 2)}", form(high, 2)),
        under=lambda plot: contours(plot, lifted(heights)),
        over=over,
    )


def trail(plot: Plot, path: Descent) -> None:
    """A path, with a dot for each step that can be told from the one before."""
    sheet = plot.sheet
    colour = sheet.colour(path.look)
    xs, ys = plot.x(path.points[:, 0]), plot.y(path.points[:, 1])
    sheet.line(xs, ys, sheet.theme["surface"], width=4.5, alpha=0.75, clip=plot.box)
    sheet.line(xs, ys, colour, dash=path.look.dash, clip=plot.box)
    shown: list[tuple[float, float]] = []
    for px, py in zip(xs, ys, strict=True):
        if plot.inside(px, py) and (not shown or abs(px - shown[-1][0]) + abs(py - shown[-1][1]) >= 7):
            shown.append((px, py))
    if shown:
        across, down = np.array(shown).T
        sheet.dots(across, down, colour, size=2.4)


def position(plot: Plot, path: Descent) -> None:
    """Where a path ends; at the frame if it has left the map; a cross there if it has diverged."""
    if len(path.points) < 2 and path.diverged is None:
        return
    sheet = plot.sheet
    left, top, width, height = plot.box
    xs, ys = plot.x(path.points[:, 0]), plot.y(path.points[:, 1])
    px, py = float(xs[-1]), float(ys[-1])
    if not plot.inside(px, py):
        within = [k for k in range(len(xs)) if plot.inside(xs[k], ys[k])]
        if within and within[-1] + 1 < len(xs):
            k = within[-1]
            px, py = _cut(plot, xs[k], ys[k], xs[k + 1], ys[k + 1])
    margin = 0 if path.diverged is None else 9
    px = min(left + width - margin, max(left + margin, px))
    py = min(top + height - margin, max(top + margin, py))
    colour = sheet.colour(path.look)
    if path.diverged is None:
        sheet.stamp(path.look.mark, px, py, colour)
    else:
        sheet.stamp(CROSS, px, py, colour, scale=1.3)


def _cut(plot: Plot, x0: float, y0: float, x1: float, y1: float) -> tuple[float, float]:
    """Where a segment that starts inside leaves the frame."""
    left, top, width, height = plot.box
    shares = [1.0]
    for at, way, low, high in ((x0, x1 - x0, left, left + width), (y0, y1 - y0, top, top + height)):
        if way:
            shares.append(((high if way > 0 else low) - at) / way)
    share = min(shares)
    return x0 + share * (x1 - x0), y0 + share * (y1 - y0)


def ring(plot: Plot, at: Sequence[float]) -> None:
    """The start, or the place on a map that the figure speaks of."""
    sheet = plot.sheet
    px, py = float(plot.x(at[0])), float(plot.y(at[1]))
    for radius, colour in ((11.5, "surface"), (9.5, "text"), (6.5, "surface"), (3.0, "text")):
        sheet.dots([px], [py], sheet.theme[colour], size=radius)


# ---------------------------------------------------------------- f against the step


def loss_of(ground: Ground, paths: Sequence[Descent], steps: int, sheet: Sheet, height: float) -> View:
    """The excess over the minimum on a logarithmic scale, or f itself where there is no minimum."""
    lowest = min((float(ground.value(*point)) for point in ground.minima), default=None)
    if lowest is None:
        bottom, top = ground.range()
        heights = [path.values for path in paths]
    else:
        above = [path.values - lowest for path in paths]
        bottom, top = _excess(above, float(ground.value(*ground.start)) - lowest)
        # Far below the frame all is one; a logarithm there would make the line to it too steep.
        heights = [np.maximum(values, bottom / 10) for values in above]
    curves, stamps = [], []
    for path, ys in zip(paths, heights, strict=True):
        colour = sheet.colour(path.look)
        label = path.label if path.diverged is None else f"{path.label} ✕"
        curves.append(Curve(ys, colour, label, dash=path.look.dash, thin=True, width=2))
        if len(ys) and path.diverged is None:
            stamps.append(Stamp(len(ys) - 1, ys[-1], path.look.mark, colour, 0.9))
        elif len(ys):
            out = np.flatnonzero(ys > top)
            at = int(out[0]) if out.size else len(ys) - 1
            stamps.append(Stamp(at, ys[at], CROSS, colour, margin=8))
    return View(
        "Loss",
        "step",
        height,
        (0, steps),
        (bottom, top),
        log=lowest is not None,
        beside=True,
        note="f − minimum, log scale" if lowest is not None else "f, no minimum",
        marks=[Mark(x=steps, dash=())],
        curves=curves,
        stamps=stamps,
    )


def _excess(above: Sequence[np.ndarray], begin: float) -> Range:
    """A curve that climbs far above the start, `begin`, leaves the frame rather than flattening the others."""
    heights = np.concatenate([values[values > 0] for values in above]) if above else np.array([])
    low, high = (float(heights.min()), float(heights.max())) if heights.size else (np.inf, 0.0)
    most = min(4 * begin if begin > 0 else np.inf, high) or 1.0
    least = max(most * 1e-14, min(low, most / 2))
    return round125(least, above=False), round125(most, above=True)
