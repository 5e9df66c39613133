"""Ends each chapter with "Cite this chapter": its BibTeX entry, from `CITATION.cff` and the chapter's own title."""

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_design.shared import create_component

from book.citation import bibtex
from book.identity import identity


def add_citation(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    if not docname.startswith("chapters/"):
        return
    title = next(doctree.findall(nodes.title)).astext()
    entry = bibtex(identity(), docname, title)
    block = create_component(
        "dropdown",
        opened=False,
        type="dropdown",
        has_title=True,
        icon=None,
        chevron=None,
        container_classes=["sd-mb-3", "citation-block"],
        title_classes=[],
        body_classes=[],
    )
    block += nodes.rubric("", "Cite this chapter")
    block += nodes.literal_block(entry, entry, language="bibtex")
    (next(iter(doctree.findall(nodes.section)), doctree)).append(block)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("doctree-read", add_citation)
    return {"parallel_read_safe": True}
