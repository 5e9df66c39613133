"""Cuts the theme's icons down to those that the pages show.

The theme brings a script of 1.5 MB, fonts of 270 KB and a style rule for each of 1,500 icons; a page shows a dozen.
"""

import re
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

SCRIPT = re.compile(r"<script[^>]*scripts/fontawesome\.js[^>]*></script>\s*")
NAME = re.compile(r"\bfa-([a-z-]+)\b")
ICON_RULE = re.compile(r'(\.fa-[^{}]*:before)\{content:"\\([0-9a-f]+)"\}')
PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
ESCAPED = re.compile(r'content: ?"\\(f[0-9a-f]{3})"')


def without_icon_script(html: str) -> str:
    return SCRIPT.sub("", html)


def trim(css: str, names: set[str]) -> tuple[str, set[int]]:
    """The theme's style sheet with the rules of these icons only, and the code points it still shows."""
    points = {ord(icon) for icon in PRIVATE_USE.findall(css)}

    def keep(rule: re.Match[str]) -> str:
        if not names & set(NAME.findall(rule[1])):
            return ""
        points.add(int(rule[2], 16))
        return rule[0]

    return ICON_RULE.sub(keep, css), points


def cut(path: Path, points: set[int]) -> None:
    """Replaces a font by one with only these code points, under another name, as its licence asks of changed copies."""
    font = TTFont(path, recalcTimestamp=False)  # the same build gives the same file
    subsetter = subset.Subsetter(subset.Options(name_IDs=[0, 13, 14]))
    subsetter.populate(unicodes=points)
    subsetter.subset(font)
    for name_id in (1, 4, 6):
        font["name"].setName("FirstOrderIcons", name_id, 3, 1, 0x409)
    font.flavor = "woff2"
    font.save(path)


def finish(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None:
        return
    static = Path(app.outdir) / "_static"
    theme = static / "styles" / "pydata-sphinx-theme.css"
    pages = [path.read_text(encoding="utf-8") for path in Path(app.outdir).rglob("*.html")]
    css, points = trim(theme.read_text(encoding="utf-8"), {name for page in pages for name in NAME.findall(page)})
    theme.write_text(css, encoding="utf-8")
    others = [path.read_text(encoding="utf-8") for path in static.rglob("*.css") if path != theme]
    points |= {int(point, 16) for sheet in others for point in ESCAPED.findall(sheet)}
    for path in (static / "vendor" / "fontawesome" / "webfonts").glob("*.woff2"):
        cut(path, points)


def add_filter(app: Sphinx) -> None:
    app.builder.templates.environment.filters["without_icon_script"] = without_icon_script


def setup(app: Sphinx) -> dict[str, Any]:
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))
    app.connect("builder-inited", add_filter)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}
