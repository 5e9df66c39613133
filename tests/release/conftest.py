"""The environments that notebooks are run in."""

import subprocess
from pathlib import Path

import pytest
from environments import BINDER, COLAB, ROOT, clean, environment


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
