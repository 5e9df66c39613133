"""A chapter as slides: headings, sentences, formulas, figures; the prose goes to the speaker's notes.

An author's marks (`book.blocks`) say what stands where. In a section without marks each formula, figure, table and
short cell stands on a slide, and of each paragraph the first sentence, if it is short; a slide that is full is
followed by another of the same title.
"""

import re
from dataclasses import dataclass, field
from math import ceil

from bs4 import BeautifulSoup, Tag

from book.blocks import Block, Chapter, plain, sentences

#: What fits below the title of a slide of 960 × 700, in its pixels.
ROOM = 540
#: Lines of a cell that one reads from the back of a room.
CODE_LINES = 14
#: The longest sentence that stands on a slide without a mark.
SHORT = 150


@dataclass
class Slide:
    """`kind` is "title", "text", "figure" (one picture), "live", "table", "exercises" or "sources"; `body` is HTML."""

    title: str
    kind: str = "text"
    body: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    height: int = 0

    @property
    def empty(self) -> bool:
        return not self.body


def height(block: Block) -> int:
    """About what a block takes of a slide's height."""
    text = plain(block.tag)
    if block.kind == "point":
        return 14 + 38 * ceil(len(re.sub(r"\\[A-Za-z]+ ?|[{}_^]", "", text)) / 60)
    if block.kind in ("formula", "computed"):
        return formula_height(text)
    if block.kind == "rule":
        source = block.tag.select_one(".highlight-python pre")
        return formula_height(plain(block.tag.select_one(".math") or block.tag)) + (
            code_height(source) if source else 0
        )
    if block.kind in ("code", "output"):
        return code_height(block.tag)
    if block.kind == "figure":
        return 380
    return 14 + 38 * ceil(len(text) / 66)


def formula_height(tex: str) -> int:
    rows = tex.replace(r"\\end", "end").split(r"\\")
    return 14 + sum(78 if re.search(r"\\(d?frac|sum|prod|int|left|begin)", row) else 46 for row in rows)


def code_height(code: Tag) -> int:
    return 38 + 24 * code.get_text().rstrip().count("\n")


