"""Pictures that are asked for when they come near, with their size said before: nothing moves when one comes.

Not the first of a page, which is often on its first screen.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.pages import change_pages

PICTURE = re.compile(r'<img (?![^>]*\bloading=)([^>]*?)src="([^"]*_images/[^"]+\.svg)"')
SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"')
POINT = 4 / 3  # CSS pixels


@cache
def size(picture: Path) -> str:
    """The attributes that say it; "" where the file does not, in points, as Matplotlib does at its beginning."""
    with picture.open(encoding="utf-8") as file:
        found = SIZE.search(file.read(2000))
    return 'width="{:.0f}" height="{:.0f}" '.format(*(POINT * float(side) for side in found.groups())) if found else ""


def setup(app: Sphinx) -> dict[str, Any]:
    site = Path(app.outdir)

    def change(html: str, page: Path) -> str:
        seen: list[str] = []

        def late(picture: re.Match[str]) -> str:
            attributes, source = picture.groups()
            seen.append(source)
            lazy = 'loading="lazy" ' if len(seen) > 1 else ""
            return f'<img {lazy}{size((site / page.parent / source).resolve())}{attributes}src="{source}"'

        return PICTURE.sub(late, html)

    change_pages(app, change)
    return {"parallel_read_safe": True}
