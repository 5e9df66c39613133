"""Ends each chapter with "Cite this chapter": its BibTeX entry, from `CITATION.cff` and the chapter's own title."""

from pathlib import PurePosixPath
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx_design.shared import create_component

from _ext.repository import metadata, site


def bibtex(docname: str, title: str, address: str | None) -> str:
    book = metadata()
    fields = {
        "author": " and ".join(f"{{{author['name']}}}" for author in book["authors"]),
        "title": f"{{{title}}}",
        "booktitle": book["title"],
        "edition": f"version {book['version']}",
        "year": str(book["date-released"])[:4],
    }
    if address:
        fields["url"] = f"{address}{docname}.html"
    lines = [f"  {name:<9} = {{{text}}}," for name, text in fields.items()]
    return "\n".join([f"@incollection{{firstorder_{PurePosixPath(docname).name},", *lines, "}"])


def book_bibtex() -> str:
    """The entry of the book as a whole."""
    book = metadata()
    fields = {
        "author": " and ".join(f"{{{author['name']}}}" for author in book["authors"]),
        "title": f"{{{book['title']}}}",
        "edition": f"version {book['version']}",
        "year": str(book["date-released"])[:4],
    } | ({"url": site()} if site() else {})
    return "\n".join(["@book{firstorder,", *(f"  {name:<7} = {{{text}}}," for name, text in fields.items()), "}"])


def add_citation(app: Sphinx, doctree: nodes.document) -> None:
    docname = app.env.docname
    if not docname.startswith("chapters/"):
        return
    title = next(doctree.findall(nodes.title)).astext()
    entry = bibtex(docname, title, site())
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
