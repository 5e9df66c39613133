"""Paths on a landscape beside their losses, and a line for each optimizer that says what it was."""

from __future__ import annotations

from collections.abc import Sequence

from .chart import GAP, LEFT, RIGHT, ROOM, place, stand, swatch
from .ground import Descent, Ground, loss_of, map_of
from .sheet import PAD, Look, Sheet, breadth


def beside(sheet: Sheet, ground: Ground, paths: Sequence[Descent], steps: int) -> None:
    """The map and, at its right or below it, f against the step."""
    if sheet.narrow:
        room = sheet.inner - LEFT - RIGHT
        place(sheet, [map_of(ground, paths, sheet, room), loss_of(ground, paths, steps, sheet, 210)])
    else:
        wide = (sheet.inner - GAP) * 1.3 / 2.3
        view = map_of(ground, paths, sheet, wide - LEFT - RIGHT)
        left, right = PAD, PAD + wide + GAP
        loss = loss_of(ground, paths, steps, sheet, max(210.0, view.height))
        stand(sheet, [(view, left, wide), (loss, right, sheet.inner - wide - GAP)])
    sheet.top += ROOM - 8


def alone(sheet: Sheet, ground: Ground, paths: Sequence[Descent]) -> None:
    """The map without the losses, in the middle, and no wider than a page is high."""
    wide = min(sheet.inner, 480.0)
    stand(sheet, [(map_of(ground, paths, sheet, wide - LEFT - RIGHT), PAD + (sheet.inner - wide) / 2, wide)])
    sheet.top += -ROOM + 6


def key(sheet: Sheet, label: str, look: Look | None, said: str) -> None:
    """A piece of an optimizer's line with its mark, its name, and what is said of it."""
    indent, size = 44.0, 12.5
    if look:
        swatch(sheet, PAD, sheet.top + 9, sheet.colour(look), look.dash, look.mark)
    sheet.text(label, PAD + indent, sheet.top + 9, size=13, bold=True)
    after = PAD + indent + breadth(label, 13, True) + 10
    if after + breadth(said, size) <= sheet.width - PAD:
        sheet.text(said, after, sheet.top + 9, size=size, colour=sheet.theme["muted"])
        sheet.top += 21
    else:
        sheet.top += 19
        sheet.paragraph(said, size=size, indent=indent)
        sheet.top += 3
