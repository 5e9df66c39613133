"""What every figure has: the state on the static page, and the generated module its front end computes with."""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from typing import Any

import anywidget
import sympy as sp

from ..problems import Landscape
from ..reading.javascript import javascript_expression
from ..reading.parse import symbol
from ..rules import Rule

FOLDER = Path(__file__).parent
_IMPORT = re.compile(r'^import \{([^}]*)\} from "\./(\w+)\.js";\n', re.M)
_EXPORT = re.compile(r"^export (?=(?:async function|function|class|const) (\w+))", re.M)


class Figure(anywidget.AnyWidget):
    """A widget in a live notebook; on a static page the same front end, with its state and without a kernel."""

    #: The name of the front end: `<module>.js` beside this file, and `<module>.css` if it needs its own.
    module: str
    #: What the figure shows, in words, for readers whose browser does not run it.
    summary = ""

    def __init_subclass__(cls, **keywords: Any) -> None:
        if "module" in cls.__dict__:
            cls._esm, cls._css = bundle(cls.module), "".join(_sheet(name).read_text() for name in _sheets(cls.module))
        super().__init_subclass__(**keywords)

    def to_html(self) -> str:
        """The figure for a static page that loads `host.js`."""
        state = json.dumps({name: getattr(self, name) for name in self.shown()}, allow_nan=False)
        # In a script element no "<" may start a tag or a comment; JSON has it only inside strings.
        state = state.replace("<", "\\u003c")
        narrow, wide = self.heights()
        return (
            f'<div class="firstorder-widget" data-module="{self.module}" '
            f'data-styles="{" ".join(_sheets(self.module))}" style="container-type: inline-size">'
            "<style>.firstorder-fallback { margin: 0; min-height: var(--narrow); } "
            "@container (min-width: 602px) { .firstorder-fallback { min-height: var(--wide); } }</style>"
            f'<p class="firstorder-fallback" style="--narrow: {narrow}px; --wide: {wide}px">{escape(self.summary)}</p>'
            f'<script type="application/json">{state}</script></div>'
        )

    def heights(self) -> tuple[int, int]:
        """Pixels to hold for the figure until it is drawn, on a phone and on a desk, so that the text does not jump."""
        return 0, 0

    def shown(self) -> list[str]:
        """The traits that the front end reads: those of the figure, not those of every widget."""
        common = Figure.class_trait_names()
        return [name for name in self.traits(sync=True) if name not in common and not name.startswith("_")]

    def _repr_mimebundle_(self, **keywords: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        bundle = super()._repr_mimebundle_(**keywords)
        data, metadata = bundle if isinstance(bundle, tuple) else (bundle or {}, {})
        return {**data, "text/html": self.to_html()}, metadata


def _sheet(name: str) -> Path:
    return FOLDER / f"{name}.css"


def _sheets(module: str) -> list[str]:
    return [name for name in ("parts", module) if _sheet(name).exists()]


@functools.cache
def bundle(module: str) -> str:
    """A front end as one source, which is what anywidget takes: each module it imports is a constant before it."""
    before: dict[str, str] = {}

    def inline(name: str) -> str:
        return _IMPORT.sub(imported, (FOLDER / f"{name}.js").read_text(encoding="utf-8"))

    def imported(match: re.Match[str]) -> str:
        names, name = match.groups()
        if name not in before:
            text = inline(name)
            exported = ", ".join(_EXPORT.findall(text))
            before[name] = f"const ${name} = (() => {{\n{_EXPORT.sub('', text)}return {{ {exported} }};\n}})();\n"
        return f"const {{{names}}} = ${name};\n"

    front = inline(module)
    return "".join(before.values()) + front


def mathematics(
    rules: Iterable[Rule], landscapes: Iterable[Landscape] = (), expressions: Mapping[str, sp.Expr] | None = None
) -> str:
    """The source of a JavaScript module: `rules`, `landscapes` and `expressions` by key, all of it generated.

    An expression becomes a function of an object with its symbols by name.
    """
    updates = [f"{rule.key}: {rule.javascript()}" for rule in rules]
    grounds = [f"{ground.key}: {{...{ground.javascript()}, {_minima(ground)}}}" for ground in landscapes]
    functions = [
        f"{key}: ({{{', '.join(sorted(s.name for s in expr.free_symbols))}}}) => {javascript_expression(expr)}"
        for key, expr in (expressions or {}).items()
    ]
    kinds = {"rules": updates, "landscapes": grounds, "expressions": functions}
    return "".join(f"export const {kind} = {{\n{_join(entries)}\n}};\n" for kind, entries in kinds.items() if entries)


def _join(entries: Iterable[str]) -> str:
    return ",\n".join(entries)


def _minima(ground: Landscape) -> str:
    """`minima({...})`: the minimisers as functions of the parameters, or those of now if they cannot be read so."""
    names = list(ground.parameters)
    try:
        found = ground.find_minima(**{name: symbol(name) for name in names})
        points = [[javascript_expression(sp.sympify(c)) for c in point] for point in found]
    except (TypeError, AttributeError, sp.SympifyError):
        points = [[repr(float(c)) for c in point] for point in ground.minima]
    return f"minima({{{', '.join(names)}}}) {{ return [{', '.join(f'[{x}, {y}]' for x, y in points)}]; }}"
