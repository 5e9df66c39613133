"""Zip files that are the same bytes whenever they are made of the same."""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo


@contextmanager
def archive(path: Path) -> Iterator[ZipFile]:
    """A new zip file, which is in its place when it is whole."""
    path.parent.mkdir(parents=True, exist_ok=True)
    new = path.with_name(path.name + ".new")
    with ZipFile(new, "w") as packed:
        yield packed
    os.replace(new, path)


def add(packed: ZipFile, member: ZipInfo, content: bytes, compression: int = ZIP_DEFLATED) -> None:
    """`member` has the date of all: 1 January 1980."""
    member.external_attr = 0o644 << 16
    packed.writestr(member, content, compression)


def pack(path: Path, folder: Path, under: str, files: Iterable[Path]) -> None:
    """Zips files of a folder, so that they unpack into one folder named `under`."""
    with archive(path) as packed:
        for file in sorted(files):
            add(packed, ZipInfo(f"{under}/{file.relative_to(folder).as_posix()}"), file.read_bytes())
