"""Views on a sheet: curves, bars, bands and marks over one axis, as `js/chart.js` draws them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from matplotlib.path import Path

from .numbers import Range, form, log10, log_ticks, nice_ticks, spread
from .sheet import PAD, Box, Dash, Sheet, breadth

#: Pixels around a plot: its tick labels, its title, the names of its axes.
LEFT, RIGHT, TITLE, BELOW = 44.0, 10.0, 26.0, 38.0
GAP, ROOM = 18.0, 14.0  # between columns, between rows
LEGEND = 18.0


@dataclass(frozen=True)
class Curve:
    """A line, named at its end; one without values only takes the room that its name would."""

    ys: Any
    colour: str
    label: str = ""
    xs: Any = None
    dash: Dash = ()
    width: float = 2.2
    thin: bool = False


@dataclass(frozen=True)
class Mark:
    """A line across the plot at x or at y, with its name at one end."""

    x: float | None = None
    y: float | None = None
    label: str = ""
    colour: str = ""
    dash: Dash = (4, 4)
    left: bool = False
    width: float = 1


@dataclass(frozen=True)
class Dots:
    xs: Any
    ys: Any
    colour: str
    size: float = 1.7
    alpha: float = 0.7
    over: bool = False


@dataclass(frozen=True)
class Bars:
    ys: Any
    colour: str
    alpha: float = 0.55


@dataclass(frozen=True)
class Stamp:
    x: float
    y: float
    mark: str
    colour: str
    scale: float = 1
    margin: float = 0


@dataclass(frozen=True)
class View:
    """One titled plot. first: the x of a curve's first value; `under` draws before the curves, `over` after them."""

    title: str
    xlabel: str
    height: float
    x: Range
    y: Range
    ylabel: str = ""
    logx: bool = False
    log: bool = False
    first: int = 0
    beside: bool = False
    note: str = ""
    scale: tuple[str, str] | None = None
    xticks: Sequence[float] | None = None
    bands: Sequence[tuple[float, float, str]] = ()
    bars: Sequence[Bars] = ()
    marks: Sequence[Mark] = ()
    dots: Sequence[Dots] = ()
    curves: Sequence[Curve] = ()
    stamps: Sequence[Stamp] = ()
    under: Callable[[Plot], None] | None = None
    over: Callable[[Plot], None] | None = None
    italic: bool = False
    low: float = 0  # its height on a phone, if it is another


