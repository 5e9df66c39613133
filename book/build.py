"""Builds the site beside the old one, and puts it in its place when it is whole: `python -m book.build`."""

import shutil
import sys
from pathlib import Path

from jupyter_book.sphinx import build_sphinx
from sphinx.builders.html import StandaloneHTMLBuilder

from _ext.replaced import replace
from book.identity import ROOT


def put_in_place(new: Path, site: Path) -> None:
    """Two renames: there is no moment with half a site."""
    old = site.with_name("old")
    shutil.rmtree(old, ignore_errors=True)
    if site.exists():
        site.rename(old)
    new.rename(site)
    shutil.rmtree(old, ignore_errors=True)


def build(root: Path = ROOT) -> str | None:
    """Build `root`'s book into `_build/html`; what went wrong, if anything did."""
    new, site = root / "_build" / "new", root / "_build" / "html"
    replace(StandaloneHTMLBuilder, "epilog", "")  # it would say where the pages no longer are
    shutil.rmtree(new, ignore_errors=True)  # pages that have no source any more must not stay
    wrong = build_sphinx(
        root,
        new,
        path_config=root / "_config.yml",
        noconfig=True,
        confoverrides={"external_toc_path": (root / "_toc.yml").as_posix(), "latex_individualpages": False},
        doctreedir=root / "_build" / ".doctrees",
        warningiserror=True,
        keep_going=True,
    )
    if wrong:
        kept = f"; {site.relative_to(root)} is the site that was there before" if site.exists() else ""
        return f"the book is not built, for the reasons above{kept}"
    put_in_place(new, site)
    print(f"The book is in {site.relative_to(root)}: open index.html there, or `make serve`.")
    return None


if __name__ == "__main__":
    sys.exit(build())
