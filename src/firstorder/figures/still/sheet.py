"""A sheet of paper in CSS pixels, y downwards: lines, fills, text and marks in a theme's colours."""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import matplotlib as mpl
import numpy as np
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import Affine2D

from ...plots.basic import TOKENS
from ...plots.printed import light_png
from .svg import shortened

#: Pixels around what is drawn, and the width below which views stand one below another.
PAD, NARROW = 14, 600
STAR = "M0-8L2-2.6L7.6-2.5L3.2 1L4.7 6.5L0 3.3L-4.7 6.5L-3.2 1L-7.6-2.5L-2-2.6z"
CROSS = "M-6-4L-4-6L0-2L4-6L6-4L2 0L6 4L4 6L0 2L-4 6L-6 4L-2 0z"
DISC, SQUARE = "circle", "square"
#: What a notebook may have set otherwise, and changes what is drawn.
STYLE: Any = {
    "lines.scale_dashes": False,
    "path.simplify": True,
    "path.simplify_threshold": 0.3,
    "path.sketch": None,
    "path.effects": [],
    "svg.fonttype": "none",
    "svg.hashsalt": "firstorder",
    "text.usetex": False,
}

Box = tuple[float, float, float, float]  # left, top, width, height
Dash = Sequence[float]


@dataclass(frozen=True)
class Look:
    """How an optimizer is told apart: its colour in both themes, the dash of its line, and its mark."""

    color: str
    dash: Dash
    mark: str

    @classmethod
    def of(cls, token: dict[str, str]) -> Look:
        return cls(token["color"], TOKENS["dashes"][token["dash"]], token["mark"])


SERIES = [Look.of(token) for token in TOKENS["series"]]


def looks_of(keys: Sequence[str]) -> list[Look]:
    """An optimizer keeps its own look; a copy, or one that has none, takes one whose colour no one uses."""
    own = [Look.of(TOKENS["methods"][key]) if key in TOKENS["methods"] else None for key in keys]
    used = {look.color for look in own if look}
    given: list[Look] = []
    for look in own:
        if look is None or look in given:
            look = next((other for other in reversed(SERIES) if other.color not in used), SERIES[0])
        given.append(look)
        used.add(look.color)
    return given