@dataclass
class Plot:
    """A view's frame on the sheet, in pixels, and where its numbers stand in it."""

    sheet: Sheet
    view: View
    box: Box

    def __post_init__(self) -> None:
        view = self.view
        self.domain = [*(log10(view.x) if view.logx else view.x), *(log10(view.y) if view.log else view.y)]

    def x(self, values: Any) -> Any:
        left, _, width, _ = self.box
        low, high, _, _ = self.domain
        return left + (_scaled(values, self.view.logx) - low) / (high - low) * width

    def y(self, values: Any) -> Any:
        _, top, _, height = self.box
        _, _, low, high = self.domain
        return top + (high - _scaled(values, self.view.log)) / (high - low) * height

    def inside(self, px: float, py: float) -> bool:
        left, top, width, height = self.box
        return left <= px <= left + width and top <= py <= top + height

    def line(self, xs: Any, ys: Any, colour: str, **settings: Any) -> None:
        """A polyline through numbers of the axes, cut at the frame."""
        self.sheet.line(self.x(xs), self.y(ys), colour, clip=self.box, **settings)

    def path(self, xs: Any, ys: Any) -> Path:
        """A closed line, in pixels."""
        points = [*zip(xs, ys, strict=True)]
        return Path([*points, points[0]], closed=True)

    # ---- from the back to the front

    def draw(self) -> None:
        view, sheet = self.view, self.sheet
        left, top, width, height = self.box
        xs, ys = self._ticks()
        if view.under:
            view.under(self)
        else:
            for at, _ in ys:
                sheet.line([left, left + width], [at, at], sheet.theme["line"], width=1, alpha=0.45)
        for start, end, colour in view.bands:
            a, b = np.clip(self.x(np.array([start, end])), left, left + width)
            sheet.box((a, top, b - a, height), colour, alpha=0.14)
        for bars in view.bars:
            self._bars(bars)
        for mark in view.marks:
            self._mark(mark)
        for dots in view.dots:
            if not dots.over:
                self._dots(dots)
        for curve in view.curves:
            self._curve(curve)
        for dots in view.dots:
            if dots.over:
                self._dots(dots)
        if view.over:
            view.over(self)
        right, bottom = left + width, top + height
        across, down = [left, right, right, left, left], [top, top, bottom, bottom, top]
        sheet.line(across, down, sheet.theme["line"], width=1)
        for stamp in view.stamps:
            self._stamp(stamp)
        self._axes(xs, ys)

    def _ticks(self) -> tuple[list[Any], list[Any]]:
        view = self.view
        x0, x1, y0, y1 = self.domain
        left, top, width, height = self.box
        if view.xticks is not None:
            xs = [(float(_scaled(at, view.logx)), form(at)) for at in view.xticks]
        else:
            xs = log_ticks(x0, x1) if view.logx else nice_ticks(x0, x1, min(8, max(2, width / 60)))
        ys = log_ticks(y0, y1) if view.log else nice_ticks(y0, y1, min(6, max(2, height / 45)))
        across = [(left + (at - x0) / (x1 - x0) * width, name) for at, name in xs]
        return across, [(top + (y1 - at) / (y1 - y0) * height, name) for at, name in ys]

    def _axes(self, xs: list[Any], ys: list[Any]) -> None:
        view, sheet = self.view, self.sheet
        left, top, width, height = self.box
        muted = sheet.theme["muted"]
        for at, name in xs:
            sheet.text(name, at, top + height + 12, colour=muted, align="center")
        for at, name in ys:
            sheet.text(name, left - 6, at, colour=muted, align="right")
        label: Any = {"size": 12.5, "colour": muted, "align": "center", "italic": view.italic}
        sheet.text(view.xlabel, left + width / 2, top + height + 29, **label)
        if view.ylabel:
            sheet.text(view.ylabel, left - 40, top + height / 2, turned=True, **label)

    def _bars(self, bars: Bars) -> None:
        _, top, _, height = self.box
        steps = np.arange(len(bars.ys)) + self.view.first
        room = max(1.0, 0.8 * (self.x(2) - self.x(1)))
        heights = np.clip(self.y(np.asarray(bars.ys, dtype=float)), top, top + height)
        floor = min(top + height, max(top, float(self.y(0.0))))
        shown = [
            [(x - room / 2, floor), (x - room / 2, y), (x + room / 2, y), (x + room / 2, floor), (x - room / 2, floor)]
            for x, y in zip(self.x(steps), heights, strict=True)
            if abs(y - floor) > 0.05
        ]
        codes = [Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY] * len(shown)
        if shown:
            path = Path(np.concatenate([np.array(bar) for bar in shown]), codes)
            self.sheet.fill(path, bars.colour, alpha=bars.alpha, clip=self.box)

    def _mark(self, mark: Mark) -> None:
        sheet = self.sheet
        left, top, width, height = self.box
        colour = mark.colour or sheet.theme["muted"]
        look: Any = {"dash": mark.dash, "width": mark.width}
        if mark.x is not None:
            px = float(self.x(mark.x))
            sheet.line([px, px], [top, top + height], colour, **look)
            near = mark.left or px > left + width - 90
            at, align = (px - 5, "right") if near else (px + 5, "left")
            if mark.label:
                sheet.text(mark.label, at, top + 10, colour=colour, align=align, halo=True, bold=True)
        elif mark.y is not None:
            py = float(self.y(mark.y))
            sheet.line([left, left + width], [py, py], colour, **look)
            at, align = (left + 6, "left") if mark.left else (left + width - 6, "right")
            if mark.label:
                sheet.text(mark.label, at, py - 8, colour=colour, align=align, halo=True, bold=True)

    def _dots(self, dots: Dots) -> None:
        look: Any = {"size": dots.size, "alpha": dots.alpha, "clip": self.box}
        self.sheet.dots(self.x(np.asarray(dots.xs)), self.y(np.asarray(dots.ys, dtype=float)), dots.colour, **look)

    def _curve(self, curve: Curve) -> None:
        ys = np.asarray(curve.ys, dtype=float)
        if not ys.size:
            return
        xs = np.arange(len(ys)) + self.view.first if curve.xs is None else np.asarray(curve.xs)
        if not curve.thin:
            self.line(xs, ys, self.sheet.theme["surface"], width=4.5, alpha=0.7)
        width = min(curve.width, 1.2) if curve.thin and curve.width == 2.2 else curve.width
        self.line(xs, ys, curve.colour, width=width, dash=curve.dash)

    def _stamp(self, stamp: Stamp) -> None:
        left, top, width, height = self.box
        px = min(left + width - stamp.margin, max(left + stamp.margin, float(self.x(stamp.x))))
        py = min(top + height - stamp.margin, max(top + stamp.margin, float(self.y(stamp.y))))
        self.sheet.stamp(stamp.mark, px, py, stamp.colour, scale=stamp.scale)


