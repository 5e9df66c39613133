"""Finds in a formula's MathML the symbols of rules, and gives them the names that the rules have for them.

The outermost element that spells a symbol carries `data-symbol`:
`<msub data-symbol="beta2"><mi>β</mi><mn>2</mn></msub>`.
A time index is no part of a symbol, nor is a power: v_t, v_{t-1} and v_t² are all `v`.
"""

import re
from xml.etree import ElementTree

#: Letters that an index of time, of a coordinate or of a run is made of; an index of anything else belongs to the name.
INDICES = re.compile(r"(?:[tTikjns]|[+−-]|[01](?=,|$)|,|∗)+$")
ACCENTS = {"ˆ": "hat", "^": "hat", "¯": "bar", "‾": "bar", "ˉ": "bar", "~": "tilde", "˜": "tilde"}
EMPTY: dict[str, str] = {}


def text(element: ElementTree.Element) -> str:
    return "".join(element.itertext()).replace("\u2061", "")


def key(element: ElementTree.Element) -> str | None:
    """What an element spells, as text: "β_2" of \\beta_{2,t}^2, "v^hat" of \\hat v_t; None if it is no symbol."""
    parts = list(element)
    if element.tag == "mi":
        return text(element)
    if element.tag in ("mrow", "mpadded") and parts:
        drawn = [part for part in parts if part.tag != "mspace" and text(part)]
        return key(drawn[0]) if len(drawn) == 1 else None
    if element.tag == "mover" and len(parts) == 2:
        base, accent = key(parts[0]), ACCENTS.get(text(parts[1]))
        return f"{base}^{accent}" if base and accent else None
    if element.tag in ("msub", "msup", "msubsup") and (base := key(parts[0])):
        below = text(parts[1]) if element.tag != "msup" else ""
        above = text(parts[-1]) if element.tag != "msub" else ""
        named = re.match(r"(\d+)(?:,|$)|(max|min|∞)", below) if below != "0" else None
        index = f"_{named[1] or named[2]}" if named else "" if INDICES.match(below) or not below else f"_{below}"
        accent = f"^{above}" if re.fullmatch(r"max|min|prev|′|[+−]", above) else ""
        return f"{base}{index}{accent}"
    return None


def whole(html: str) -> ElementTree.Element:
    """The one element of a formula; MathML as Temml writes it is XML."""
    math = ElementTree.fromstring(html)
    return math[0] if len(math) == 1 else math


def mark(html: str, names: dict[str, str]) -> str:
    """The formula with `data-symbol` at each symbol among `names`."""
    if not names or not html.startswith(("<math", "<div")):
        return html
    top = ElementTree.fromstring(html)
    _mark(top, names)
    return ElementTree.tostring(top, encoding="unicode", short_empty_elements=False)


def _mark(element: ElementTree.Element, names: dict[str, str]) -> None:
    for child in element:
        spelled = key(child) if child.tag not in ("mrow", "mpadded") else None
        if spelled in names:
            child.set("data-symbol", names[spelled])
        elif spelled is None:  # what spells another symbol, as η_max does, has no part of its own
            _mark(child, names)
