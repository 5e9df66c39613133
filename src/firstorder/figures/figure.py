"""What every figure has: the state on the static page, and the generated mathematics its front end computes with."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, Self

import anywidget
import sympy as sp
import traitlets

from ..problems import Landscape
from ..reading.javascript import javascript_expression
from ..reading.symbolic import symbol
from ..rules import Rule
from .guide import Guide
from .scenario import Formula, Scenario, function

if TYPE_CHECKING:
    from .still.sheet import Sheet

#: What all figures share, a file for each kind of figure, and their style sheet: what `js/` and `css/` are bundled
#: into. They are kept beside the sources, and tested to be of them, so that a notebook or a wheel that is built from a
#: checkout needs no Node.js.
BUNDLE = Path(__file__).parent / "built"


#: Of what stands in the place of a figure until it is drawn, where it cannot be, and on paper. The theme's own style
#: would dim a picture on a dark page.
#: `--narrow` is for a place of 310 pixels under a mouse. A figure takes some 45 more for fingers, whose buttons are
#: higher, and 2.6 for each pixel that its place is narrower: means over all figures on phones of 320 to 390 pixels.
STYLE = (
    ".firstorder-fallback { margin: 0; "
    "min-height: calc(var(--narrow) + var(--finger, 0px) + 2.6 * max(0px, 310px - 100cqw)); } "
    "@media (pointer: coarse) { .firstorder-fallback { --finger: 45px; } } "
    "@container (min-width: 602px) { .firstorder-fallback { --held: var(--wide); min-height: var(--held); } "
    ".firstorder-still img { max-height: var(--held); object-fit: contain; } } "
    "@container (min-width: 902px) { .firstorder-fallback { --held: calc(var(--wide) - var(--fewer, 0px)); } } "
    ".firstorder-still img { display: block; width: 100%; height: auto; border: 1px solid #8886; border-radius: 12px; "
    "box-sizing: border-box; } "
    ".firstorder-dark, [data-theme=dark] .firstorder-light, .firstorder-drawn > .firstorder-fallback "
    "{ display: none; } [data-theme=dark] .firstorder-dark { display: block; } "
    "@media print { .firstorder-drawn > .firstorder-fallback, .firstorder-widget .firstorder-light "
    "{ display: block !important; } .firstorder-fallback { min-height: 0 !important; } "
    ".firstorder-widget .firstorder-dark, .firstorder-drawn > :not(.firstorder-fallback) "
    "{ display: none !important; } .firstorder-still img { break-inside: avoid; } }"
)


class Figure(anywidget.AnyWidget):
    """A widget in a live notebook; on a static page the same front end, with its state and without a kernel."""

    #: The name of the front end: `js/figures/`'s file, and what that says of itself by `add`.
    module: str
    #: The same, for a notebook's copy of the front ends.
    front = traitlets.Unicode().tag(sync=True)
    #: What leads a reader through it, for the front end.
    guide: Any = traitlets.Dict().tag(sync=True)
    #: The same, as it is written, unless `leader` knows better.
    leads: ClassVar[Guide | None] = None
    #: What the figure shows, in words, for readers whose browser does not run it.
    summary = ""
    #: Pixels of its height on a desk that it does not take where it is wider than a chapter's column, as on the cover.
    fewer: ClassVar[int] = 0
    #: Its id on a page, where it is not counted: see `named`.
    anchor = ""

    _css = (BUNDLE / "figures.css").read_text(encoding="utf-8")

    def __init_subclass__(cls, **keywords: Any) -> None:
        if "module" in vars(cls):
            # Front ends are scripts, which a page may load from a folder too; a notebook wants a module.
            names = ("figures.js", "kinds/guide.js", f"kinds/{cls.module}.js")
            parts = [(BUNDLE / name).read_text(encoding="utf-8") for name in names]
            cls._esm = "\n".join([*parts, "export default firstorder.default;\n"])
        super().__init_subclass__(**keywords)

    @traitlets.default("front")
    def _front(self) -> str:
        return self.module

    def leader(self) -> Guide | None:
        """Its guide as the page has it."""
        return self.leads

    @traitlets.default("guide")
    def _guide(self) -> dict[str, Any]:
        leader = self.leader()
        return leader.described(self.reached) if leader else {}

    def reached(self, changes: Mapping[str, Any]) -> dict[str, Any]:
        """What changes with a stop of the guide, as the front end has it."""
        return dict(changes)

    def named(self, anchor: str) -> Self:
        """This figure, with an id on its page that stays when other figures come before it: lower case letters, digits
        and hyphens, the first a letter. Without one it is `playground-1`, the first of its kind.

        Raises ValueError for another one.
        """
        if not re.fullmatch(r"[a-z][a-z0-9-]*", anchor):
            allowed = "lower case letters, digits and hyphens, such as 'two-rates'"
            raise ValueError(f"anchor must be {allowed}, got {anchor!r}")
        self.anchor = anchor
        return self

    def to_html(self) -> str:
        """The figure for a static page that loads `figures.js`."""
        state = json.dumps({name: getattr(self, name) for name in self.shown()}, allow_nan=False)
        # In a script element no "<" may start a tag or a comment; JSON has it only inside strings.
        state = state.replace("<", "\\u003c")
        narrow, wide = self.room()
        held = f"--narrow: {narrow}px; --wide: {wide}px" + (f"; --fewer: {self.fewer}px" if self.fewer else "")
        named = f'id="{self.anchor}" ' if self.anchor else ""
        return (
            f'<div class="firstorder-widget" {named}data-module="{self.module}" style="container-type: inline-size">'
            f'<style>{STYLE}</style><div class="firstorder-fallback" style="{held}">'
            f"{''.join(map(self._stills, ('light', 'dark')))}"
            "<noscript><style>.firstorder-fallback { min-height: 0 !important; }</style>"
            "<p>This is a still of an interactive figure, which needs JavaScript.</p></noscript></div>"
            f'<script type="application/json">{state}</script></div>'
        )

    def _stills(self, theme: str) -> str:
        """Those of a theme, for a phone and for a desk: of both and of all themes a browser asks for one."""
        narrow, wide = (
            f'"{_data("svg+xml", svg.encode())}" {_size(svg)}'
            for svg in (self.still(theme, 328), self.still(theme, 688))
        )
        return (
            f'<picture class="firstorder-still firstorder-{theme}"><source media="(max-width: 640px)" srcset={narrow}>'
            f'<img src={wide} alt="{escape(self.summary)}" loading="lazy" class="dark-light"></picture>'
        )

    def still(self, theme: str = "light", width: int = 688) -> str:
        """What the figure shows now, as SVG on the colours of a "light" or a "dark" page; width: in CSS pixels.

        Below 600 pixels its views stand one below another, as in the live figure. Needs Matplotlib.
        """
        from .still.sheet import svg

        return svg(self.draw, theme, width)

    def picture(self, theme: str = "light", width: int = 688, *, scale: float = 1.5, limit: int = 60_000) -> bytes:
        """The same as PNG, `scale` pixels to one of the page; fewer, of fewer colours, if `limit` bytes ask for it."""
        from .still.sheet import png

        return png(self.draw, theme, width, scale, limit)

    def draw(self, sheet: Sheet) -> None:
        """Draws a still on a sheet of paper."""
        raise NotImplementedError

    def heights(self) -> tuple[int, int]:
        """Pixels to hold for the figure until it is drawn, on a phone and on a desk, so that the text does not jump."""
        return 0, 0

    def room(self) -> tuple[int, int]:
        """The same with its guide."""
        leader = self.leader()
        taken = leader.heights() if leader else (0, 0)
        narrow, wide = (pixels + more for pixels, more in zip(self.heights(), taken, strict=True))
        return narrow, wide

    def shown(self) -> list[str]:
        """The traits that the front end reads: those of the figure, not those of every widget."""
        common = {*Figure.class_trait_names()} - {"guide"}
        return [name for name in self.traits(sync=True) if name not in common and not name.startswith("_")]

    def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**keywords)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        picture = self.picture()
        # A notebook that is opened without a kernel shows what it finds of these; the site's build asks for its own.
        html = self.to_html() if os.environ.get("FIRSTORDER_FIGURES") == "page" else self._pictured(picture)
        return {**data, "text/html": html, "image/png": base64.b64encode(picture).decode()}, metadata

    #: With ipywidgets 7, as on Colab, this showed a figure, and nothing but its live view; without it the bundle does.
    _ipython_display_ = None

    def _pictured(self, picture: bytes) -> str:
        words = escape(self.summary)
        return f'<img src="{_data("png", picture)}" alt="{words}" width="688" style="max-width: 100%; height: auto">'


def _data(kind: str, content: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def _size(svg: str) -> str:
    """The attributes that keep its place before a picture is there."""
    return " ".join(re.findall(r'(?:width|height)="\d+"', svg[: svg.index(">")])[:2])


def mathematics(
    rules: Iterable[Rule],
    landscapes: Iterable[Landscape] = (),
    expressions: Mapping[str, Formula] | None = None,
    scenarios: Mapping[str, Scenario] | None = None,
) -> str:
    """The source of a JavaScript object: `rules`, `landscapes`, … by key, all of it generated.

    An expression becomes a function of an object with its symbols by name.
    """
    updates = [f"{rule.key}: {rule.javascript()}" for rule in rules]
    grounds = [f"{ground.key}: {{...{ground.javascript()}, {_minima(ground)}}}" for ground in landscapes]
    functions = [f"{key}: {function(expr)}" for key, expr in (expressions or {}).items()]
    runs = [f"{json.dumps(key)}: {scenario.javascript()}" for key, scenario in (scenarios or {}).items()]
    kinds = {"rules": updates, "landscapes": grounds, "expressions": functions, "scenarios": runs}
    return _object(f"{kind}: {_object(entries)}" for kind, entries in kinds.items() if entries)


def _object(entries: Iterable[str]) -> str:
    return "{\n" + ",\n".join(entries) + "\n}"


def _minima(ground: Landscape) -> str:
    """`minima({...})`: the minimisers as functions of the parameters, or those of now if they cannot be read so."""
    names = list(ground.parameters)
    try:
        found = ground.find_minima(**{name: symbol(name) for name in names})
        points = [[javascript_expression(sp.sympify(c)) for c in point] for point in found]
    except (TypeError, AttributeError, sp.SympifyError):
        points = [[repr(float(c)) for c in point] for point in ground.minima]
    return f"minima({{{', '.join(names)}}}) {{ return [{', '.join(f'[{x}, {y}]' for x, y in points)}]; }}"
