"""What `make release` made, and the environments that notebooks are run in: `make release-test` runs these checks.

Their files are called `check_*.py`, so that a plain `pytest` does not collect them.
"""

import subprocess
from pathlib import Path
from zipfile import ZipFile

import pytest
from environments import BINDER, COLAB, ROOT, clean, environment
from gate import missing

from book.identity import identity


@pytest.fixture(scope="session")
def binder() -> Path:
    """Made as repo2docker makes it: the Python of `binder/`, its own Jupyter, then what `binder/` asks for."""
    version = (ROOT / "binder" / "runtime.txt").read_text(encoding="utf-8").strip().removeprefix("python-")
    return environment("binder", version, BINDER, ("--requirement", "binder/requirements.txt"))


@pytest.fixture(scope="session")
def colab() -> Path:
    """What Colab starts with: the package is not there yet."""
    folder = environment("colab", "3.12", COLAB)
    command = [folder / "bin" / "python", "-m", "pip", "uninstall", "--quiet", "--yes", "firstorder"]
    subprocess.run(command, check=True, env=clean())
    return folder


@pytest.fixture(scope="session")
def artefacts() -> Path:
    folder = ROOT / "_build" / "release"
    if not (folder / "SHA256SUMS").exists():
        missing("nothing is released: make release")
    return folder


@pytest.fixture(scope="session")
def artefact(artefacts: Path):
    """The path of one, by the end of its name: `.pdf`, `-site.zip`."""

    def named(end: str) -> Path:
        path = artefacts / f"first-order-{identity().version}{end}"
        if not path.exists():
            missing(f"{path.name} was left out of the release")
        return path

    return named


@pytest.fixture(scope="session")
def unzipped_site(artefact, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site's folder as a reader has it, in one with a name that trips what quotes carelessly."""
    folder = tmp_path_factory.mktemp("Bücher und mehr")
    with ZipFile(artefact("-site.zip")) as packed:
        packed.extractall(folder)
    return folder / f"first-order-{identity().version}"