class Sheet:
    """What is drawn later lies above; `top` is how far down it has been filled, in pixels."""

    def __init__(self, theme: str, width: float):
        if theme not in TOKENS["themes"]:
            raise ValueError(f'theme must be "light" or "dark", got {theme!r}')
        self.name = theme
        self.theme: dict[str, Any] = TOKENS["themes"][theme]
        self.width, self.top = float(width), float(PAD)
        self.figure = Figure(dpi=72, facecolor=self.theme["surface"])
        self._down = Affine2D()
        self._place = self._down + self.figure.dpi_scale_trans
        self._above = 1.0

    @property
    def narrow(self) -> bool:
        return self.width < NARROW

    @property
    def inner(self) -> float:
        return self.width - 2 * PAD

    def colour(self, look: Look) -> str:
        return TOKENS["colors"][look.color][self.name]

    # ---- drawing

    def _add(self, artist: Any, clip: Box | None) -> None:
        self._above += 1
        artist.set(transform=self._place, zorder=self._above)
        self.figure.add_artist(artist, clip=False)
        if clip:
            left, top, width, height = clip
            artist.set_clip_path(Rectangle((left, top), width, height, transform=self._place))

    def line(
        self,
        xs: Any,
        ys: Any,
        colour: str,
        *,
        width: float = 2,
        dash: Dash = (),
        alpha: float = 1,
        clip: Box | None = None,
    ) -> None:
        """A polyline; what is far outside `clip` is drawn at its edge, for no renderer takes numbers of any size."""
        xs, ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        if clip:
            left, top, across, high = clip
            xs, ys = np.clip(xs, left - 4000, left + across + 4000), np.clip(ys, top - 4000, top + high + 4000)
        if len(xs) > 60:
            whole = np.isfinite(xs) & np.isfinite(ys)
            xs, ys = simplified(np.column_stack([xs[whole], ys[whole]]), 0.15).T
        style: Any = (0, tuple(dash)) if dash else "-"
        settings: Any = {"solid_capstyle": "round", "solid_joinstyle": "round", "dash_joinstyle": "round"}
        artist = Line2D(xs, ys, color=colour, linewidth=width, linestyle=style, alpha=alpha, marker="", **settings)
        self._add(artist, clip)

    def fill(
        self,
        path: Path,
        colour: str,
        *,
        alpha: float = 1,
        edge: str | None = None,
        width: float = 1,
        clip: Box | None = None,
    ) -> None:
        face: Any = (colour, alpha)
        line: Any = {"edgecolor": edge or "none", "linewidth": width if edge else 0, "joinstyle": "round"}
        self._add(PathPatch(path, facecolor=face, linestyle="-", **line), clip)

    def box(self, box: Box, colour: str, *, round: float = 0, **settings: Any) -> None:
        self.fill(rounded(box, round), colour, **settings)

    def text(
        self,
        text: str,
        x: float,
        y: float,
        *,
        size: float = 12,
        colour: str | None = None,
        bold: bool = False,
        italic: bool = False,
        align: str = "left",
        halo: bool = False,
        turned: bool = False,
    ) -> None:
        """One line of text, whose middle is at y."""
        # A stroke around it would make it outlines; on what is behind, paper does as well.
        behind = {"facecolor": (self.theme["surface"], 0.8), "linewidth": 0, "boxstyle": "square,pad=0.08"}
        shown = Text(
            x,
            y,
            text,
            color=colour or self.theme["text"],
            fontproperties=font(size, bold, italic),
            horizontalalignment=align,  # type: ignore[arg-type]
            verticalalignment="center" if turned else "center_baseline",
            rotation=90 if turned else 0,
            bbox=behind if halo else None,
            parse_math=False,
        )
        self._add(shown, None)

    def stamp(self, mark: str, x: float, y: float, colour: str, *, scale: float = 1, clip: Box | None = None) -> None:
        """A mark of `tokens.json`, or a path, with a halo."""
        shape = outline(TOKENS["marks"][mark]["path"] if mark in TOKENS["marks"] else mark)
        placed = shape.transformed(Affine2D().scale(scale).translate(x, y))
        self.fill(placed, self.theme["surface"], edge=self.theme["surface"], width=3 * scale, clip=clip)
        self.fill(placed, colour, clip=clip)

    def dots(self, xs: Any, ys: Any, colour: str, *, size: float, alpha: float = 1, clip: Box | None = None) -> None:
        """Discs of radius `size`."""
        xs, ys = np.asarray(xs, dtype=float), np.asarray(ys, dtype=float)
        if clip:
            left, top, width, height = clip
            inside = (xs >= left) & (xs <= left + width) & (ys >= top) & (ys <= top + height)
            xs, ys = xs[inside], ys[inside]
        if not xs.size:
            return
        # Hardly a line each, and its round ends: shorter to write than so many circles.
        points = np.repeat(np.column_stack([xs, ys]), 2, axis=0) + np.tile([[0, 0], [0.01, 0]], (len(xs), 1))
        path = Path(points, [Path.MOVETO, Path.LINETO] * len(xs))
        # As they stand: put on whole pixels, as level lines are, they would have no length and not be drawn.
        line: Any = {"facecolor": "none", "edgecolor": (colour, alpha), "linewidth": 2 * size, "capstyle": "round"}
        line["snap"] = False
        self._add(PathPatch(path, **line), None)

    def paragraph(self, text: str, *, size: float = 12.5, colour: str | None = None, indent: float = 0) -> None:
        """Text over the whole width, below what is there."""
        lines = wrapped(text, size, self.inner - indent)
        for line in lines:
            self.text(line, PAD + indent, self.top + 0.6 * size, size=size, colour=colour or self.theme["muted"])
            self.top += 1.4 * size

    # ---- what comes of it

    def finish(self) -> None:
        self.top = float(np.ceil(self.top + PAD / 2))
        self.figure.set_size_inches(self.width / 72, self.top / 72)
        self._down.clear().scale(1 / 72, -1 / 72).translate(0, self.top / 72)

    def svg(self) -> str:
        """Text stays text, in the reader's own font; coordinates are to a tenth of a pixel."""
        self.finish()
        written = io.StringIO()
        nothing: Any = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        FigureCanvasSVG(self.figure).print_svg(written, metadata=nothing)
        return shortened(written.getvalue(), self.width, self.top)

    def png(self, scale: float, limit: int) -> bytes:
        """With `scale` pixels to one of the sheet's, or fewer, so as to have at most `limit` bytes."""
        self.finish()
        return light_png(self.figure, 72 * scale, limit)


@cache
def font(size: float, bold: bool = False, italic: bool = False) -> FontProperties:
    look: Any = {"weight": 700 if bold else 400, "style": "italic" if italic else "normal"}
    return FontProperties(family="DejaVu Sans", size=size, **look)


