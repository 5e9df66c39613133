"""Tables that a phone shows as cards: each cell of three columns or more carries the head of its column.

Not those of claims, which are cards already, and not those with cells over more than one row or column. Above a long
one stands a field to search its rows in: scripts that put it there would push the table down.
"""

import re
from html import escape, unescape
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.pages import change_pages

TABLE = re.compile(
    r'(?P<claims><div class="claims[ "].*?)?(?P<box><div class="pst-scrollable-table-container">\s*)?'
    r'<table class="table">(?P<rows>.*?)</table>',
    re.DOTALL,
)
FIELD = '<label class="table-filter">Find in this table<input type="search"/><output></output></label>\n'
LONG = 30  # rows
HEAD = re.compile(r"<th\b[^>]*>(.*?)</th>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<td\b")
LEAST = 3


#: A root is a tag, which goes with the others: the heads 1/w and 1/√w would read alike.
ROOT = re.compile(r"(?=<msqrt\b)")


def text(html: str) -> str:
    return unescape(re.sub(r"<[^>]+>", "", ROOT.sub("√", html))).strip()


def carded(table: str) -> str | None:
    """The table with a label on each cell, or None where its rows do not have one cell for each head."""
    head, body, rows = table.partition("</thead>")
    labels = [text(each) for each in HEAD.findall(head)]
    if len(labels) < LEAST or "colspan" in table or "rowspan" in table or "<th" in rows:
        return None
    if any(len(CELL.findall(row)) != len(labels) for row in ROW.findall(rows)):
        return None

    def row(match: re.Match[str]) -> str:
        names = iter(labels)
        return CELL.sub(lambda _: f'<td data-label="{escape(name)}"' if (name := next(names)) else "<td", match[0])

    return head + body + ROW.sub(row, rows)


def labelled(html: str, page: Path) -> str:
    def change(match: re.Match[str]) -> str:
        if match["claims"]:
            return match[0]
        box, done = match["box"] or "", carded(match["rows"])
        if box and match["rows"].partition("</thead>")[2].count("<tr") >= LONG:
            box = FIELD + box
        kind, rows = ("table", match["rows"]) if done is None else ("table cards", done)
        return f'{box}<table class="{kind}">{rows}</table>'

    return TABLE.sub(change, html)


def setup(app: Sphinx) -> dict[str, Any]:
    change_pages(app, labelled)
    return {"parallel_read_safe": True}
