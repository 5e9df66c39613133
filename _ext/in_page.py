"""Gives the site what its pages run Python with, in `python/`: none of it is loaded before a reader edits a rule."""

import shutil
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.mathematics import SCRIPT
from book.pack import packed


def copy(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        folder = Path(app.outdir) / "python"
        packed(folder)
        shutil.copy(SCRIPT, folder)  # formulas of edited rules are set as those of the book are


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True}