def _scaled(values: Any, logarithmic: bool) -> Any:
    return log10(values) if logarithmic else np.asarray(values, dtype=float)


# ---------------------------------------------------------------- views on the sheet


def place(sheet: Sheet, views: Sequence[View], layout: str = "rows", *, legend: bool = False) -> None:
    """Draws views as a front end's style sheet lays them out: in "rows", "pair-first", "beside" the first, as a "trio".

    legend: whether the names of the first view's curves stand once, above all.
    """
    if legend:
        sheet.top += 4
        sheet.top += _legend(sheet, views[0], PAD + LEFT, sheet.top, sheet.inner - LEFT) + 6
    own = not legend
    across, third = (sheet.inner - GAP) / 2, (sheet.inner - 2 * GAP) / 3
    first, *others = views
    if sheet.narrow or layout == "rows":
        for view in views:
            shown = replace(view, height=view.low) if sheet.narrow and view.low else view
            stand(sheet, [(shown, PAD, sheet.inner)], legend=own)
    elif layout == "trio":
        stand(sheet, [(view, PAD + k * (third + GAP), third) for k, view in enumerate(views)], legend=own)
    elif layout == "pair-first":
        stand(sheet, [(first, PAD, sheet.inner)])
        stand(sheet, [(view, PAD + k * (across + GAP), across) for k, view in enumerate(others)])
    elif layout == "beside":
        top = sheet.top
        for view in others:
            stand(sheet, [(view, PAD + across + GAP, across)])
        high = sheet.top - ROOM - top - TITLE - BELOW
        _one(sheet, replace(first, height=high), PAD, top, across)
    else:
        raise ValueError(f'layout must be "rows", "pair-first", "beside" or "trio", got {layout!r}')
    sheet.top -= ROOM


def stand(sheet: Sheet, row: Sequence[tuple[View, float, float]], *, legend: bool = True) -> None:
    """Draws views side by side, each from a place on and so wide, below what is there."""
    ends = [_one(sheet, view, left, sheet.top, width, legend=legend) for view, left, width in row]
    sheet.top = max(ends) + ROOM


