"""The key figure of a chapter: its first one, as a light PNG."""

import base64
import io
import os
import time

import jupytext
import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_notebook, new_output

pytest.importorskip("anywidget")
pytest.importorskip("matplotlib")

import matplotlib as mpl
from PIL import Image

from book import pictures
from book.identity import ROOT
from firstorder import plots

LIVE = "from firstorder.figures import Spectrum\nSpectrum()"
PRINTED = "from firstorder import plots\nfig, ax = plots.axes('x', 'y')\nplots.curves(ax, {'adam': [3.0, 1.0]})\nfig"


def cells(*sources: str) -> list:
    return [new_code_cell(source) for source in sources]


@pytest.mark.parametrize("shown", [LIVE, PRINTED])
def test_cells_are_run_up_to_the_first_figure(shown):
    picture = pictures.run(cells("1 + 1", shown, "raise SystemError('this cell comes later')"))
    assert Image.open(io.BytesIO(picture)).format == "PNG"
    assert len(picture) <= 100_000


def test_chapter_without_a_figure_has_no_picture():
    assert pictures.run(cells("1 + 1")) is None


def test_built_book_is_not_run_again(tmp_path, monkeypatch):
    chapter = jupytext.read(ROOT / "chapters" / "momentum.md", fmt="md:myst")
    png = base64.b64encode(b"the picture").decode()
    ran = new_notebook(cells=cells(*(cell.source for cell in pictures.code(chapter))))
    ran.cells[0].outputs = [new_output("display_data", data={"image/png": png})]
    (tmp_path / "chapters").mkdir()
    path = tmp_path / "chapters" / "momentum.ipynb"
    nbformat.write(ran, path)
    monkeypatch.setattr(pictures, "EXECUTED", tmp_path)
    monkeypatch.setattr(pictures, "KEPT", tmp_path / "kept")
    monkeypatch.setattr(pictures, "run", lambda cells: b"run anew")
    os.utime(path, (time.time() + 60,) * 2)
    assert pictures.key_picture("chapters/momentum") == b"the picture"
    os.utime(path, (0, 0))  # older than the package
    assert pictures.key_picture("chapters/momentum") == b"run anew"
    monkeypatch.setattr(pictures, "run", lambda cells: pytest.fail("the picture was kept"))
    assert pictures.key_picture("chapters/momentum") == b"run anew"


def test_printed_figure_is_drawn_as_before_when_its_picture_was_made(monkeypatch):
    fig, ax = plots.axes("x", "y")
    plots.curves(ax, {"adam": [3.0, 1.0]})
    before = fig.svg()
    picture = fig.png(20_000)
    assert len(picture) <= 20_000
    assert fig.svg() == before
    mpl.pyplot.close("all")
