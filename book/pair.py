"""Makes of each chapter the notebook that Colab, Binder and Jupyter open: `python -m book.pair`.

Those beside the chapters know no address, so that they are the same in every copy of the repository;
`python -m book.pair --publish FOLDER` makes others, whose first cell installs the package as it is here.

A chapter is a MyST notebook; plain Jupyter shows neither its directives nor its roles. They become Markdown that it
shows: equations with `\\tag`, rules as formula and code, links, quotes, `<details>`. What has no such form is refused
by name, and what holds on the site only is left out. What the site folds, JupyterLab and Colab fold.
"""

import argparse
import hashlib
import os
import re
from base64 import b64encode
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from pybtex.database import BibliographyData, parse_file

import firstorder.figures
from _ext import hints
from book.contents import chapters, documents
from book.counts import count
from book.identity import ROOT, identity
from book.pictures import key_picture
from firstorder.exercises import EXERCISES

FENCE = re.compile(r"^(\s*)(`{3,}|:{3,}|~{3,})\s*(?:\{([\w:-]+)\})?\s*(.*?)\s*$")
OPTION = re.compile(r"^:([\w-]+):\s*(.*)$")
ROLE = re.compile(r"\{([a-z][a-z:]*)\}`([^`]+)`")
LINK = re.compile(r"(?<!!)\[([^\]]*)\]\(([^)\s]+)\)")
TARGET = re.compile(r"^\(([\w:-]+)\)=\s*$")
DOLLARS = re.compile(r"\$\$[ \t]*\n(.+?)\n[ \t]*\$\$(?:[ \t]*\(([\w:-]+)\))?", re.DOTALL)
LABEL = re.compile(
    r"\$\$[ \t]*\((?P<dollars>[\w:-]+)\)|^:label:\s*(?P<directive>[\w:-]+)|^:name:\s*(?P<figure>[\w:-]+)"
    r"|^\((?P<target>[\w:-]+)\)=|^#+\s+(?P<heading>.*)$",
    re.MULTILINE,
)
SITE_ONLY = re.compile(r" ?\{only-site\}`[^`]+`")
SECTION = re.compile(r"^## +(.*?)\s*$", re.MULTILINE)
ADMONITIONS = {"admonition", "attention", "caution", "hint", "important", "note", "seealso", "tip", "warning"}

INSTALL = """\
# Run this cell first. On Colab it installs the package; elsewhere it says how, where the package is missing.
import sys
from importlib.util import find_spec
from pathlib import Path

package = "{requirement}"
if not find_spec("firstorder"):
    copies = [folder for folder in Path("here").absolute().parents if (folder / "src/firstorder").is_dir()]
    if copies and not package:
        package = f"firstorder[book,fast] @ {{copies[0].as_uri()}}"
    if not package:
        print("Write the book's address into `package`: firstorder[book,fast] @ git+https://github.com/WHO/BOOK")
    elif "google.colab" in sys.modules:
        %pip install --quiet "{{package}}"
    else:
        print(f'The package is missing. Run, in a cell of its own:  %pip install "{{package}}"')
"""
SWITCH = """
GPU = False  # True: networks are trained on the GPU, by CuPy
if GPU:
    import firstorder

    firstorder.use("cupy")
"""
#: What the site folds, and the title of it in Colab's form view. A solution that is a cell is folded, too.
FOLDED = {"hide-cell": "Check of the text", "hide-input": "Code", "remove-input": "Code"}
#: Chapters with a model on the digits, or arrays of their own, that the GPU can take; the others compute with two
#: variables or on NumPy's arrays, or in bfloat16, for which there is no kernel.
ON_GPU = {
    "adam",
    "adam_family",
    "around",
    "bias_correction",
    "convergence",
    "finite_differences",
    "gradient_descent",
    "landscapes",
    "large_batches",
    "memory",
    "parameter_free",
    "scale_invariance",
    "sign",
    "stochastic",
    "training",
    "weight_decay",
    "which_optimizer",
    "write_your_own",
}
#: The first line of a cell that is tagged `slow`.
SLOW = "# This takes half a minute.\n"


