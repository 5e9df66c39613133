"""Lets a page appear before its scripts arrive: search and the theme's tools wait for the text, in their order."""

import re
from typing import Any

from sphinx.application import Sphinx

# An inline script writes the page's name into the options, so these come first.
WAITING = re.compile(r"<script (?=[^>]*\bsrc=)(?![^>]*(?:documentation_options|\bdefer\b|\basync\b))")
UNDECIDED = re.compile(r'(<html\b[^>]* data-theme=)"auto"')


def deferred(html: str) -> str:
    return WAITING.sub("<script defer ", html)


def readable_at_once(html: str) -> str:
    """Code has colors in the light and in the dark, and none in the theme's `auto`, which only a script resolves."""
    return UNDECIDED.sub(r'\1"light"', html)


def add_filter(app: Sphinx) -> None:
    app.builder.templates.environment.filters["deferred"] = deferred


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("builder-inited", add_filter)
    return {"parallel_read_safe": True}
