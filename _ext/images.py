"""Pictures that are asked for when they come near, with their size said before: nothing moves when one comes.

Not the first of a page, which is often on its first screen.
"""

import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.pages import rewrite

PICTURE = re.compile(r'<img (?![^>]*\bloading=)([^>]*?)src="([^"]*_images/[^"]+\.svg)"')
SIZE = re.compile(r'<svg\b[^>]*?\bwidth="([\d.]+)pt" height="([\d.]+)pt"')
POINT = 4 / 3  # CSS pixels


def finish(app: Sphinx, exception: Exception | None) -> None:
    site = Path(app.outdir)

    def change(html: str, page: Path) -> str:
        seen: list[str] = []

        def late(picture: re.Match[str]) -> str:
            attributes, source = picture.groups()
            seen.append(source)
            size = SIZE.search((site / page.parent / source).read_text(encoding="utf-8")[:2000])
            width, height = (POINT * float(length) for length in size.groups()) if size else (0, 0)
            sized = f'width="{width:.0f}" height="{height:.0f}" ' if size else ""
            lazy = 'loading="lazy" ' if len(seen) > 1 else ""
            return f'<img {lazy}{sized}{attributes}src="{source}"'

        return PICTURE.sub(late, html)

    rewrite(app, exception, change)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}
