"""Run by the Python of a page, while the book is built: makes /made.zip of /sources.zip, which a page has at PLACE.

Modules are compiled; of the package's own the sources stay too, for its reader reads them. What libraries say of
themselves, docstrings and assertions, is left out. All is as it was the last time, byte by byte.
"""

import importlib.util
import marshal
import os
import zipfile

PLACE = os.environ["PLACE"]
UNCHECKED = (0b01).to_bytes(4, "little")


def own(name: str) -> bool:
    return name.startswith("firstorder/")


def compiled(name: str, source: bytes) -> bytes:
    code = compile(source, f"{PLACE}/{name}", "exec", dont_inherit=True, optimize=0 if own(name) else 2)
    return importlib.util.MAGIC_NUMBER + UNCHECKED + importlib.util.source_hash(source) + marshal.dumps(code)


with zipfile.ZipFile("/sources.zip") as sources, zipfile.ZipFile("/made.zip", "w", zipfile.ZIP_STORED) as made:
    for name in sorted(sources.namelist()):
        source = sources.read(name)
        files = {name: source}
        if name.endswith(".py"):
            files = {f"{name}c": compiled(name, source)} | (files if own(name) else {})
        for path, content in files.items():
            made.writestr(zipfile.ZipInfo(path), content)
