"""What `make` does when things go wrong, with a Python that only writes down what it is asked for."""

import http.server
import shutil
import subprocess
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from book import build
from book.identity import ROOT
from book.serve import serve

pytestmark = pytest.mark.skipif(shutil.which("make") is None, reason="no make")

#: Answers `-m venv DIR` with a copy of itself, `-m book.build` with a site; fails at what the file `broken` names.
PYTHON = """#!/bin/bash
echo "$*" >> log
grep -qsFx -- "$2" broken && { echo "cannot $2" >&2; exit 1; }
case "$2" in
venv) folder="${!#}"
  [ "$3" = --clear ] && rm -rf "$folder"
  mkdir -p "$folder/bin"; cp "$0" "$folder/bin/python"
  echo "command = python3 -m $2 $PWD/$folder" > "$folder/pyvenv.cfg" ;;
book.build) [ -e edit ] && { rm edit; sleep 0.02; echo edited > index.md; }
  mkdir -p _build/html; echo "made of $(cat index.md)" > _build/html/index.html ;;
*identity*) cat who ;;
esac
"""


@pytest.fixture
def folder(tmp_path):
    """A book of one page, in a folder whose name is not easy."""
    folder = tmp_path / "Bücher & Büros"
    for name in ("tests", "binder", "chapters", "_ext", "book", "assets", "src"):
        (folder / name).mkdir(parents=True)
    for name in ("", "tests/", "binder/", "book/"):
        (folder / name / "requirements.txt").touch()
    for name in ("pyproject.toml", "_config.yml", "_toc.yml"):
        (folder / name).touch()
    for name, text in {"index.md": "a page", "who": "nobody", "python3": PYTHON}.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "python3").chmod(0o755)
    shutil.copy(ROOT / "Makefile", folder)
    return folder


def make(folder: Path, *arguments: str) -> SimpleNamespace:
    """Run make there: what it asked Python for, without what it asks each time, and what it said."""
    (folder / "log").unlink(missing_ok=True)
    command = ["make", "PYTHON=./python3", *arguments]
    done = subprocess.run(command, cwd=folder, capture_output=True, encoding="utf-8", check=False, timeout=60)
    asked = (folder / "log").read_text(encoding="utf-8").splitlines() if (folder / "log").exists() else []
    asked = [line.removeprefix("-m ") for line in asked if "identity()" not in line and "version_info" not in line]
    time.sleep(0.02)  # what is written next is newer also by the clock of files, which ticks in hundredths
    return SimpleNamespace(failed=done.returncode != 0, asked=asked, said=done.stdout + done.stderr)


def site(folder: Path) -> str:
    return (folder / "_build" / "html" / "index.html").read_text(encoding="utf-8").strip()


BUILDS = ["firstorder.claims", "book.build"]
READER = "pip install --quiet --no-compile --requirement requirements.txt"


def test_reader_gets_nothing_that_only_the_tests_need(folder):
    first = make(folder, "book")
    assert first.asked == ["venv .venv", READER, *BUILDS]
    assert make(folder, "book").asked == []
    tested = make(folder, "--dry-run", "lint")
    assert f"{READER} --requirement tests/requirements.txt" in tested.said.replace("  ", " ")


def test_site_is_made_again_when_a_page_or_the_identity_changes(folder):
    make(folder, "book")
    (folder / "teaching.md").touch()
    assert make(folder, "book").asked == BUILDS
    (folder / "who").write_text("somebody", encoding="utf-8")
    assert make(folder, "book").asked == BUILDS
    assert make(folder, "book").asked == []


def test_what_is_edited_while_the_book_is_built_is_not_lost(folder):
    (folder / "edit").touch()
    make(folder, "book")
    assert make(folder, "book").asked == BUILDS
    assert make(folder, "book").asked == []


@pytest.mark.parametrize("broken", BUILDS)
def test_old_site_stays_when_the_new_one_fails(folder, broken):
    make(folder, "book")
    (folder / "index.md").write_text("another", encoding="utf-8")
    (folder / "broken").write_text(broken, encoding="utf-8")
    assert make(folder, "book").failed
    assert site(folder) == "made of a page"
    (folder / "broken").unlink()
    assert broken in make(folder, "book").asked  # and it is not taken for the new one
    assert site(folder) == "made of another"


def test_renamed_folder_gets_a_new_environment_and_keeps_its_site(folder):
    make(folder, "book")
    folder = folder.rename(folder.with_name("renamed"))
    (folder / "broken").write_text("pip", encoding="utf-8")
    failed = make(folder, "book")
    assert failed.failed
    assert failed.asked == ["venv --clear .venv", READER]
    assert site(folder) == "made of a page"
    (folder / "broken").unlink()
    assert make(folder, "book").asked == ["venv .venv", READER, *BUILDS]
    assert make(folder, "book").asked == []


def test_environment_whose_python_is_gone_is_made_again(folder):
    make(folder, "book")
    (folder / ".venv" / "bin" / "python").unlink()
    assert make(folder, "book").asked[:2] == ["venv --clear .venv", READER]


def test_no_network_is_one_sentence(folder):
    (folder / "broken").write_text("pip", encoding="utf-8")
    first = make(folder, "book")
    assert first.failed
    assert "pip could not install requirements.txt; is there a network?" in first.said
    assert "cannot pip" in (folder / ".venv" / "pip.log").read_text(encoding="utf-8")
    assert "cannot pip" not in first.said
    (folder / "broken").unlink()
    assert not make(folder, "book").failed


@pytest.mark.parametrize("wrong", [0, 1, OSError("disk full")])
def test_new_site_takes_the_place_of_the_old_one_when_it_is_whole(wrong, tmp_path, monkeypatch, capsys):
    def write(source: Path, folder: Path, **settings: object) -> int | Exception:
        assert page.read_text() == "old"
        assert not (folder / "stale.html").exists()
        folder.mkdir(parents=True)
        (folder / "index.html").write_text("new")
        return wrong

    page = tmp_path / "_build" / "html" / "index.html"
    left = tmp_path / "_build" / "new" / "stale.html"
    for path, text in ((page, "old"), (left, "left by a build that was stopped")):
        path.parent.mkdir(parents=True)
        path.write_text(text)
    monkeypatch.setattr(build, "build_sphinx", write)
    said = build.build(tmp_path)
    assert page.read_text() == ("old" if wrong else "new")
    assert "the site that was there before" in said if wrong else said is None
    assert not (tmp_path / "_build" / "old").exists()
    assert list(page.parent.iterdir()) == [page]


@pytest.mark.parametrize("port", ["", "http", "0", "65536", "-1", "8 0"])
def test_what_is_no_port_is_refused_in_one_sentence(port):
    assert "is no port" in serve(port)


def test_port_that_is_taken_is_one_sentence():
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.SimpleHTTPRequestHandler) as server:
        command = [sys.executable, "-m", "book.serve", str(server.server_port)]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert f"port {server.server_port} is not to be had" in done.stderr
    assert "make serve PORT=" in done.stderr
