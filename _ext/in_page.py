"""Gives the site what its pages run Python with, in `python/`: none of it is loaded before a reader edits a rule."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from book.pack import packed


def copy(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        packed(Path(app.outdir) / "python")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True}
