"""What of a chapter goes on paper: a handout of its essentials, and its exercises with and without their solutions."""

from html import escape
from math import ceil

from bs4 import BeautifulSoup

from book.blocks import Chapter, Exercise, plain
from book.slides import slides

#: Pictures that a handout has room for, and rows of a table that is not of claims.
PICTURES, ROWS = 2, 8


def places(name: str) -> dict[str, str]:
    """Where the slides and papers of a chapter lie in the site, by what they are called."""
    return {
        "slides": f"slides/{name}.html",
        "handout": f"handouts/{name}.html",
        "exercise sheet": f"sheets/{name}.html",
        "solutions": f"sheets/{name}-solutions.html",
    }


def essentials(chapter: Chapter) -> str:
    """The slides one below the other: their sentences, the formulas that have a number, two pictures, the claims."""
    parts = [str(tag) for tag in chapter.lead]
    pictures, title = 0, ""
    for slide in slides(chapter):
        if slide.kind in ("title", "exercises") or slide.title == "After this chapter":
            continue
        shown = []
        for piece in map(still, slide.body) if slide.kind == "live" else slide.body:
            pictures += piece.startswith("<img")
            if pictures <= PICTURES if piece.startswith("<img") else is_essential(piece):
                shown.append(without_source(piece))
        if shown and slide.title not in (title, chapter.title):
            title = slide.title
            parts.append(f"<h2>{title}</h2>")
        parts += shown
    return "\n".join(parts)


def without_source(piece: str) -> str:
    """A rule's formula: its source is in the chapter, and on the slides."""
    rule = BeautifulSoup(piece, "html.parser").select_one("div.rule") if piece.startswith('<div class="rule"') else None
    return str(rule.find(class_="formula")) if rule else piece


def still(piece: str) -> str:
    """The picture that a live figure leaves on paper."""
    found = BeautifulSoup(piece, "html.parser").select_one(".firstorder-light img")
    return f'<img src="{found["src"]}" alt="{escape(str(found["alt"]))}">' if found else ""


def is_essential(piece: str) -> bool:
    """Sentences, formulas with a number, rules, and tables of claims or of a few rows."""
    if piece.startswith("<table"):
        return "class='claims'" in piece or piece.count("<tr") <= ROWS
    numbered = piece.startswith('<div class="formula"') and 'class="number"' in piece
    return numbered or piece.startswith(("<p", '<div class="rule"'))


def points(exercise: Exercise) -> int:
    """A suggestion, by the length of the solution: two to six."""
    length = sum(len(plain(tag)) for tag in exercise.solution)
    return min(6, max(2, ceil(length / 120)))


def room(exercise: Exercise) -> int:
    """Lines to write on: one and a half times what the printed solution takes, for a hand writes larger."""
    if any(tag.find("pre") for tag in exercise.task):
        return 4
    return max(5, ceil(1.5 * sum(len(plain(tag)) for tag in exercise.solution) / 75))


def total(chapter: Chapter) -> int:
    return sum(map(points, chapter.exercises))


def sheet(chapter: Chapter, solved: bool) -> str:
    parts = []
    for exercise in chapter.exercises:
        body = "\n".join(map(str, exercise.task))
        if solved:
            body += f'\n<div class="solution">{"".join(map(str, exercise.solution))}</div>'
        else:
            body += f'\n<div class="room" style="--lines: {room(exercise)}"></div>'
        worth = f'<span class="points">{points(exercise)} points</span>'
        parts.append(f'<section class="exercise"><h2>Exercise {exercise.number} {worth}</h2>\n{body}</section>')
    return "\n".join(parts)
