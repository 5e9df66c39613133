"""Search in sections, by the texts of all pages in `searchindex.js`: `assets/page/search.js` finds in them.

Sphinx's own search asks the server for each page it found, to show a piece of it: from a folder nothing answers. And
its words know no Greek, no synonyms and no start of a word. What it marks on a page it leads to goes with it.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, TextIO

import sphinx.search
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx

from _ext.replaced import replace
from firstorder.figures.comparison import plain

NAME = "window.bookTexts = "
#: How much a hit counts on pages that list what the chapters tell; 1 in chapters.
WEIGHTS = {
    "api": 0.2,
    "bibliography": 0.1,
    "chapters/claims": 0.3,
    "chapters/notation": 0.5,
    "citing": 0.3,
    "exercises": 0.3,
    "glossary": 0.6,
    "teaching": 0.5,
}
CODE = {"ipython3", "python", "sh"}
SILENT = (nodes.raw, nodes.Invisible, nodes.image, nodes.math_block, nodes.system_message)
ELSEWHERE = (nodes.section, nodes.title, addnodes.glossary, *SILENT)


def text_of(node: nodes.Node) -> str:
    """What a reader sees of it, in one line; formulas as far as text can show them."""
    if isinstance(node, nodes.math):
        tex = re.sub(r"\\(?:math\w+|text\w*|operatorname)\{([^{}]*)\}", r"\1", node.astext())
        tex = re.sub(r"\\[td]frac\b", r"\\frac", re.sub(r"\\[td]?frac(\d)(\d)", r"\1/\2", tex))
        return re.sub(r"\\[a-zA-Z]*", "", plain(f"${tex}$"))
    if isinstance(node, SILENT):
        return ""
    if isinstance(node, nodes.Text):
        return node.astext()
    return "".join(map(text_of, node.children))


def withheld(node: nodes.Element, exercises: bool) -> bool:
    """Hints on an exercise, and what the check says of the start: nobody should find these before trying."""
    return exercises and bool({"cell_output", "hint"} & {*node["classes"], *node.get("container_classes", ())})


def captioned(node: nodes.Node) -> bool:
    """Figures come after the text: with its first words a section is shown."""
    return any(True for _ in node.findall(nodes.caption))


def blocks(node: nodes.Element, exercises: bool) -> Iterator[tuple[str, bool]]:
    """The paragraphs and the like in it, but for its sections and title, and whether each is code."""
    for child in sorted(node.children, key=captioned):
        if isinstance(child, ELSEWHERE) or not isinstance(child, nodes.Element) or withheld(child, exercises):
            continue
        if isinstance(child, nodes.literal_block):
            if child.get("language") in CODE:  # and not what it printed
                yield child.astext(), True
        elif isinstance(child, nodes.row):
            cells = (" ".join(text_of(entry).split()) for entry in child.children)
            yield " · ".join(cell for cell in cells if re.search(r"[^\W\d]", cell)), False  # nobody asks for 0.1213
        elif isinstance(child, nodes.TextElement):
            yield " ".join(text_of(child).split()), False
        else:
            yield from blocks(child, exercises)


def bare(line: str) -> str:
    """An exercise as its chapter and the list of all both have it."""
    return re.sub(r"^\d+\. (Checked\. )?| Notebook(, or Write it)?\.$", "", line)


def names(code: str, text: str) -> str:
    """What the code takes from the package and its section's text does not name."""
    said = set(re.findall(r"\w+", text))
    return " ".join(dict.fromkeys(name for name in re.findall(r"\bfo\.([^\W\d]\w*)", code) if name not in said))


def sections(document: nodes.document) -> list[list[str]]:
    """Of each section its anchor (none of the first, which is the page), title, text, code's names; as of each term."""
    found = []
    for section in document.findall(nodes.section):
        own = [(text, code) for text, code in blocks(section, "exercises" in section["ids"]) if text]
        title = next(iter(section.findall(nodes.title)), nodes.title())
        anchor = section["ids"][0] if found else ""
        text, code = ("\n".join(text for text, kind in own if kind is wanted) for wanted in (False, True))
        found.append([anchor, text_of(title), text, names(code, text)])
    for glossary in document.findall(addnodes.glossary):
        for term, *meaning in glossary.findall(nodes.definition_list_item):
            text = " ".join(" ".join(map(text_of, meaning)).split())
            found.append([term["ids"][0], text_of(term), text, ""])
    return found


class Texts(sphinx.search.IndexBuilder):
    """In place of Sphinx's index: for each page what it counts, its title and its sections."""

    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        self.pages: dict[str, list[Any]] = {}

    def feed(self, docname: str, filename: str, title: str, doctree: nodes.document) -> None:
        if found := sections(doctree):
            self.pages[docname] = [WEIGHTS.get(docname, 1), found[0][1], found]

    def prune(self, docnames: Iterable[str]) -> None:
        kept = set(docnames)
        self.pages = {docname: page for docname, page in self.pages.items() if docname in kept}

    def load(self, stream: TextIO, format: Any) -> None:
        text = stream.read()
        if not text.startswith(NAME):
            raise ValueError("not of this search")
        self.pages = json.loads(text.removeprefix(NAME))

    def dump(self, stream: TextIO, format: Any) -> None:
        told = {bare(line) for weight, _, found in self.pages.values() if weight == 1 for _, _, text, _ in found
                for line in text.split("\n")}  # fmt: skip

        def once(weight: float, text: str) -> str:
            """What lists repeat of the chapters is found in these."""
            return text if weight == 1 else "\n".join(line for line in text.split("\n") if bare(line) not in told)

        pages = {
            page: [weight, chapter, [[anchor, title, once(weight, text), code] for anchor, title, text, code in found]]
            for page, (weight, chapter, found) in sorted(self.pages.items())  # the same build gives the same file
        }
        stream.write(NAME + json.dumps(pages, ensure_ascii=False, separators=(",", ":")))


def finish(app: Sphinx, exception: Exception | None) -> None:
    for name in ("searchtools.js", "language_data.js", "sphinx_highlight.js"):
        (Path(app.outdir) / "_static" / name).unlink(missing_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    replace(sphinx.search, "IndexBuilder", Texts)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}