def row_height(row: Tag) -> int:
    cells = row.find_all("td")
    letters = max(8, 100 // max(1, len(cells)))  # in a line of a cell
    return 14 + 22 * max((ceil(len(plain(cell)) / letters) for cell in cells), default=1)


def formula(tag: Tag) -> str:
    """A formula with its number."""
    number = tag.find(class_="eqno")
    found = tag.find(class_="formula-box")
    said = f'<span class="number">{number.get_text()}</span>' if number else ""
    return f'<div class="formula">{found or tag.decode_contents()}{said}</div>'


def rule(tag: Tag) -> str:
    """The formula beside the Python; the generated readings stay in the chapter."""
    source = tag.select_one(".highlight-python .highlight")
    return f'<div class="rule">{formula(tag.select_one(".math") or tag)}{source or ""}</div>'


def apart(block: Block) -> list[Block]:
    """Formula and source of a rule that is too long for one slide; what is too long for its own is left out."""
    shown, source = block.tag.select_one(".math"), block.tag.select_one(".highlight-python .highlight")
    parts = [Block(kind, tag) for kind, tag in (("formula", shown), ("code", source)) if tag]
    return [part for part in parts if height(part) <= 1.3 * ROOM]


def caption(figure: Tag) -> str:
    said = figure.find(class_="caption-text")
    return f"<p class='caption'>{sentences(said)[0]}</p>" if said and sentences(said) else ""


def picture(figure: Tag) -> str:
    image = figure if figure.name == "img" else figure.find("img")
    return f"{image}{caption(figure)}" if image else ""


def html(block: Block) -> str:
    if block.kind in ("formula", "computed"):
        return formula(block.tag)
    if block.kind == "rule":
        return rule(block.tag)
    if block.kind == "figure":
        return picture(block.tag)
    if block.kind == "point":
        return f"<p>{block.tag.decode_contents()}</p>"
    if block.kind == "live":
        return f'<div class="stage"><div>{block.tag}</div></div>'
    if block.kind == "output":
        return f'<div class="output">{block.tag}</div>'
    return str(block.tag)


def note(tag: Tag) -> str:
    """For the speaker's window, which has no style sheet of ours."""
    found = BeautifulSoup(str(tag), "html.parser")
    for formula in found.find_all("math"):
        formula.attrs = {name: value for name, value in formula.attrs.items() if name == "display"}
    return str(found)


def tables(block: Block) -> list[str]:
    """A table, or several of it that fit on slides, each with its head."""
    head = block.tag.find("thead") or ""
    claims = "±" in str(head)
    rows = block.tag.select("tbody tr")
    total = sum(map(row_height, rows))
    share = total / ceil(total / ROOM) if rows else 0  # of about the same height, rather than a row alone at the end
    parts: list[list[Tag]] = [[]]
    used = 0
    for row in rows:
        if parts[-1] and (used + row_height(row) / 2 > share or used + row_height(row) > ROOM):
            parts.append([])
            used = 0
        if claims and (verdict := row.find_all("td")[-1].find("strong")):
            row["class"] = verdict.get_text().replace(" ", "-")
        parts[-1].append(row)
        used += row_height(row)
    kind = " class='claims'" if claims else ""
    return [f"<table{kind}>{head}<tbody>{''.join(map(str, rows))}</tbody></table>" for rows in parts]


def marked(blocks: list[Block]) -> bool:
    return any(block.kind in ("slide", "point", "show") for block in blocks)


def sections(blocks: list[Block]) -> list[list[Block]]:
    """Each heading with what is below it, down to the next one."""
    found: list[list[Block]] = [[]]
    for block in blocks:
        if block.kind == "heading":
            found.append([])
        found[-1].append(block)
    return [part for part in found if part]


class _Deck:
    """Fills one slide after the other."""

    def __init__(self) -> None:
        self.slides: list[Slide] = []

    def go_on(self) -> None:
        """Another slide of this title; a sentence that leads to what comes, "Put in $d$:", goes along."""
        leads = len(self.now.body) > 1 and self.now.body[-1].endswith(":</p>")
        taken = [self.now.body.pop()] if leads else []
        self.begin(self.now.title).body += taken
        self.now.height = 52 * len(taken)

    def begin(self, title: str, kind: str = "text") -> Slide:
        """A new slide; one that nothing stands on gives it its notes."""
        waiting = self.slides.pop().notes if self.slides and self.slides[-1].empty else []
        self.slides.append(Slide(title, kind, notes=waiting))
        return self.slides[-1]

    @property
    def now(self) -> Slide:
        return self.slides[-1]

    def add(self, block: Block) -> None:
        if block.kind == "table":
            for number, part in enumerate(tables(block)):
                if number or self.now.height > 150:
                    self.go_on()
                self.now.kind = "table"
                self.now.body.append(part)
            self.now.height = ROOM
            return
        if block.kind == "rule" and height(block) > ROOM:
            for part in apart(block):
                self.add(part)
            return
        alone = block.kind in ("figure", "live")
        crowded = alone and any(part.startswith(("<img", "<div", "<pre")) for part in self.now.body)
        full = not self.now.empty and (block.kind == "live" or self.now.height + height(block) > ROOM)
        if crowded or full:
            self.go_on()
        if alone:
            self.now.kind = block.kind
        self.now.body.append(html(block))
        self.now.height += height(block) if block.kind != "live" else ROOM

    def close(self) -> None:
        """The last slide's notes go to the one before it, if nothing stands on it."""
        if len(self.slides) > 1 and self.now.empty:
            last = self.slides.pop()
            self.now.notes += last.notes


def fill(deck: _Deck, blocks: list[Block]) -> None:
    chosen = marked(blocks)
    mode, cell = "", 0
    for n, block in enumerate(blocks):
        if mode == "show" and block.cell:
            cell = block.cell
        if block.kind == "heading":
            deck.begin(block.tag.decode_contents())
        elif block.kind == "slide":
            deck.begin(block.tag.decode_contents() or deck.now.title)
        elif block.kind in ("show", "skip"):
            mode = block.kind
            continue
        elif block.kind == "point":
            deck.add(block)
        elif block.kind in ("prose", "list"):
            if mode == "show":
                deck.add(block)
            elif not chosen:
                suggest(deck, block)
            deck.now.notes.append(note(block.tag))
        elif (
            mode == "show"
            or (cell and block.cell == cell)
            or (mode != "skip" and stands(block, blocks[n - 1 : n], blocks[n + 1 : n + 2], chosen))
        ):
            deck.add(block)
            if said := block.tag.find(class_="caption-text"):
                deck.now.notes.append(f"<p><em>Figure.</em> {note(said)}</p>")
        mode = ""


def suggest(deck: _Deck, block: Block) -> None:
    """Puts on a slide that has room what of unmarked prose is short enough: a list, a paragraph's first sentence."""
    if block.kind == "list":
        said, fits = block, len(plain(block.tag)) <= 3 * SHORT
    else:
        said = point(sentences(block.tag)[0])
        text = plain(said.tag)
        fits = 25 <= len(text) <= SHORT and not text.endswith(":")
    if fits and deck.now.kind != "table" and deck.now.height + height(said) <= ROOM:
        deck.add(said)


def point(html: str) -> Block:
    return Block("point", BeautifulSoup(html, "html.parser"))


def stands(block: Block, before: list[Block], after: list[Block], chosen: bool) -> bool:
    """Whether a thing of the chapter stands on a slide though no mark says so: cells only if they are short."""
    if block.kind not in ("code", "output", "computed"):
        return True
    if chosen:
        return False
    lines = block.tag.get_text().rstrip().count("\n") + 1
    if block.kind == "computed":
        return True
    if block.kind == "output":
        return (
            lines <= CODE_LINES // 2
            and bool(before)
            and before[0].kind == "code"
            and len(before[0].tag.get_text().splitlines()) <= CODE_LINES
        )
    return lines <= CODE_LINES and not (after and after[0].kind in ("figure", "live", "table"))


def slides(chapter: Chapter) -> list[Slide]:
    """The slides of a chapter between its title and its sources, which the page around them knows."""
    deck = _Deck()
    first = deck.begin(chapter.title, "title")
    lead = [sentence for paragraph in chapter.lead for sentence in sentences(paragraph)]
    first.body.append(f"<p>{lead[0]}</p>" if lead else "<p></p>")
    first.notes += [note(tag) for tag in chapter.lead]
    if goals := lead[1:]:
        deck.begin("After this chapter")
        for sentence in goals:
            deck.add(point(sentence))
    parts = sections(chapter.blocks)
    if parts and parts[0][0].kind != "heading":
        deck.begin(chapter.title)
    for part in parts:
        fill(deck, part)
    deck.close()
    if chapter.exercises:
        page = deck.begin("Exercises", "exercises")
        items = "".join(f"<li value='{e.number}'>{task(e.task[0])}</li>" for e in chapter.exercises if e.task)
        page.body.append(f"<ol>{items}</ol>")
        for exercise in chapter.exercises:
            page.notes += [f"<p><strong>{exercise.number}, solution.</strong></p>", *map(note, exercise.solution)]
    if chapter.sources:
        page = deck.begin("Sources", "sources")
        page.body += [str(tag) for tag in chapter.sources]
    return deck.slides


def task(tag: Tag) -> str:
    """The first sentences of an exercise, as many as a line or two hold."""
    said = ""
    for sentence in sentences(tag):
        if said and len(plain(BeautifulSoup(said + sentence, "html.parser"))) > SHORT:
            break
        said += f" {sentence}"
    return said.strip()
