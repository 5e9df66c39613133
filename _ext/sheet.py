"""The style of every page: each sheet in `assets/page/`, after the theme's and `book.css`."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

SHEETS = Path(__file__).parents[1] / "assets" / "page"


def setup(app: Sphinx) -> dict[str, Any]:
    for path in sorted(SHEETS.glob("*.css")):
        app.add_css_file(f"page/{path.name}", priority=900)
    return {"parallel_read_safe": True}
