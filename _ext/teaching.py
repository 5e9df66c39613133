"""Makes of each chapter its slides, a handout and sheets of exercises, beside the chapters' pages.

`slides/adam.html`, `handouts/adam.html`, `sheets/adam.html` and `sheets/adam-solutions.html`, from what stands on the
page and from the author's marks (`book.blocks`); and ends the chapter with links to them.
"""

import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from sphinx.application import Sphinx

from _ext.mathematics import render
from _ext.policy import policy
from book import papers
from book.blocks import Chapter, chapter, marks, without_marks
from book.identity import ROOT, Identity
from book.slides import slides

#: What a page loads for its figures, which its slides load too.
FIGURES = re.compile(r"<script\b[^>]*figures/[^>]*></script>")
#: What slides, handouts and sheets are made of, and load.
SOURCES = ("_ext/teaching.py", "book/blocks.py", "book/slides.py", "book/papers.py", "book/templates",
           "_ext/mathematics.py", "assets/type", "assets/teaching", "assets/reveal")  # fmt: skip
SPEAKER = re.compile(r"document\.write\(`(.*?[^\\])`\)", re.DOTALL)


@cache
def version() -> str:
    """Changes with any of the sources: then these pages are made again, and a browser asks for what they load."""
    found = [ROOT / name for name in SOURCES]
    files = sorted(path for source in found for path in (source.iterdir() if source.is_dir() else [source]))
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:8]


@cache
def speaker() -> str:
    """The page that reveal.js writes into the speaker's window, out of the template string that it has it in."""
    written = SPEAKER.search((ROOT / "assets" / "reveal" / "notes.js").read_text(encoding="utf-8"))
    if not written:
        raise ValueError("assets/reveal/notes.js writes no speaker's window any more: see how it makes it now")
    return re.sub(r"\\(.)", lambda match: {"n": "\n", "t": "\t"}.get(match[1], match[1]), written[1])


@cache
def reader() -> MarkdownIt:
    """Of marks."""

    def formula(latex: str, options: dict[str, Any]) -> str:
        return render(latex, display=options["display_mode"])

    plain = MarkdownIt("commonmark", {"typographer": True}).enable("smartquotes")
    return plain.use(dollarmath_plugin, renderer=formula)


def inline(text: str) -> str:
    """A mark's text as HTML."""
    return reader().renderInline(text)


def is_chapter(app: Sphinx, name: str) -> bool:
    return app.builder.name == "html" and name.startswith("chapters/")


def leave_marks(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    """Comments are not written; a mark is, until `make` has read it."""
    for comment in list(doctree.findall(nodes.comment)) if is_chapter(app, docname) else []:
        found = "".join(
            f'<teaching-mark kind="{kind}">{inline(text)}</teaching-mark>\n' for kind, text in marks(comment.astext())
        )
        if found:
            comment.replace_self(nodes.raw("", found, format="html"))


def add_links(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    exercises = any("exercises" in part["ids"] for part in doctree.findall(nodes.section))
    if not is_chapter(app, docname) or not exercises:
        return
    line = nodes.paragraph("", "To teach this chapter: ", classes=["teaching", "only-site"])
    for number, (shown, place) in enumerate(papers.places(docname.removeprefix("chapters/")).items()):
        line += nodes.Text(", " if number else "")
        line += nodes.reference("", shown, refuri=f"../{place}", internal=True)
    root = next(iter(doctree.findall(nodes.section)))
    blocks = [n for n, child in enumerate(root.children) if isinstance(child, nodes.section)]
    root.insert(blocks[-1] + 1, line)  # before what other extensions end a chapter with


def pages(read: Chapter, book: Identity, figures: str) -> dict[str, str]:
    """Each page that is made of a chapter, by its place in the site."""
    folder = Environment(loader=FileSystemLoader(ROOT / "book" / "templates"), autoescape=False)
    shared = {"chapter": read, "book": book, "address": book.page(f"chapters/{read.name}"), "version": version()}
    paper = folder.get_template("paper.html")
    deck = folder.get_template("deck.html").render(slides=slides(read), figures=figures, **shared)
    sheet, solved = papers.sheet(read, solved=False), papers.sheet(read, solved=True)
    made = [
        policy(deck, also=speaker(), frame_src="'self'", style_src="'self' 'unsafe-inline'"),
        paper.render(kind="handout", what="handout", body=papers.essentials(read), **shared),
        paper.render(kind="sheet", what="exercises", body=sheet, total=papers.total(read), **shared),
        paper.render(kind="solutions", what="exercises with solutions", body=solved, **shared),
    ]
    return dict(zip(papers.places(read.name).values(), made, strict=True))


def make(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if not is_chapter(app, pagename):
        return
    body = context["body"]
    context["body"] = without_marks(body)
    read = chapter(pagename, body)
    if read is None or not read.exercises:
        return
    figures = "".join(f"{found}\n" for found in FIGURES.findall(context.get("metatags", "")))
    for place, text in pages(read, app.config.book_identity, figures).items():
        path = Path(app.outdir) / place
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.setup_extension("_ext.mathematics")
    app.add_config_value("teaching_version", version(), "html")
    app.connect("doctree-resolved", leave_marks)
    app.connect("doctree-resolved", add_links)
    app.connect("html-page-context", make, priority=900)  # when its figures are known
    return {"parallel_read_safe": True}
