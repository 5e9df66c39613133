"""A chapter's built HTML as a sequence of blocks: what decks, handouts and sheets of exercises are made of.

An author's marks are comments of the chapter's Markdown, which neither the page nor the notebook shows:

    % slide: A title        a new slide begins here
    % point: A sentence.    stands on the slide; formulas in $…$, **bold**, *emphasis* and `code`
    % show                  the next text, list or cell, with what it prints, stands on the slide
    % skip                  the next formula, figure or table does not

Of a section without marks the division and the sentences are found automatically, see `book.slides`.
"""

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

from bs4 import BeautifulSoup, NavigableString, Tag

MARK = re.compile(r"^(slide|point|show|skip)(?::\s*(.*))?$", re.DOTALL)
#: A mark in the built HTML, as `_ext.teaching` leaves it there.
LEFT = re.compile(r"<teaching-mark.*?</teaching-mark>\n?", re.DOTALL)
SENTENCE = re.compile(r"(?<=[.!?])(?=\s|$)")


@dataclass
class Block:
    """One thing of a chapter.

    `kind` is "heading", "slide", "point", "show", "skip" (marks), "prose", "list", "formula", "rule", "code", "output",
    "computed" (a formula that a cell printed), "figure", "live" (a figure that moves) or "table"; `cell` is the number
    of the code cell that it belongs to, or 0.
    """

    kind: str
    tag: Tag
    cell: int = 0


@dataclass
class Exercise:
    number: str
    task: list[Tag] = field(default_factory=list)
    solution: list[Tag] = field(default_factory=list)


@dataclass
class Chapter:
    name: str
    title: str
    lead: list[Tag]
    blocks: list[Block]
    exercises: list[Exercise]
    sources: list[Tag]


def marks(comment: str) -> Iterator[tuple[str, str]]:
    """The marks among the lines of a comment; a line that begins with none goes on with the mark before it."""
    found: list[list[str]] = []
    for line in comment.splitlines():
        if match := MARK.match(line.strip()):
            found.append([match[1], match[2] or ""])
        elif found:
            found[-1][1] += f" {line.strip()}"
    yield from ((kind, text) for kind, text in found)


def without_marks(html: str) -> str:
    return LEFT.sub("", html)


def plain(tag: Tag) -> str:
    """The text of an element, a formula as its TeX."""
    found = copy(tag)
    for formula in found.find_all("math"):
        formula.replace_with(formula.get("data-tex", ""))
    return " ".join(found.get_text().split())


def relocated(soup: Tag, path: PurePosixPath) -> None:
    """Let a page's links be right in a sibling of its folder, and take what only a page needs."""
    for extra in soup.select("a.headerlink, button, .sd-summary-state-marker"):
        extra.decompose()
    for tag in soup.find_all(True):
        if not tag.find_parent(class_="firstorder-widget") and "firstorder-widget" not in tag.get("class", []):
            tag.attrs.pop("id", None)
    for link in soup.find_all("a", href=True):
        if not re.match(r"[a-z]+:|\.\./", link["href"]):
            page = f"{path.name}.html" if link["href"].startswith("#") else ""
            link["href"] = f"../{path.parent.name}/{page}{link['href']}"


def _cell(cell: Tag) -> Iterator[Block]:
    classes = cell.get("class", [])
    if "tag_hide-cell" in classes:
        return
    source = cell.find(class_="cell_input", recursive=False)
    if source and (code := source.find(class_="highlight")):
        yield Block("code", code)
    output = cell.find(class_="cell_output", recursive=False)
    for tag in output.find_all(True, recursive=False) if output else []:
        named = set(tag.get("class", []))
        if widget := tag.find(class_="firstorder-widget"):  # which may have a caption, as a figure has
            yield Block("live", widget)
        elif tag.name == "figure" or tag.name == "img":
            yield Block("figure", tag)
        elif "text_latex" in named or "math" in named:
            yield Block("computed", tag)
        elif tag.find("table"):
            yield Block("table", tag)
        elif tag.name == "p":
            yield Block("prose", tag)
        elif "highlight-diff" in named:
            yield Block("code", tag)
        elif tag.name != "details":
            yield Block("output", tag)


