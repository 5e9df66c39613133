"""What `make book` installs where nothing of it is, in a folder whose name is not easy; and then in a renamed one."""

import os
import shutil
import subprocess
from pathlib import Path

from book.identity import ROOT

MOST = 900e6  # bytes on the disk
ENVIRONMENT = {name: os.environ[name] for name in ("PATH", "HOME")}


def install(folder: Path) -> None:
    subprocess.run(["make", ".venv/.complete"], cwd=folder, env=ENVIRONMENT, check=True, timeout=1800)


def weight(folder: Path) -> int:
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*"))


def test_what_readers_install_weighs_less_than_900_mb_and_can_move(tmp_path):
    folder = tmp_path / "Bücher & Büros"
    shutil.copytree(ROOT, folder, ignore=shutil.ignore_patterns(".git", ".venv", "_build", "__pycache__", ".*_cache"))
    install(folder)
    assert weight(folder / ".venv") < MOST
    folder = folder.rename(folder.with_name("renamed"))
    install(folder)
    command = [folder / ".venv" / "bin" / "python", "-c", "import firstorder; print(firstorder.__file__)"]
    said = subprocess.run(command, cwd=tmp_path, env=ENVIRONMENT, capture_output=True, text=True, check=True)
    assert said.stdout.strip() == str(folder / "src" / "firstorder" / "__init__.py")
    subprocess.run([folder / ".venv" / "bin" / "jupyter-book", "--version"], env=ENVIRONMENT, check=True)
