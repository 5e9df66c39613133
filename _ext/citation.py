"""Ends each chapter with "Cite this chapter", and `{citation}` shows how the book is cited: see `book.citation`."""

from html import escape
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective
from sphinx.writers.html5 import HTML5Translator
from sphinx_design.icons import get_octicon

from book.citation import FORMS, Work
from book.identity import citation_file


class cited(nodes.General, nodes.Element):
    """Written late: a book that has moved is written again without being read again."""


class Directive(SphinxDirective):
    def run(self) -> list[nodes.Node]:
        return [cited()]


def add_citation(app: Sphinx, doctree: nodes.document) -> None:
    if app.env.docname.startswith("chapters/"):
        title = next(doctree.findall(nodes.title)).astext()
        next(doctree.findall(nodes.section)).append(cited(chapter=title))


def tabs(work: Work, root: str) -> str:
    """Each form with its buttons; one is shown, and without a script, too."""
    parts = []
    for number, form in enumerate(FORMS):
        name = f"{work.key}.{form.suffix}"
        parts.append(
            f'<input {"checked " if number == 0 else ""}id="cite-{form.suffix}" name="cite" type="radio">'
            f'<label class="sd-tab-label" for="cite-{form.suffix}">{form.name}</label>'
            f'<div class="sd-tab-content citation-form"><pre tabindex="0">{form.html(work)}</pre>'
            f'<p><button class="pst-js-only" type="button">Copy</button>'
            f'<a href="{root}cite/{name}" download="{name}">Download {name}</a></p></div>'
        )
    return f'<div class="sd-tab-set citation-forms">{"".join(parts)}</div>'


def visit(self: HTML5Translator, node: cited) -> None:
    docname = self.builder.current_docname
    work = Work(self.builder.config.book_identity, docname, node.get("chapter", ""))
    if not work.chapter:
        work = Work(work.book)
    if self.builder.name == "html":
        shown = tabs(work, "../" * docname.count("/"))
        if not work.chapter:
            shown += '<p><a href="cite/CITATION.cff" download>Download CITATION.cff</a></p>'
    else:
        shown = "".join(f"<p>{form.name}</p><pre>{escape(form.text(work))}</pre>" for form in FORMS[:2])
    if work.chapter:
        arrow = get_octicon("chevron-right", "1.5em")  # as on a folded solution
        shown = (
            '<details class="sd-sphinx-override sd-dropdown sd-card sd-mb-3 citation-block" id="cite">'
            '<summary class="sd-summary-title sd-card-header"><span class="sd-summary-text">Cite this chapter</span>'
            f'<span class="sd-summary-state-marker sd-summary-chevron-right">{arrow}</span>'
            f'</summary><div class="sd-summary-content sd-card-body">{shown}</div></details>'
        )
    self.body.append(shown)
    raise nodes.SkipNode


def skip(self: nodes.NodeVisitor, node: cited) -> None:
    raise nodes.SkipNode


def works(app: Sphinx) -> list[Work]:
    book = app.config.book_identity
    chapters = [name for name in sorted(app.env.titles) if name.startswith("chapters/")]
    return [Work(book), *(Work(book, name, app.env.titles[name].astext()) for name in chapters)]


def write_files(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    (folder := Path(app.outdir) / "cite").mkdir(exist_ok=True)
    (folder / "CITATION.cff").write_text(citation_file(app.config.book_identity), encoding="utf-8")
    for work in works(app):
        for form in FORMS:
            (folder / f"{work.key}.{form.suffix}").write_text(form.text(work), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(cited, html=(visit, None), latex=(skip, None), text=(skip, None))
    app.add_directive("citation", Directive)
    app.connect("doctree-read", add_citation)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True}
