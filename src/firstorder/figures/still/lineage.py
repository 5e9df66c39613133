"""The map of optimizers, a lane for each family and years across, as `js/figures/method_map.js` draws it."""

from __future__ import annotations

from matplotlib.path import Path

from ...card import below
from ...rules import RULES
from ..timeline import ROW, TITLE, WIDTHS, YEARS, across, axis, lanes, place, radius
from .sheet import PAD, Sheet, looks_of

Spot = tuple[float, float]


def lineage(sheet: Sheet, selected: str) -> None:
    """All that `selected` comes from, and what builds on it at once, stand out, with lines between them."""
    width = max(fitting for fitting in WIDTHS if fitting <= sheet.inner)
    at, within = place(width), width > WIDTHS[0]
    theme, top = sheet.theme, sheet.top + YEARS
    spots: dict[str, Spot] = {}
    titles: list[tuple[str, float]] = []
    bands: list[tuple[float, float]] = []
    y = top
    for number, (name, rules) in enumerate(lanes().items()):
        # On a phone lanes are closed at first: marks below titles, without names.
        high = 6 + (ROW * (1 + max(at[rule.key][0] for rule in rules)) if within else TITLE + 18)
        titles.append((name, y + 2 + ROW / 2))
        if number % 2:
            bands.append((y, high))
        for rule in rules:
            down = (at[rule.key][0] + 0.5) * ROW if within else TITLE + 8
            spots[rule.key] = (PAD + across(rule, sheet.inner), y + 2 + down)
        y += high
    for band, tall in bands:
        right = PAD + sheet.inner
        corners = [(PAD, band), (right, band), (right, band + tall), (PAD, band + tall), (PAD, band)]
        sheet.fill(Path(corners), theme["panel"])
    _years(sheet, top, y)
    near = _edges(sheet, spots, selected)
    for name, middle in titles:
        sheet.text(name, PAD + 2, middle, size=12, bold=True, colour=theme["muted"])
    for key, look in zip(spots, looks_of(list(spots)), strict=True):
        (x, middle), rule = spots[key], RULES[key]
        r, left = radius(rule), at[key][1] == "left"
        sheet.stamp(look.mark, x, middle, sheet.colour(look), scale=r / 6)
        if not within and key != selected:
            continue
        beside = x - r - 4 if left else x + r + 4
        side, lit = "right" if left else "left", key in near
        sheet.text(rule.name, beside, middle, size=12, bold=lit, halo=lit, align=side)
    sheet.top = y + YEARS + 14
    sheet.paragraph("Years go across, a lane is a family, and the larger a mark, the more build on it.")


def _years(sheet: Sheet, top: float, bottom: float) -> None:
    last = float("inf")
    for one in reversed(axis()):
        x = PAD + 12 + axis()[one] * (sheet.inner - 24)
        if last - x >= 36:
            sheet.line([x, x], [top - 4, bottom], sheet.theme["line"], width=1, dash=(2, 4))
            for place_of in (top - YEARS + 10, bottom + 12):
                sheet.text(str(one), x, place_of, size=12, colour=sheet.theme["muted"], align="center")
            last = x


def _edges(sheet: Sheet, spots: dict[str, Spot], selected: str) -> set[str]:
    """Draws the lines, and gives what they lead to."""
    if not selected:
        return set()
    near = _ancestors(selected)
    heirs = {rule.key for rule in below(RULES[selected])}
    pairs = [(parent, key) for key in near for parent in RULES[key].builds_on] + [(selected, key) for key in heirs]
    for parent, key in sorted(pairs):
        (x0, y0), (x1, y1) = spots[parent], spots[key]
        bend = max(16.0, abs(x1 - x0) / 2)
        points = [(x0, y0), (x0 + bend, y0), (x1 - bend, y1), (x1, y1)]
        curve = Path(points, [Path.MOVETO, Path.CURVE4, Path.CURVE4, Path.CURVE4])
        sheet.fill(curve, sheet.theme["surface"], alpha=0, edge=sheet.theme["accent"], width=1.5)
    return near | heirs


def _ancestors(key: str) -> set[str]:
    return {key}.union(*(_ancestors(parent) for parent in RULES[key].builds_on))
