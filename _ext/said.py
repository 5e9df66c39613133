"""Runs with a chapter what proves the numbers of its text, see `book.said`."""

from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from book import said


def run_beside(app: Sphinx, docname: str, source: list[str]) -> None:
    path = said.beside(Path(app.env.doc2path(docname)))
    told = path.read_text(encoding="utf-8") if path.exists() else ""
    if told:
        app.env.note_dependency(str(path))
    try:
        source[0] = said.put_in(source[0], said.parts(told))
    except ValueError as error:
        raise ExtensionError(f"{docname}: {error}") from error


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("source-read", run_beside)
    return {"parallel_read_safe": True}
