"""Cuts the theme's fonts of icons, 270 KB, down to the dozen icons that the pages' style sheet shows."""

import re
from pathlib import Path
from typing import Any

from fontTools import subset
from fontTools.ttLib import TTFont
from sphinx.application import Sphinx

PRIVATE_USE = re.compile("[\ue000-\uf8ff]")
ESCAPED = re.compile(r'"\\([ef][0-9a-f]{3})\s?"')


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
    if exception is not None or app.builder.format != "html":
        return
    static = Path(app.outdir) / "_static"
    css = (static / "page.css").read_text(encoding="utf-8")
    points = {ord(icon) for icon in PRIVATE_USE.findall(css)} | {int(point, 16) for point in ESCAPED.findall(css)}
    for path in (static / "vendor" / "fontawesome" / "webfonts").iterdir():
        if path.name in css and path.suffix == ".woff2":
            cut(path, points)
        else:
            path.unlink()


def setup(app: Sphinx) -> dict[str, Any]:
    app.config.templates_path.append(str(Path(__file__).parent / "templates"))
    app.connect("build-finished", finish, priority=870)  # when it is known what pages show
    return {"parallel_read_safe": True}
