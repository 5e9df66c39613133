"""Gives each page its first paragraph as its description, for search engines and link previews."""

from html import escape
from textwrap import shorten
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx


def describe(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    paragraph = next(doctree.findall(nodes.paragraph), None) if doctree else None
    text = paragraph.astext() if paragraph is not None else context.get("title", app.config.html_title)
    summary = escape(shorten(text, 160, placeholder="…"))
    context["metatags"] = context.get("metatags", "") + f'<meta name="description" content="{summary}">\n'


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", describe)
    return {"parallel_read_safe": True}