@cache
def breadth(text: str, size: float = 12, bold: bool = False) -> float:
    """The width of a line of text in pixels."""
    width, _, _ = text_to_path.get_text_width_height_descent(text, font(size, bold), False)
    return float(width)


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Text in lines of at most that width, or of one word; an equation and a point are one."""
    lines = [""]
    for word in re.sub(r" = |(?<=\()([^ ,]+), ", lambda found: found[0].replace(" ", "\u00a0"), text).split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if breadth(longer, size) > width and lines[-1]:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def rounded(box: Box, radius: float) -> Path:
    """A rectangle with round corners."""
    left, top, width, height = box
    right, bottom = left + width, top + height
    if not radius:
        corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
        return Path(corners, closed=True)
    points = [(left + radius, top)]
    codes = [Path.MOVETO]
    ends = [
        ((right - radius, top), (right, top), (right, top + radius)),
        ((right, bottom - radius), (right, bottom), (right - radius, bottom)),
        ((left + radius, bottom), (left, bottom), (left, bottom - radius)),
        ((left, top + radius), (left, top), (left + radius, top)),
    ]
    for start, corner, end in ends:
        points += [start, corner, end]
        codes += [Path.LINETO, Path.CURVE3, Path.CURVE3]
    return Path([*points, points[0]], [*codes, Path.CLOSEPOLY])


_PIECE = re.compile(r"([a-zA-Z])|(-?(?:\d+\.?\d*|\.\d+))")


@cache
def outline(drawn: str) -> Path:
    """An SVG path of lines, and of circles written as two arcs, as Matplotlib takes it."""
    if "a" in drawn:  # a circle about the origin: "M-5 0a5 5 0 1 0 10 0a5 5 0 1 0-10 0z"
        found = re.match(r"M-([\d.]+)", drawn)
        if found is None:
            raise ValueError(f"the only arcs that are known are circles about the origin, got {drawn!r}")
        return Path.unit_circle().transformed(Affine2D().scale(float(found[1])))
    points: list[tuple[float, float]] = []
    pieces: list[list[Any]] = []
    for letter, number in _PIECE.findall(drawn):
        if letter:
            pieces.append([letter])
        else:
            pieces[-1].append(float(number))
    x = y = 0.0
    for letter, *numbers in pieces:
        pairs = [(numbers[k], numbers[k + 1]) for k in range(0, len(numbers) - 1, 2)]
        if letter in "ML":
            for x, y in pairs:
                points.append((x, y))
        elif letter in "Hh":
            x = numbers[0] + (x if letter == "h" else 0)
            points.append((x, y))
        elif letter in "Vv":
            y = numbers[0] + (y if letter == "v" else 0)
            points.append((x, y))
        elif letter != "z":
            raise ValueError(f"an SVG path may have M, L, H, h, V, v and z here, got {letter!r} in {drawn!r}")
    return Path([*points, points[0]], closed=True)


def svg(draw: Callable[[Sheet], None], theme: str, width: float) -> str:
    with mpl.rc_context(STYLE):
        sheet = Sheet(theme, width)
        draw(sheet)
        return sheet.svg()


def png(draw: Callable[[Sheet], None], theme: str, width: float, scale: float, limit: int) -> bytes:
    with mpl.rc_context(STYLE):
        sheet = Sheet(theme, width)
        draw(sheet)
        return sheet.png(scale, limit)


def simplified(points: np.ndarray, within: float) -> np.ndarray:
    """Douglas and Peucker's line through some of the points, none of the others farther than `within` from it."""
    keep = np.zeros(len(points), dtype=bool)
    keep[[0, -1]] = True
    waiting = [(0, len(points) - 1)]
    while waiting:
        first, last = waiting.pop()
        if last - first < 2:
            continue
        (ax, ay), (bx, by) = points[first], points[last]
        between = points[first + 1 : last]
        length = np.hypot(bx - ax, by - ay)
        if length < 1e-9:
            away = np.hypot(between[:, 0] - ax, between[:, 1] - ay)
        else:
            away = np.abs((between[:, 0] - ax) * (by - ay) - (between[:, 1] - ay) * (bx - ax)) / length
        farthest = int(away.argmax())
        if away[farthest] > within:
            middle = first + 1 + farthest
            keep[middle] = True
            waiting += [(first, middle), (middle, last)]
    return points[keep]