@dataclass
class Book:
    """What the chapters' labels, titles and citations stand for, over the whole book."""

    references: BibliographyData
    titles: dict[str, str] = field(default_factory=dict)
    labels: dict[str, tuple[str, str]] = field(default_factory=dict)
    figures: int = 0

    def read(self, document: str, notebook: NotebookNode) -> None:
        """Numbers what Sphinx numbers: equations through a document, figures through the book."""
        equations, waiting = 0, []
        for cell in notebook.cells:
            name = cell.metadata.get("mystnb", {}).get("figure", {}).get("name")
            if cell.cell_type == "code":
                if name:
                    self.add_figure(document, name)
                continue
            for match in LABEL.finditer(cell.source):
                kind, text = match.lastgroup, match[match.lastgroup]
                if kind in ("dollars", "directive"):
                    equations += 1
                    self.labels[text] = (document, str(equations))
                elif kind == "figure":
                    self.add_figure(document, text)
                elif kind == "target":
                    waiting.append(text)
                else:
                    self.titles.setdefault(document, text.strip())
                    self.labels |= {label: (document, text.strip()) for label in waiting}
                    waiting = []

    def add_figure(self, document: str, name: str) -> None:
        self.figures += 1
        self.labels[name] = (document, str(self.figures))

    def citation(self, key: str) -> tuple[str, str]:
        """`("Kingma and Ba, 2015", address or "")`."""
        entry = self.references.entries[key]
        names = [" ".join(person.prelast_names + person.last_names).strip("{}") for person in entry.persons["author"]]
        authors = " and ".join(names) if len(names) < 3 else f"{names[0]} et al."
        doi = entry.fields.get("doi")
        address = entry.fields.get("url") or (f"https://doi.org/{doi}" if doi else "")
        return f"{authors}, {entry.fields['year']}", address


