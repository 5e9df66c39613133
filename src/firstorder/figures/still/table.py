"""A table of short texts."""

from __future__ import annotations

from collections.abc import Sequence

from .sheet import PAD, Sheet, wrapped


def table(sheet: Sheet, title: str, heads: Sequence[str], rows: Sequence[tuple[str, Sequence[str]]]) -> None:
    """A column for each of `heads`; on a narrow sheet a row's own title stands above its cells."""
    muted, line = sheet.theme["muted"], sheet.theme["line"]
    size, high = 12.0, 16.0
    first = 0.0 if sheet.narrow else 0.42 * sheet.inner
    across = (sheet.inner - first) / len(heads)
    sheet.text(title, PAD, sheet.top + 9, size=13, bold=True)
    sheet.top += 24
    if sheet.narrow:
        size = 11.0
    lefts = [PAD + first + k * across for k in range(len(heads))]
    for left, head in zip(lefts, heads, strict=True):
        sheet.text(head, left, sheet.top + 8, size=size, bold=True)
    sheet.top += high + 4
    for name, cells in rows:
        sheet.line([PAD, sheet.width - PAD], [sheet.top, sheet.top], line, width=1)
        sheet.top += 4
        titles = wrapped(name, size, (sheet.inner if sheet.narrow else first) - 10)
        for k, text in enumerate(titles):
            sheet.text(text, PAD, sheet.top + 8 + k * high, size=size, colour=muted)
        if sheet.narrow:
            sheet.top += high * len(titles)
        texts = [wrapped(cell, size, across - 8) for cell in cells]
        for left, lines in zip(lefts, texts, strict=True):
            for k, text in enumerate(lines):
                sheet.text(text, left, sheet.top + 8 + k * high, size=size)
        tall = max(map(len, texts))
        sheet.top += high * (tall if sheet.narrow else max(tall, len(titles))) + 3
