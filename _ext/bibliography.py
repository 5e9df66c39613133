"""Takes from the bibliography the ARIA roles that docutils writes and ARIA has since withdrawn from such elements."""

from typing import Any

from sphinx.application import Sphinx


def without_roles(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if body := context.get("body"):
        context["body"] = body.replace(' role="doc-biblioentry"', "").replace(
            '<div role="list" class="citation-list">', '<div class="citation-list">'
        )


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", without_roles)
    return {"parallel_read_safe": True}
