"""Marks what holds on the built site only; notebooks drop it, and print does not show it.

Drag the start. {only-site}`Its *Link* button copies an address.`

:::{only-site}
Whole paragraphs.
:::
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

CLASS = "only-site"


class Block(SphinxDirective):
    has_content = True

    def run(self) -> list[nodes.Node]:
        self.assert_has_content()
        box = nodes.container(classes=[CLASS])
        self.state.nested_parse(self.content, self.content_offset, box)
        return [box]


class Inline(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        children, messages = self.inliner.parse(self.text, self.lineno, self, self.inliner.parent)  # type: ignore[arg-type]
        return [nodes.inline("", "", *children, classes=[CLASS])], messages


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive(CLASS, Block)
    app.add_role(CLASS, Inline())
    return {"parallel_read_safe": True}
