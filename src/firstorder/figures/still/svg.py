"""SVG as Matplotlib writes it, made shorter: a figure has four of these."""

from __future__ import annotations

import re

_LONG = re.compile(r"-?\d+\.\d{2,}")
_CORNER = re.compile(r"([MLz])(?:\s*(-?[\d.]+)\s+(-?[\d.]+))?")


def shortened(svg: str, width: float, height: float) -> str:
    """What Matplotlib wrote, without what a picture in a page has no use for."""
    svg = svg[svg.index("<svg") :]
    for useless in (r"<metadata>.*?</metadata>", r"<!--.*?-->", r'<g id="[^"]*">', r"</g>"):
        svg = re.sub(useless, "", svg, flags=re.S)
    svg = re.sub(r' (?:x|y|transform)="[^"]*"', lambda found: _LONG.sub(_tenth, found[0]), svg)
    svg = re.sub(r' d="([^"]+)"', lambda found: f' d="{relative(found[1])}"', svg)
    svg = re.sub(r' transform="rotate\(-0 [^"]*"', "", svg)
    svg = re.sub(r'<text style="([^"]*)"', lambda found: f"<text{_attributes(found[1])}", svg)
    svg = re.sub(r' (?:width|height)="[\d.]+pt"', "", svg, count=2)
    # The reader's own font is narrower than the one that was measured.
    own = f'width="{width:g}" height="{height:g}" font-family="system-ui, \'DejaVu Sans\', sans-serif"'
    svg = svg.replace("<svg ", f"<svg {own} ", 1)
    return re.sub(r"\s*\n\s*", "\n", svg)


def _attributes(style: str) -> str:
    """A text's style as attributes, without what goes without saying."""
    said = dict(part.split(": ", 1) for part in style.split("; "))
    said.pop("font-family", None)
    if said.get("text-anchor") == "start":
        del said["text-anchor"]
    return "".join(f' {name}="{value.removesuffix("px")}"' for name, value in said.items())


def relative(drawn: str) -> str:
    """A path of straight lines as steps in tenths of a pixel, which are shorter to write than places; with curves in it
    it keeps its places, to a tenth."""
    if re.search(r"[QC]", drawn):
        return " ".join(_LONG.sub(_tenth, drawn).split())
    parts: list[str] = []
    x = y = 0
    start = (0, 0)
    for letter, across, down in _CORNER.findall(drawn):
        if letter == "z":
            parts.append("z")
            x, y = start
            continue
        to = round(10 * float(across)), round(10 * float(down))
        step = f"{_short(to[0] - x)}{_short(to[1] - y, joined=True)}"
        if letter == "M":
            # After "z" the pen is where the piece began, so that a step is as good as at the start.
            parts.append(f"m{step}")
            start = to
        elif to != (x, y) or parts[-1][0] == "m":
            parts.append(f"l{step}")
        x, y = to
    return "".join(parts)


def _short(tenths: int, *, joined: bool = False) -> str:
    whole, tenth = divmod(abs(tenths), 10)
    digits = f"{whole or ''}{f'.{tenth}' if tenth else ''}" or "0"
    return f"-{digits}" if tenths < 0 else f" {digits}" if joined else digits


def _tenth(number: re.Match[str]) -> str:
    return f"{round(float(number[0]), 1):g}"
