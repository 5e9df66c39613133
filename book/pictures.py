"""The key figure of each chapter as a picture, its first one, live or printed: for cards, previews and decks.

python -m book.pictures FOLDER    writes that of every document to FOLDER/chapters/adam.png, …
"""

import argparse
import base64
import hashlib
import os
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import jupytext
import nbformat
from nbclient import NotebookClient
from nbformat import NotebookNode

import firstorder
from book.contents import documents
from book.identity import ROOT
from book.said import TAG

PACKAGE = Path(firstorder.__file__).parent
#: Where the book's build leaves the chapters as they ran, and where pictures are kept that were made without it.
EXECUTED, KEPT = ROOT / "_build" / "jupyter_execute", ROOT / "_build" / "pictures"


def key_picture(docname: str) -> bytes | None:
    """The first figure of a document ("chapters/adam", "index") as PNG of at most 100 KB; None if it has none.

    It is taken from the book's build if that has run these cells with this package; otherwise the cells are run, up to
    that figure: in most chapters the first. Raises nbclient's CellExecutionError if one of them fails.
    """
    cells = code(jupytext.read(ROOT / f"{docname}.md", fmt="md:myst"))
    executed = EXECUTED / f"{docname}.ipynb"
    if executed.exists() and executed.stat().st_mtime > max(path.stat().st_mtime for path in sources()):
        ran = nbformat.read(executed, as_version=4)
        if [cell.source for cell in code(ran)] == [cell.source for cell in cells]:
            return first(ran)
    kept = KEPT / f"{digest(cells)}.png"
    if not kept.exists():
        picture = run(cells)
        kept.parent.mkdir(parents=True, exist_ok=True)
        kept.write_bytes(picture or b"")
    return kept.read_bytes() or None


def code(notebook: NotebookNode) -> list[NotebookNode]:
    """The cells that the chapter shows, and not those that only prove its text."""
    return [cell for cell in notebook.cells if cell.cell_type == "code" and TAG not in cell.metadata.get("tags", [])]


def sources() -> list[Path]:
    """What the output of a cell may depend on besides the cells: the package's modules and data."""
    return sorted(path for path in PACKAGE.rglob("*") if path.suffix in {".py", ".json", ".npz"})


@cache
def package_digest() -> str:
    """Of what the output of a cell may depend on besides the cells, as it is when this is first asked."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in sources())).hexdigest()


def digest(cells: list[NotebookNode]) -> str:
    text = "\0".join([package_digest(), *(cell.source for cell in cells)])
    return hashlib.sha256(text.encode()).hexdigest()


def pictures(cell: NotebookNode) -> Iterator[bytes]:
    for output in cell.get("outputs", []):
        if png := output.get("data", {}).get("image/png"):
            yield base64.b64decode(png)


def first(notebook: NotebookNode) -> bytes | None:
    return next((picture for cell in code(notebook) for picture in pictures(cell)), None)


def run(cells: list[NotebookNode]) -> bytes | None:
    """Runs cells one after another until one of them shows a figure."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.source) for cell in cells])
    client = NotebookClient(notebook, timeout=600, kernel_name="python3", extra_arguments=["--log-level=ERROR"])
    with client.setup_kernel(cwd=str(ROOT / "chapters"), env={**os.environ, "FIRSTORDER_FIGURES": "page"}):
        for index, cell in enumerate(notebook.cells):
            client.execute_cell(cell, index)
            if picture := next(pictures(cell), None):
                return picture
    return None


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    for name in documents():
        picture = key_picture(name)
        if picture:
            path = folder / f"{name}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(picture)
        print(f"{name}: {f'{len(picture) / 1000:.0f} KB' if picture else 'no figure'}")


if __name__ == "__main__":
    main()