def _blocks(section: Tag) -> Iterator[Block]:
    for node in section.children:
        if not isinstance(node, Tag):
            continue
        classes = set(node.get("class", []))
        if node.name == "teaching-mark":
            yield Block(str(node["kind"]), node)
        elif node.name == "section":
            yield from _blocks(node)
        elif re.fullmatch(r"h\d", node.name):
            yield Block("heading", node)
        elif "cell" in classes:
            yield from (replace(block, cell=id(node)) for block in _cell(node))
        elif "rule" in classes:
            yield Block("rule", node)
        elif "math" in classes:
            yield Block("formula", node)
        elif node.name == "p" and "teaching" not in classes:
            yield Block("prose", node)
        elif node.name in ("ol", "ul", "dl", "blockquote"):
            yield Block("list", node)
        elif node.name == "figure":
            yield Block("figure", node)
        elif node.find("table"):
            yield Block("table", node)


def _exercises(section: Tag) -> list[Exercise]:
    """Each begins with "**1.**" or is an item of a numbered list; solutions are dropdowns and hidden cells.

    Hints, and a place to write, are for who sits at a screen.
    """
    found: list[Exercise] = []
    for node in section.find_all(True, recursive=False):
        if node.name == "ol":
            first = int(node.get("start", 1))
            for number, item in enumerate(node.find_all("li", recursive=False), first):
                found.append(Exercise(str(number)))
                for tag in item.find_all(True, recursive=False):
                    _add(found[-1], tag)
            continue
        bold = node.find("strong") if node.name == "p" else None
        if bold and (match := re.match(r"(\d+)\.?", bold.get_text())) and node.get_text().startswith(bold.get_text()):
            found.append(Exercise(match[1]))
            bold.string = re.sub(r"^\d+\.?\s*", "", bold.get_text())
        if found:
            _add(found[-1], node)
    return found


def _add(exercise: Exercise, tag: Tag) -> None:
    classes = set(tag.get("class", []))
    if classes & {"hint", "write-it"}:
        return
    if tag.name == "details" and "sd-dropdown" in classes:
        body = tag.find(class_="sd-card-body")
        exercise.solution += body.find_all(True, recursive=False) if body else []
    elif "cell" in classes and "tag_hide-cell" in classes:
        exercise.solution += [code for code in tag.select(".cell_input .highlight") if "Solution" in code.get_text()]
    elif "cell" in classes:
        exercise.task += [block.tag for block in _cell(tag) if block.kind in ("code", "figure", "table")]
    elif not re.fullmatch(r"h\d|section", tag.name):
        exercise.task.append(tag)


def chapter(docname: str, body: str) -> Chapter | None:
    """What a page's body holds, its links as a page in a sibling folder needs them; None if it is no chapter."""
    soup = BeautifulSoup(body, "html.parser")
    root = soup.find("section")
    if root is None or (title := root.find("h1")) is None:
        return None
    path = PurePosixPath(docname)
    sections = {str(part["id"]): part for part in root.find_all("section", recursive=False)}
    relocated(soup, path)
    exercises, sources = (sections.pop(name, None) for name in ("exercises", "sources"))
    for part in (exercises, sources):
        if part is not None:
            part.extract()
    blocks = [block for block in _blocks(root) if block.tag is not title]
    end = next((n for n, block in enumerate(blocks) if block.kind != "prose"), len(blocks))
    return Chapter(
        name=path.name,
        title=title.get_text().strip(),
        lead=[block.tag for block in blocks[:end]],
        blocks=blocks[end:],
        exercises=_exercises(exercises) if exercises else [],
        sources=sources.find_all(["p", "ul", "ol"], recursive=False) if sources else [],
    )


def sentences(paragraph: Tag) -> list[str]:
    """The HTML of each sentence of a paragraph; a full stop within a formula or a link ends none."""
    found = [""]
    for node in paragraph.children:
        if not isinstance(node, NavigableString):
            found[-1] += str(node)
            continue
        first, *rest = SENTENCE.split(str(node.output_ready()))
        found[-1] += first
        found += rest
    return [text.strip() for text in found if text.strip()]
