"""The order of the book, as `_toc.yml` has it."""

import yaml

from book.identity import ROOT


def parts() -> list[tuple[str, list[str]]]:
    """Captions, and the documents below each; the cover comes first, below none."""
    contents = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))
    below = [(part["caption"], [chapter["file"] for chapter in part["chapters"]]) for part in contents["parts"]]
    return [("", [contents["root"]]), *below]


def documents() -> list[str]:
    """Names of the book's documents in reading order: `index`, `chapters/landscapes`, ..."""
    return [name for _, names in parts() for name in names]


def chapters() -> list[str]:
    """Those of the documents that are chapters, and have notebooks."""
    return [name for name in documents() if name.startswith("chapters/")]
