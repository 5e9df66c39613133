"""A small book that is built with the extensions of the large one."""

import shutil
import subprocess
import sys
from pathlib import Path

import yaml

from book.identity import ROOT

FRONT_MATTER = """---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {display_name: Python 3, language: python, name: python3}
---
"""


def build(folder: Path, *texts: str) -> subprocess.CompletedProcess[str]:
    """A book with a page of each text, and some more: with so many, pages are read side by side."""
    for name in ("_config.yml", "CITATION.cff", "references.bib"):
        shutil.copy(ROOT / name, folder)
    for name in ("_ext", "book", "assets"):
        shutil.copytree(ROOT / name, folder / name)
    pages = {f"page{n}": text for n, text in enumerate([*texts, *["Nothing."] * (5 - len(texts))])}
    contents = {"format": "jb-book", "root": "index", "chapters": [{"file": name} for name in pages]}
    (folder / "_toc.yml").write_text(yaml.safe_dump(contents))
    for name, text in {"index": "Nothing.", **pages}.items():
        kernel = FRONT_MATTER if "{code-cell}" in text else ""  # each takes seconds to start
        (folder / f"{name}.md").write_text(f"{kernel}# Title of {name}\n\n{text}\n")
    return again(folder)


def again(folder: Path) -> subprocess.CompletedProcess[str]:
    program = "from jupyter_book.cli.main import main; main()"
    arguments = ["build", "--warningiserror", "--keep-going", str(folder)]
    return subprocess.run([sys.executable, "-c", program, *arguments], capture_output=True, text=True, check=False)
