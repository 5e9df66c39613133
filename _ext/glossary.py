"""Links the words of the glossary where a chapter first uses them, so that chapters stay plain text.

A word in a heading, a link, code, a formula, a table or a caption stays as it is; so does one in a chapter of its name.
"""

import re
from collections.abc import Iterator
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

PAGES = re.compile(r"chapters/(?!claims|catalogue|notation)")
ELSEWHERE = (nodes.reference, nodes.literal, nodes.table, nodes.figure, nodes.math, nodes.title, nodes.rubric)


def terms(app: Sphinx) -> dict[str, tuple[str, str]]:
    """Of each term, in small letters: the document and the id of its meaning."""
    objects = app.env.get_domain("std").get_objects()
    return {name.lower(): (document, anchor) for name, _, kind, document, anchor, _ in objects if kind == "term"}


def pattern(names: set[str]) -> re.Pattern[str]:
    longest_first = "|".join(re.escape(name) for name in sorted(names, key=len, reverse=True))
    return re.compile(rf"(?<![\w-])({longest_first})(?:s|es)?(?![\w-])", re.IGNORECASE)


def prose(doctree: nodes.document) -> Iterator[nodes.Text]:
    for text in list(doctree.findall(nodes.Text)):
        above = list(ancestors(text))
        if any(isinstance(one, nodes.paragraph) for one in above) and not any(
            isinstance(one, ELSEWHERE) for one in above
        ):
            yield text


def ancestors(node: nodes.Node) -> Iterator[nodes.Node]:
    while node.parent is not None:
        node = node.parent
        yield node


def link(app: Sphinx, doctree: nodes.document, document: str) -> None:
    if not PAGES.match(document):
        return
    meanings = terms(app)
    title = next(doctree.findall(nodes.title)).astext().lower()
    left = {name for name in meanings if name not in title}
    for text in prose(doctree):
        parts: list[nodes.Node] = []
        end = 0
        for found in pattern(left).finditer(text) if left else ():
            name = found[1].lower()
            if name in left:
                left.remove(name)
                target, anchor = meanings[name]
                uri = f"{app.builder.get_relative_uri(document, target)}#{anchor}"
                reference = nodes.reference("", found[0], internal=True, refuri=uri, classes=["term"])
                parts += [nodes.Text(text[end : found.start()]), reference]
                end = found.end()
        if parts:
            text.parent.replace(text, [*parts, nodes.Text(text[end:])])


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-resolved", link)
    return {"parallel_read_safe": True}
