"""Makes what a release hands out, in `_build/release`: `python -m book.release`, after the site is built.

Each part is made on its own. One that cannot be, for want of a browser say, is left out and the reason is said in one
line; on continuous integration that fails.
"""

import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from book.archive import pack
from book.identity import ROOT, Identity, citation_file, identity
from book.pair import pairs
from book.pictures import key_picture
from book.printed import Book
from book.serve import SITE

#: What a reader's own copy of the site needs none of.
UNZIPPED = {".buildinfo", ".complete", "objects.inv"}


class LeftOut(Exception):
    """This part cannot be made here, and why."""


def site(about: Identity, folder: Path) -> list[Path]:
    """The site, which works from the folder it is unpacked in."""
    made = folder / f"first-order-{about.version}-site.zip"
    files = [path for path in SITE.rglob("*") if path.is_file() and path.name not in UNZIPPED]
    pack(made, SITE, f"first-order-{about.version}", files)
    return [made]


def notebooks(about: Identity, folder: Path) -> list[Path]:
    """The chapters as notebooks that know where they come from."""
    made = folder / f"first-order-{about.version}-notebooks.zip"
    with TemporaryDirectory() as name:
        files = []
        for path, text in pairs(about.requirement("book", "fast") or "", key_picture).items():
            files.append(Path(name) / path.name)
            files[-1].write_text(text, encoding="utf-8")
        pack(made, Path(name), f"first-order-{about.version}-notebooks", files)
    return [made]


def volume(about: Identity, folder: Path) -> list[Path]:
    """The book as one PDF."""
    pdf = printer()
    made = folder / f"first-order-{about.version}.pdf"
    try:
        pdf.print_book(Book(SITE, about.site), about, made)
    except pdf.NoBrowser as error:
        raise LeftOut(str(error)) from error
    return [made]


def papers(about: Identity, folder: Path) -> list[Path]:
    """Slides, handouts and sheets of exercises of all chapters as PDFs, in one zip."""
    pdf = printer()
    made = folder / f"first-order-{about.version}-teaching.zip"
    decks = sorted(SITE.glob("slides/*.html"))
    sheets = sorted([*SITE.glob("handouts/*.html"), *SITE.glob("sheets/*.html")])
    if not decks:
        raise LeftOut("the site has no slides")
    with TemporaryDirectory() as name:

        def target(page: Path) -> Path:
            return Path(name) / page.relative_to(SITE).with_suffix(".pdf")

        try:
            ready = "html[data-deck=ready]"
            pdf.print_pages({f"{page.as_uri()}?print-pdf": target(page) for page in decks}, wait_for=ready)
            pdf.print_pages({page.as_uri(): target(page) for page in sheets})
        except pdf.NoBrowser as error:
            raise LeftOut(str(error)) from error
        pack(made, Path(name), f"first-order-{about.version}-teaching", Path(name).rglob("*.pdf"))
    return [made]


def epub(about: Identity, folder: Path) -> list[Path]:
    from book.epub import make_epub

    made = folder / f"first-order-{about.version}.epub"
    make_epub(Book(SITE, about.site), about, made)
    return [made]


def package(about: Identity, folder: Path) -> list[Path]:
    """The sdist, and the wheel that is built from it."""
    with TemporaryDirectory() as name:
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", name, str(ROOT)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise LeftOut((done.stderr or done.stdout).strip().splitlines()[-1])
        return [Path(shutil.move(path, folder / path.name)) for path in sorted(Path(name).iterdir())]


def words(about: Identity, folder: Path) -> list[Path]:
    """What is new, and how the release is cited."""
    notes, citation = folder / "RELEASE.md", folder / "CITATION.cff"
    notes.write_text(
        release_notes((ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), about.version), encoding="utf-8"
    )
    citation.write_text(citation_file(about), encoding="utf-8")
    return [notes, citation]


PARTS: dict[str, Callable[[Identity, Path], list[Path]]] = {
    "the site": site,
    "the notebooks": notebooks,
    "the EPUB": epub,
    "the package": package,
    "release notes": words,
    "the book as a PDF": volume,
    "slides and sheets": papers,
}


def printer():  # type: ignore[no-untyped-def]
    """`book.pdf`, which needs Playwright."""
    if importlib.util.find_spec("playwright") is None:
        raise LeftOut("Playwright is not installed: pip install --requirement book/requirements.txt")
    from book import pdf

    return pdf


def release_notes(changelog: str, version: str) -> str:
    """The changelog's section on a version; without one, that on what is not released."""
    sections = re.split(r"^## ", changelog, flags=re.MULTILINE)[1:]
    for name in (version, "Unreleased"):
        for section in sections:
            heading, _, text = section.partition("\n")
            if heading.split()[0] == name:
                return text.strip() + "\n"
    raise LeftOut(f"CHANGELOG.md has no section on {version}")


def checksums(folder: Path) -> None:
    """As `sha256sum --check SHA256SUMS` reads them."""
    files = sorted(path for path in folder.iterdir() if path.name != "SHA256SUMS")
    lines = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in files]
    (folder / "SHA256SUMS").write_text("".join(lines), encoding="utf-8")


def release(about: Identity, folder: Path) -> list[str]:
    """Make all parts, in place of those that were there; what was left out, and why."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    missing = []
    for name, make in PARTS.items():
        start = time.monotonic()
        try:
            made = make(about, folder)
        except LeftOut as reason:
            missing.append(f"left out: {name}: {reason}")
            print(missing[-1])
            continue
        for path in made:
            print(f"{path.name}  {path.stat().st_size / 1e6:.1f} MB  ({time.monotonic() - start:.0f} s)", flush=True)
    checksums(folder)
    return missing


def main() -> str | None:
    about = identity()
    tag = os.environ.get("GITHUB_REF_NAME") if os.environ.get("GITHUB_REF_TYPE") == "tag" else None
    if tag not in (None, f"v{about.version}"):
        return f"the tag is {tag}, but CITATION.cff says version {about.version}: the tag of that is v{about.version}"
    if not (SITE / "index.html").exists():
        return "the site is not built: make book"
    missing = release(about, ROOT / "_build" / "release")
    return "a release lacks parts" if missing and os.environ.get("CI") == "true" else None


if __name__ == "__main__":
    sys.exit(main())
