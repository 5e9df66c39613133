"""Says under a chapter's title how long it takes to read: its words, and what takes longer than its words.

200 words a minute, which is slow for prose, as for mathematics it should be; a displayed formula counts as 20 words and
a line of code as 5. What is folded, such as solutions, does not count.
"""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

A_MINUTE = 200
FOLDED = {"sd-dropdown", "tag_hide-cell", "tag_hide-input", "tag_remove-input", "tag_remove-cell", "cell_output"}


def words(node: nodes.Node) -> int:
    if isinstance(node, nodes.Element) and (
        FOLDED & set(node.get("classes", [])) or node.get("design_component") == "dropdown"
    ):
        return 0
    if isinstance(node, nodes.math_block):
        return 20
    if isinstance(node, nodes.literal_block):
        return 5 * len(node.astext().splitlines())
    if isinstance(node, nodes.Text):
        return len(node.split())
    return sum(map(words, node.children))


def show(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None) -> None:
    if doctree is not None and pagename.startswith("chapters/"):
        minutes = max(1, round(words(doctree) / A_MINUTE))
        line = f'<div class="reading-time">{minutes} min to read</div>'
        context["body"] = context["body"].replace("</h1>", f"</h1>\n{line}", 1)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", show)
    return {"parallel_read_safe": True}
