"""What every figure has: the state on the static page, and the generated module its front end computes with."""

from __future__ import annotations

import json
from collections.abc import Iterable
from html import escape
from typing import Any

import anywidget
import sympy as sp

from ..problems import Landscape
from ..reading import javascript_expression
from ..reading.parse import symbol
from ..rules import Rule


class Figure(anywidget.AnyWidget):
    """A widget in a live notebook; on a static page the same front end, with its state and without a kernel."""

    #: The name of the front end: `<module>.js` and `<module>.css` beside this file.
    module: str
    #: What the figure shows, in words, for readers whose browser does not run it.
    summary = ""

    def to_html(self) -> str:
        """The figure for a static page that loads `host.js`."""
        state = json.dumps({name: getattr(self, name) for name in self.shown()}, allow_nan=False)
        # In a script element no "<" may start a tag or a comment; JSON has it only inside strings.
        state = state.replace("<", "\\u003c")
        narrow, wide = self.heights()
        return (
            f'<div class="firstorder-widget" data-module="{self.module}" style="container-type: inline-size">'
            f"<style>.firstorder-fallback {{ margin: 0; min-height: {narrow}px; }} "
            f"@container (min-width: 602px) {{ .firstorder-fallback {{ min-height: {wide}px; }} }}</style>"
            f'<p class="firstorder-fallback">{escape(self.summary)}</p>'
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


def mathematics(rules: Iterable[Rule], landscapes: Iterable[Landscape]) -> str:
    """The source of a JavaScript module: `rules` and `landscapes` by key, all of it generated."""
    updates = [f"{rule.key}: {rule.javascript()}" for rule in rules]
    grounds = [f"{ground.key}: {{...{ground.javascript()}, {_minima(ground)}}}" for ground in landscapes]
    return f"export const rules = {{\n{_join(updates)}\n}};\nexport const landscapes = {{\n{_join(grounds)}\n}};\n"


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