@dataclass
class Converter:
    """Turns one document's MyST into the Markdown of plain Jupyter."""

    book: Book
    document: str

    def text(self, source: str) -> str:
        return re.sub(r"\n{3,}", "\n\n", "\n".join(self.blocks(source.splitlines()))).strip()

    def blocks(self, lines: list[str]) -> list[str]:
        converted: list[str] = []
        prose: list[str] = []
        position = 0
        while position < len(lines):
            fence = FENCE.match(lines[position])
            if not fence:
                prose.append(lines[position])
                position += 1
                continue
            converted += self.prose(prose)
            prose = []
            indent, marks, name, argument = fence.groups()
            closing = re.compile(rf"^\s*{re.escape(marks[0])}{{{len(marks)},}}\s*$")
            end = next((n for n in range(position + 1, len(lines)) if closing.match(lines[n])), None)
            if end is None:
                raise ValueError(f"{self.document}: {lines[position]!r} is never closed")
            body = [line.removeprefix(indent) for line in lines[position + 1 : end]]
            block = self.directive(name, argument, body) if name else [f"```{argument}", *body, "```"]
            converted += ["", *(indent + line if line else line for line in block), ""]
            position = end + 1
        return converted + self.prose(prose)

    def directive(self, name: str, argument: str, body: list[str]) -> list[str]:
        options: dict[str, str] = {}
        while body and (option := OPTION.match(body[0])):
            options[option[1]] = option[2]
            body = body[1:]
        if name == "math":
            return self.equation("\n".join(body).strip(), options.get("label")).splitlines()
        if name == "rule":
            optimizer = firstorder.OPTIMIZERS[argument]
            formula = self.equation(optimizer.tex(), options.get("label")).splitlines()
            return [*formula, "", "```python", *optimizer.rule.source.strip().splitlines(), "```"]
        if name == "only-site":
            return []
        if name in ADMONITIONS:
            title = self.inline(argument) if argument else name.capitalize()
            return [f"> **{title}**", ">", *(f"> {line}".rstrip() for line in self.blocks(body))]
        if name == "dropdown":
            return ["<details>", f"<summary>{argument}</summary>", "", *self.blocks(body), "", "</details>"]
        if name == "hints":
            exercise = EXERCISES[argument]
            return self.blocks(hints.markdown(exercise.hints, exercise.solution).splitlines())
        if name in ("figure", "image"):
            caption = self.inline("\n".join(body)).strip()
            picture = f"![{options.get('alt', '')}]({argument})"
            return [picture, "", self.figure_number(options.get("name")) + caption]
        if name == "tab-set":
            return self.blocks(body)
        if name == "tab-item":
            return [f"**{argument}**", "", *self.blocks(body)]
        if name in ("code", "code-block"):
            return [f"```{argument}", *body, "```"]
        raise ValueError(f"{self.document}: the directive {name!r} has no form in a plain notebook")

    def figure_number(self, name: str | None) -> str:
        return f"*Fig. {self.book.labels[name][1]}.* " if name else ""

    def prose(self, lines: list[str]) -> list[str]:
        kept = [line for line in lines if not line.startswith("% ")]
        anchored = [TARGET.sub(r'<a id="\1"></a>\n', line) for line in kept]
        text = DOLLARS.sub(lambda match: self.equation(match[1], match[2]), "\n".join(anchored))
        return self.inline(text).splitlines()

    def equation(self, formula: str, label: str | None) -> str:
        tag = f"\n\\tag{{{self.book.labels[label][1]}}}" if label else ""
        return f"$$\n{formula}{tag}\n$$"

    def inline(self, text: str) -> str:
        return LINK.sub(self.link, ROLE.sub(self.role, SITE_ONLY.sub("", text)))

    def role(self, match: re.Match[str]) -> str:
        name, content = match.groups()
        explicit = re.fullmatch(r"(.*?)\s*<(.+)>", content)
        shown, target = explicit.groups() if explicit else ("", content)
        if name == "eq":
            return self.reference(target, "({})")
        if name == "numref":
            return self.reference(target, shown.replace("%s", "{}").replace("{number}", "{}") or "Fig. {}")
        if name == "ref":
            return self.reference(target, shown or "{}")
        if name == "doc":
            return self.link_to(target.removeprefix("/"), shown)
        if name in ("cite", "cite:p", "cite:t"):
            return self.cite(content, textual=name == "cite:t")
        if name == "math":
            return f"${content}$"
        if name == "count":
            return count(content)
        if name in ("term", "see"):
            return shown or target
        raise ValueError(f"{self.document}: the role {name!r} has no form in a plain notebook")

    def reference(self, label: str, form: str) -> str:
        if label not in self.book.labels:
            raise ValueError(f"{self.document}: nothing is labelled {label!r}")
        document, text = self.book.labels[label]
        shown = form.format(text)
        if document != self.document:
            return f"{shown} in {self.link_to(os.path.relpath(document, Path(self.document).parent))}"
        return f"[{shown}](#{label})" if not text.isdigit() else shown

    def link(self, match: re.Match[str]) -> str:
        shown, address = match.groups()
        if address.startswith("#"):
            label = address[1:]
            if label not in self.book.labels:
                raise ValueError(f"{self.document}: nothing is labelled {label!r}")
            return self.reference(label, shown or ("({})" if self.book.labels[label][1].isdigit() else "{}"))
        if re.match(r"[a-z]+:", address) or Path(address).suffix not in ("", ".md"):
            return match[0]
        return self.link_to(address, shown)

    def link_to(self, address: str, shown: str = "") -> str:
        """A link to another document: to its notebook where it has one."""
        address, _, fragment = address.removesuffix(".md").partition("#")
        address = address.removesuffix(".md")
        document = os.path.normpath(Path(self.document).parent / address)
        if document not in self.book.titles:
            raise ValueError(f"{self.document}: there is no document {document!r}")
        suffix = ".ipynb" if document.startswith("chapters/") else ".md"
        return f"[{shown or self.book.titles[document]}]({address}{suffix}{'#' + fragment if fragment else ''})"

    def cite(self, keys: str, textual: bool) -> str:
        parts = []
        for key in keys.split(","):
            text, address = self.book.citation(key.strip())
            if textual:
                text = re.sub(r", (\d{4})$", r" (\1)", text)
            parts.append(f"[{text}]({address})" if address else text)
        return "; ".join(parts) if textual else f"({'; '.join(parts)})"


