"""Serves the figures' front ends from `figures/`, and loads them on the pages that show one."""

import hashlib
import shutil
from pathlib import Path
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

FIGURE = 'class="firstorder-widget"'
FILES = ("figures.js", "figures.css")


def built(app: Sphinx) -> Path:
    return Path(app.srcdir) / "src" / "firstorder" / "figures" / "built"


def version(folder: Path) -> str:
    """Changes with any of the files, so that a browser asks for new ones."""
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()[:12]


def load_figures(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if FIGURE in context.get("body", ""):
        folder = built(app)
        if not all((folder / name).exists() for name in FILES):
            raise ExtensionError(f"{pagename} shows a figure, but {folder} has not {' and '.join(FILES)}")
        address = f"{context['content_root']}figures/figures.js?v={version(folder)}"
        context["metatags"] = context.get("metatags", "") + f'<script type="module" src="{address}"></script>\n'


def drop_kernel_state(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """The state a kernel would need, modules and all, is of no use on a page that has none."""
    NbMetadataCollector.get_js_files(app.env, pagename).pop("ipywidgets_state", None)


def copy(app: Sphinx, exception: Exception | None) -> None:
    folder = built(app)
    if exception is None and folder.is_dir():
        served = Path(app.outdir) / "figures"
        served.mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(folder / name, served)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", load_figures)
    app.connect("html-page-context", drop_kernel_state, priority=100)  # before MyST-NB writes it
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True}
