"""Puts the stills of figures into files of their own, so that pages stay light and a browser asks for one of them.

A figure carries its stills in its HTML, for that is all that is left of it when its cell has been run. Pages that are
made of chapters may carry them too: every page is looked at when all are there.
"""

import base64
import hashlib
import os
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

from _ext.pages import rewrite

STILL = re.compile(r"data:image/svg\+xml;base64,([\w+/=]+)")
FOLDER = Path("figures", "stills")


def put_out(html: str, site: Path, root: str) -> str:
    """The page with addresses in the place of its stills, and these under `site`; root: the way there from the page."""

    def kept(found: re.Match[str]) -> str:
        still = base64.b64decode(found[1])
        name = f"{hashlib.sha256(still).hexdigest()[:12]}.svg"
        path = site / FOLDER / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(still)
        return f"{root}{FOLDER.as_posix()}/{name}"

    return STILL.sub(kept, html)


def finish(app: Sphinx, exception: Exception | None) -> None:
    site = Path(app.outdir)
    rewrite(app, exception, lambda html, place: put_out(html, site, "../" * (len(place.parts) - 1)))


def setup(app: Sphinx) -> dict[str, Any]:
    os.environ["FIRSTORDER_FIGURES"] = "page"  # the kernels that run the chapters take it over
    app.connect("build-finished", finish, priority=850)  # when all pages are there, and before they get their policies
    return {"parallel_read_safe": True}