def folded(source: str, tags: list[str], solution: bool) -> NotebookNode:
    """A code cell with the tags of its chapter, which Jupyter Book reads, and what JupyterLab and Colab read."""
    if "slow" in tags:
        source = SLOW + source
    title = next((FOLDED[tag] for tag in tags if tag in FOLDED), "")
    if not title:
        return new_code_cell(source, metadata={"tags": tags} if tags else {})
    hidden = {"source_hidden": True} | ({"outputs_hidden": True} if "hide-cell" in tags else {})
    if solution:
        title, source = "Solution", source.removeprefix("# Solution\n")
    return new_code_cell(f"# @title {title}\n{source}", metadata={"tags": tags, "jupyter": hidden, "cellView": "form"})


def draws(cell: NotebookNode) -> bool:
    """Whether a code cell of a chapter shows a figure, live or printed."""
    live = re.search(rf"\b({'|'.join(firstorder.figures.__all__)})\(", cell.source)
    return bool(live or cell.metadata.get("mystnb", {}).get("figure"))


def still(picture: bytes) -> NotebookNode:
    """The output of a figure's cell before it is run, for previews."""
    data = {"image/png": b64encode(picture).decode() + "\n", "text/plain": "A still of the figure: run the cell."}
    return new_output("display_data", data=data)


def pair(
    notebook: NotebookNode, converter: Converter, requirement: str = "", picture: bytes | None = None
) -> NotebookNode:
    """The plain notebook of a chapter: the same bytes however often it is made.

    requirement: what its first cell asks pip for, on Colab; "" where that is not known. picture: a PNG of its first
    figure, which a preview shows.
    """
    cells: list[NotebookNode] = []
    section = ""
    for cell in notebook.cells:
        if cell.cell_type == "code":
            figure = cell.metadata.get("mystnb", {}).get("figure", {})
            tags = cell.metadata.get("tags", [])
            cells.append(folded(cell.source, tags, solution=section == "Exercises" and "hide-cell" in tags))
            if picture and draws(cell):
                cells[-1].outputs, picture = [still(picture)], None
            if "caption" in figure:
                caption = converter.inline(figure["caption"].strip())
                cells.append(new_markdown_cell(converter.figure_number(figure.get("name")) + caption))
        elif text := converter.text(cell.source):
            cells.append(new_markdown_cell(text))
            section = (SECTION.findall(text) or [section])[-1]
    first = next((n for n, cell in enumerate(cells) if cell.cell_type == "code"), len(cells))
    begin = INSTALL.format(requirement=requirement) + SWITCH * (Path(converter.document).name in ON_GPU)
    cells.insert(first, new_code_cell(begin.strip(), metadata={"tags": ["install"]}))
    name_by_content(cells)
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel, "language_info": {"name": "python"}})


def name_by_content(cells: list[NotebookNode]) -> None:
    """Give cells names that do not change when others are put before them, so that changes of notebooks merge."""
    seen: Counter[str] = Counter()
    for cell in cells:
        digest = hashlib.sha256(cell.source.encode()).hexdigest()[:12]
        seen[digest] += 1
        cell.id = digest if seen[digest] == 1 else f"{digest}-{seen[digest]}"


def pairs(requirement: str = "", picture: Callable[[str], bytes | None] = lambda name: None) -> dict[Path, str]:
    """The path and the text of every chapter's notebook.

    requirement, picture: as for `pair`, the second for each document.
    """
    notebooks = {name: jupytext.read(ROOT / f"{name}.md", fmt="md:myst") for name in documents()}
    book = Book(parse_file(ROOT / "references.bib"))
    for name, notebook in notebooks.items():
        book.read(name, notebook)
    made = {
        ROOT / f"{name}.ipynb": pair(notebooks[name], Converter(book, name), requirement, picture(name))
        for name in chapters()
    }
    return {path: nbformat.writes(paired, version=4) + "\n" for path, paired in made.items()}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m book.pair", description="Make the notebooks of the chapters.")
    parser.add_argument("--publish", metavar="FOLDER", type=Path, help="there, to install what this checkout is")
    folder = parser.parse_args().publish
    requirement = identity().requirement("book", "fast") if folder else None
    for path, text in pairs(requirement or "", key_picture).items():
        place = folder / path.name if folder else path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text, encoding="utf-8")
        print(place if folder else path.relative_to(ROOT))


if __name__ == "__main__":
    main()
