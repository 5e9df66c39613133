"""The map of optimizers: a box for each, and lines to what it builds on, as `js/figures/method_map.js` draws them."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
from matplotlib.path import Path

from ...card import below
from ...compare import year
from ...rules import RULES
from .sheet import PAD, Sheet, breadth, rounded

ROW, HIGH = 70.0, 50.0  # pixels from one row to the next, and of a box


def lineage(sheet: Sheet, places: Mapping[str, tuple[int, int]], columns: int, selected: str) -> None:
    """Row and column of each are given. All that `selected` comes from, and what builds on it at once, stand out."""
    theme, top, step = sheet.theme, sheet.top, sheet.inner / columns
    near = _ancestors(selected) if selected else set()
    heirs = {rule.key for rule in below(RULES[selected])} if selected else set()

    def lit(parent: str, child: str) -> bool:
        return {parent, child} <= near or (parent == selected and child in heirs)

    edges = [(parent, rule.key) for rule in RULES.values() for parent in rule.builds_on]
    for bright in (False, True):
        drawn = [_bent(places[a], places[b], step, top) for a, b in edges if lit(a, b) == bright]
        if drawn:
            colour, width = (theme["accent"], 2.5) if bright else (theme["line"], 1.5)
            sheet.fill(_joined(drawn), theme["surface"], alpha=0, edge=colour, width=width)
    boxes: dict[str, list[Path]] = {"plain": [], "lit": [], "chosen": []}
    for key, (row, column) in places.items():
        kind = "chosen" if key == selected else "lit" if key in near | heirs else "plain"
        boxes[kind].append(rounded((PAD + column * step, top + row * ROW, step - 8, HIGH), 8))
    looks = {"plain": ("surface", "line"), "lit": ("surface", "accent"), "chosen": ("accent", "accent")}
    for kind, drawn in boxes.items():
        if drawn:
            face, edge = looks[kind]
            sheet.fill(_joined(drawn), theme[face], edge=theme[edge], width=1.2)
    for key, (row, column) in places.items():
        _name(sheet, key, PAD + (column + 0.5) * step - 4, top + row * ROW + HIGH / 2, step - 14, key == selected)
    sheet.top += (1 + max(row for row, _ in places.values())) * ROW - ROW + HIGH + 14
    sheet.paragraph("Each stands below what it builds on.")


def _name(sheet: Sheet, key: str, x: float, y: float, width: float, chosen: bool) -> None:
    """The name, broken between words where it must be, and the year."""
    colour = sheet.theme["onAccent" if chosen else "text"]
    lines = [""]
    for part in re.split(r"(?<=[a-z])(?=[A-Z][A-Za-z])", RULES[key].name):
        if lines[-1] and breadth(lines[-1] + part, 11) > width:
            lines.append(part)
        else:
            lines[-1] += part
    y -= 6 * len(lines)
    for k, line in enumerate(lines):
        sheet.text(line, x, y + 12 * k, size=11, colour=colour, align="center")
    muted = colour if chosen else sheet.theme["muted"]
    sheet.text(str(year(RULES[key])), x, y + 12 * len(lines) + 0.5, size=10.5, colour=muted, align="center")


def _ancestors(key: str) -> set[str]:
    return {key}.union(*(_ancestors(parent) for parent in RULES[key].builds_on))


def _bent(parent: tuple[int, int], child: tuple[int, int], step: float, top: float) -> Path:
    """From the foot of one box to the head of another."""
    x0, x1 = (PAD + (column + 0.5) * step - 4 for _, column in (parent, child))
    y0, y1 = top + parent[0] * ROW + HIGH, top + child[0] * ROW
    bend = min(30.0, (y1 - y0) / 2)
    points = [(x0, y0), (x0, y0 + bend), (x1, y1 - bend), (x1, y1)]
    return Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])


def _joined(paths: list[Path]) -> Path:
    codes = [np.asarray(path.codes) for path in paths]
    return Path(np.concatenate([path.vertices for path in paths]), np.concatenate(codes))