def _one(sheet: Sheet, view: View, left: float, top: float, width: float, *, legend: bool = True) -> float:
    """Draws a view, and says where it ends."""
    names = [curve.label for curve in view.curves if curve.label]
    above = not view.beside and (width < 440 or not legend)
    longest = max((breadth(name, 12, True) for name in names), default=0.0)
    right = min(longest + 10, 130) if names and not above else RIGHT
    frame = heading(sheet, view, left + LEFT, top, left + width - RIGHT)
    if above and legend and any(len(curve.ys) for curve in view.curves if curve.label):
        frame += _legend(sheet, view, left + LEFT, frame - 2, width - LEFT)
    plot = Plot(sheet, view, (left + LEFT, frame, width - LEFT - right, view.height))
    plot.draw()
    if not above:
        _names(plot)
    return frame + plot.box[3] + BELOW


def heading(sheet: Sheet, view: View, left: float, top: float, right: float) -> float:
    """A view's title, and beside or below it what is said of it or the scale of its colours; where its plot begins."""
    muted = sheet.theme["muted"]
    sheet.text(view.title, left, top + 9, size=13, bold=True)
    if view.scale:
        low, high = view.scale
        strip = 64.0
        sheet.text(high, right, top + 9, size=12, colour=muted, align="right")
        right -= breadth(high, 12) + 6 + strip
        sheet.text(low, right - 6, top + 9, size=12, colour=muted, align="right")
        for k in range(15):
            sheet.box((right + k * strip / 15, top + 4.5, strip / 15 + 0.3, 9), mixed(sheet.theme["ramp"], k / 14))
        across = [right, right + strip, right + strip, right, right]
        down = [*[top + 4.5] * 2, *[top + 13.5] * 2, top + 4.5]
        sheet.line(across, down, sheet.theme["line"], width=1)
    elif left + breadth(view.title, 13, True) + 12 + breadth(view.note, 13) <= right:
        sheet.text(view.note, right, top + 9, size=13, colour=muted, align="right")
    else:
        sheet.text(view.note, left, top + 26, size=12.5, colour=muted)
        top += 17
    return top + TITLE


def mixed(stops: Sequence[str], at: float) -> str:
    """The colour at a share of the way along some."""
    place = min(1.0, max(0.0, at)) * (len(stops) - 1)
    below = min(int(place), len(stops) - 2)
    return blend(stops[below], stops[below + 1], place - below)


def blend(one: str, other: str, share: float) -> str:
    parts = [(int(one[k : k + 2], 16), int(other[k : k + 2], 16)) for k in (1, 3, 5)]
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in parts)


def _names(plot: Plot) -> None:
    """Each curve's name at its end, kept apart."""
    left, top, width, height = plot.box
    named = [curve for curve in plot.view.curves if curve.label and len(curve.ys)]
    ends = [float(plot.y(curve.ys[-1])) - top for curve in named]
    placed = spread([min(height, max(0.0, end)) if np.isfinite(end) else 0.0 for end in ends], 14, height)
    for curve, at in zip(named, placed, strict=True):
        plot.sheet.text(curve.label, left + width + 6, top + at, colour=curve.colour, bold=True)


def _legend(sheet: Sheet, view: View, left: float, top: float, width: float) -> float:
    """Names above a plot, each beside a piece of its line; how high they are."""
    x, y = left, top
    for curve in view.curves:
        if not curve.label:
            continue
        across = 36 + breadth(curve.label, 12, True)
        if x > left and x + across > left + width:
            x, y = left, y + LEGEND
        swatch(sheet, x, y + 6, curve.colour, curve.dash)
        sheet.text(curve.label, x + 36, y + 6, colour=curve.colour, bold=True)
        x += across + 14
    return y + LEGEND - top


def swatch(sheet: Sheet, x: float, y: float, colour: str, dash: Dash, mark: str = "", width: float = 30) -> None:
    """A piece of a line, with its mark."""
    sheet.line([x, x + width], [y, y], colour, width=2.2, dash=dash)
    if mark:
        sheet.stamp(mark, x + width / 2, y, colour, scale=0.9)
