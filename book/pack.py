"""Packs Python for the pages: an interpreter for WebAssembly (Pyodide), SymPy, and the package's reader, in `python/`.

What a page loads when a reader edits a rule, and not before. Nothing is taken from another host: Pyodide comes from npm
in the version of `python/package-lock.json`, SymPy and mpmath are those that the book is built with. Files are
compressed here, for many hosts would not do it, and a worker opens them as they come.

Each part is made once for the same sources, and kept beside the environment's other tools: to compile SymPy takes
seconds, and the package changes more often.
"""

import gzip
import hashlib
import importlib.util
import json
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Mapping
from io import BytesIO
from pathlib import Path

from _ext.mathematics import SCRIPT
from book.identity import ROOT
from checks.node import NODE, installed

HERE = Path(__file__).parent / "python"
TOOLS = Path(sys.prefix) / "in-page"
WORKER = ROOT / "src" / "firstorder" / "figures" / "js" / "python" / "worker.js"
#: Rooms of the package that the reader is made of; not its face, nor anything that computes.
ROOMS = ("reading", "rules", "page", "exercises")
LIBRARIES = ("sympy", "mpmath")
#: What of them no reading of a rule needs, and nothing that it needs imports: a third of SymPy.
UNUSED = (
    *("benchmarks", "categories", "crypto", "diffgeom", "holonomic", "liealgebras", "physics", "sandbox", "stats"),
    *("testing", "unify", "vector", "parsing/autolev", "parsing/c", "parsing/fortran", "parsing/latex"),
)
#: Of Python's own library, what neither they nor Pyodide import: a third of it too.
IDLE = (
    *("_pyrepl", "curses", "ensurepip", "idlelib", "multiprocessing", "pydoc_data", "tkinter", "turtledemo"),
    *("unittest", "venv", "wsgiref", "xml", "xmlrpc", "test"),
    *("doctest.py", "ftplib.py", "imaplib.py", "mailbox.py", "pdb.py", "pickletools.py", "poplib.py", "pydoc.py"),
    *("smtplib.py", "tarfile.py", "turtle.py", "_pyio.py", "_pydatetime.py", "_pydecimal.py"),
)
#: Pyodide's own files: scripts, which hosts compress, and what is compressed here.
SCRIPTS, MACHINE, LIBRARY = ("pyodide.mjs", "pyodide.asm.mjs"), "pyodide.asm.wasm", "python_stdlib.zip"
LOCK = "pyodide-lock.json"
#: Where a page has each archive: tracebacks and the reader look there.
PLACES = {LIBRARY: "/lib/python314.zip", "libraries.zip": "/libraries.zip", "package.zip": "/package.zip"}
#: What the packing itself is made by.
MAKERS = (Path(__file__), *(HERE / name for name in ("package-lock.json", "compile.mjs", "compile.py")))


def package() -> dict[str, bytes]:
    """The reader, by paths in its archive."""
    folder = ROOT / "src" / "firstorder"
    found = {path.relative_to(folder.parent).as_posix(): path for room in ROOMS for path in files(folder / room)}
    found |= {path.name: path for path in (HERE / "boot.py", HERE / "numpy.py")}
    return {name: found[name].read_bytes() for name in sorted(found)}


def libraries() -> dict[str, bytes]:
    found = {}
    for library in LIBRARIES:
        folder = Path(importlib.util.find_spec(library).origin or "").parent  # type: ignore[union-attr]
        found |= {path.relative_to(folder.parent).as_posix(): path for path in files(folder) if used(path, folder)}
    return {name: found[name].read_bytes() for name in sorted(found)}


def standard(pyodide: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(pyodide / LIBRARY) as archive:
        names = [name for name in archive.namelist() if not name.startswith(IDLE) and not name.endswith("/")]
        return {name: archive.read(name) for name in sorted(names)}


def files(folder: Path) -> Iterable[Path]:
    return (path for path in sorted(folder.rglob("*")) if path.suffix in (".py", ".json", ".toml"))


def used(path: Path, library: Path) -> bool:
    address = path.relative_to(library).as_posix()
    return "/tests/" not in f"/{address}" and not address.startswith(tuple(f"{part}/" for part in UNUSED))


def archived(files: Mapping[str, bytes]) -> bytes:
    whole = BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name, content in files.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return whole.getvalue()


def made(name: str, sources: bytes) -> Path:
    """A file of that name, compiled of the sources and compressed, or what was made of the same before."""
    digest = hashlib.sha256(b"".join([sources, *(path.read_bytes() for path in MAKERS)])).hexdigest()[:16]
    kept = TOOLS / "made" / f"{name}-{digest}.gz"
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        pyodide = installed(HERE, TOOLS) / "pyodide"
        with tempfile.TemporaryDirectory() as place:
            given, new = Path(place, "given"), Path(place, "new")
            given.write_bytes(sources)
            if name == MACHINE:
                new = given
            else:
                subprocess.run([NODE, HERE / "compile.mjs", pyodide, given, new, PLACES[name]], check=True)
            keep(kept, gzip.compress(new.read_bytes(), 9, mtime=0))
    return kept


def keep(path: Path, content: bytes) -> None:
    """At once or not at all: another build may look for the same."""
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as new:
        new.write(content)
    Path(new.name).replace(path)


def packed(folder: Path) -> None:
    """Writes all that a page loads into `folder`."""
    pyodide = installed(HERE, TOOLS) / "pyodide"
    archives = {LIBRARY: standard(pyodide), "libraries.zip": libraries(), "package.zip": package()}
    parts = {MACHINE: (pyodide / MACHINE).read_bytes()} | {name: archived(held) for name, held in archives.items()}
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in parts.items():
        shutil.copyfile(made(name, content), folder / f"{name}.gz")
    # Formulas of edited rules are set as those of the book are.
    for path in (*(pyodide / name for name in SCRIPTS), WORKER, SCRIPT):
        shutil.copyfile(path, folder / path.name)
    lock = json.loads((pyodide / LOCK).read_text(encoding="utf-8")) | {"packages": {}}  # there are none to be had here
    (folder / LOCK).write_text(json.dumps(lock), encoding="utf-8")


if __name__ == "__main__":
    packed(Path(sys.argv[1]))
