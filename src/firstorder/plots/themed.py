"""A printed figure for the book's pages: one SVG on the colours of a light and a dark page, for a desk and a phone.

In an `img` the media queries of an SVG ask for the image's own width and for the colour scheme of the element it stands
in, so that one file follows the page's theme and lets a phone have larger type. Nothing is loaded twice.
"""

from __future__ import annotations

import colorsys
import re
from typing import Any

from .tokens import TOKENS

#: The share of its own width below which an image shows its narrow form, and how wide that is laid out, in inches: as
#: wide as a phone's text, its type of 10 points has 10 pixels.
NARROW, PHONE = 0.76, 4.4
#: What every figure is drawn with, on a dark page; the methods' colours come from the table of the whole site.
DARK = {"#ffffff": "#121212", "#000000": "#d8dee4", "#1d232b": "#f4f6f8", "#dfe4e8": "#2c343d", "#5d7c8c": "#8fa9b7"}
DARK |= {color["light"]: color["dark"] for color in TOKENS["colors"].values()}

_NUMBER = re.compile(r"-?\d+\.\d{3,}")
_GEOMETRY = re.compile(r'(?<= )(d|x|y|width|height|transform|points)="([^"]*)"')
_COLOR = re.compile(r"#[0-9a-f]{6}\b")


def dark(color: str) -> str:
    """The colour of a dark page in the place of one of a light page: the site's own, or the other end of its hue."""
    if color in DARK:
        return DARK[color]
    red, green, blue = (int(color[k : k + 2], 16) / 255 for k in (1, 3, 5))
    hue, light, saturation = colorsys.rgb_to_hls(red, green, blue)
    return "#" + "".join(f"{round(255 * c):02x}" for c in colorsys.hls_to_rgb(hue, 0.95 - 0.86 * light, saturation))


def themed(wide: str, narrow: str) -> str:
    """One SVG of two that Matplotlib wrote, of the same figure; on narrow images the second is shown."""
    (attributes, first), (small, second) = _body(wide, "w"), _body(narrow, "n")
    width = round(NARROW * float(attributes.split('"')[1].removesuffix("pt")) * 4 / 3)
    colors = sorted({*_COLOR.findall(first + second), "#000000"})
    rules = [
        f"svg{{{_variables({color: color for color in colors})};fill:var(--c000000)}}",
        f"@media(prefers-color-scheme:dark){{svg{{{_variables({color: dark(color) for color in colors})}}}"
        "image{filter:invert(1) hue-rotate(180deg)}}",
        f".n{{display:none}}@media(max-width:{width}px){{.n{{display:inline}}.w{{display:none}}}}",
        "*{stroke-linejoin:round;stroke-linecap:butt}",
    ]
    first, second = (_COLOR.sub(lambda found: f"var(--c{found[0][1:]})", body) for body in (first, second))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" {attributes}>'
        f"<style>{''.join(rules)}</style>"
        f'<g class="w">{first}</g><svg class="n" width="100%" height="100%" {_view(small)}>{second}</svg></svg>'
    )


def _variables(values: dict[str, str]) -> str:
    return ";".join(f"--c{name[1:]}:{value}" for name, value in values.items())


def _view(attributes: str) -> str:
    found = re.search(r'viewBox="[^"]*"', attributes)
    return found[0] if found else ""


def _body(svg: str, prefix: str) -> tuple[str, str]:
    """The size of an SVG and what is in it, without what no reader sees; its ids begin with `prefix`."""
    root = re.search(r"<svg\b([^>]*)>", svg)
    assert root is not None
    size = " ".join(re.findall(r'\b(?:width|height|viewBox)="[^"]*"', root[1]))
    body = svg[root.end() : svg.rindex("</svg>")]
    body = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->|<style\b.*?</style>", "", body, flags=re.DOTALL)
    body = re.sub(r"<g id=\"[^\"]*\">", "<g>", body)
    body = _GEOMETRY.sub(_rounded, body)
    body = re.sub(r' id="([^"]*)"', rf' id="{prefix}\1"', body)
    body = re.sub(r'href="#([^"]*)"', rf'href="#{prefix}\1"', body).replace("url(#", f"url(#{prefix}")
    return size, re.sub(r"\s*\n\s*", " ", body).replace("> <", "><")


def _rounded(found: re.Match[str]) -> str:
    """A number on the drawing to a hundredth of a point."""

    def short(number: Any) -> str:
        return f"{float(number[0]):.2f}".rstrip("0").rstrip(".")

    places = _NUMBER if found[1] != "transform" else re.compile(r"-?\d{2,}\.\d{3,}")  # not of a scale
    return f'{found[1]}="{places.sub(short, found[2])}"'
