"""Gives the package's metadata the addresses that are known when it is built, and README's links whole ones."""

import sys
from pathlib import Path
from typing import Any

from hatchling.metadata.plugin.interface import MetadataHookInterface


class Addresses(MetadataHookInterface):
    def update(self, metadata: dict[str, Any]) -> None:
        sys.path.insert(0, self.root)
        try:
            from book.identity import identity, readme
        finally:
            sys.path.remove(self.root)
        book = identity(Path(self.root))
        urls = {"Documentation": book.site, "Repository": book.repository, "Changelog": book.file("CHANGELOG.md")}
        metadata["urls"] = {name: address for name, address in urls.items() if address}
        metadata["readme"] = {"content-type": "text/markdown", "text": readme(book, Path(self.root))}
