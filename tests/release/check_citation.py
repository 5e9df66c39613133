"""The citation files as their judges read them: biber, and cffconvert, which wants an older jsonschema than Jupyter."""

import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from gate import missing

from book.citation import FORMS, Work
from book.identity import ROOT, citation_file, identity

PUBLISHED = replace(
    identity(), repository="https://github.com/ada/book", site="https://ada.github.io/book/", doi="10.5281/zenodo.1"
)


@pytest.fixture(scope="module")
def cffconvert(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("cffconvert")
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    # setuptools: pykwalify still asks for its pkg_resources
    wanted = ["cffconvert==2.0.0", "setuptools<81"]
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", *wanted], check=True)
    return folder / "bin" / "cffconvert"


@pytest.mark.parametrize("which", ["as it is kept", "as it is published", "as it is released"])
def test_the_citation_file_is_valid(which: str, cffconvert: Path, tmp_path: Path, request) -> None:
    path = tmp_path / "CITATION.cff"
    if which == "as it is released":
        path = request.getfixturevalue("artefacts") / "CITATION.cff"
    else:
        kept = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
        path.write_text(kept if which == "as it is kept" else citation_file(PUBLISHED), encoding="utf-8")
    done = subprocess.run([cffconvert, "--validate", "--infile", path], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    done = subprocess.run(
        [cffconvert, "--infile", path, "--format", "apalike"], capture_output=True, text=True, check=True
    )
    assert "The First Order authors (2026)" in done.stdout
    assert identity().version in done.stdout
    assert (PUBLISHED.site in done.stdout) == (which == "as it is published")


def test_biber_has_nothing_to_say(tmp_path: Path) -> None:
    if shutil.which("biber") is None:
        missing("no biber: apt install biber")
    (bibtex,) = (form for form in FORMS if form.suffix == "bib")
    works = [Work(PUBLISHED), Work(PUBLISHED, "chapters/adam", "Adam & 50%")]
    text = "".join(bibtex.text(work, PUBLISHED.date) for work in works)
    (tmp_path / "all.bib").write_text(text, encoding="utf-8")
    command = ["biber", "--tool", "--validate-datamodel", "--output-file=out.bib", "all.bib"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    assert not re.search("WARN|ERROR", done.stdout), done.stdout
