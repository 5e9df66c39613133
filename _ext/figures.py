"""Serves the figures' modules from `figures/` and loads their host on the pages that show one."""

import hashlib
import re
from pathlib import Path
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

WIDGET = 'class="firstorder-widget"'
IMPORT = re.compile(r'(?<=from "\./)(\w+\.js)(?=";)')


def modules(app: Sphinx) -> Path:
    return Path(app.srcdir) / "src" / "firstorder" / "figures"


def served_files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.suffix in {".js", ".css"})


def version(folder: Path) -> str:
    """Changes with any of the modules, so that a browser asks for new ones."""
    return hashlib.sha256(b"".join(path.read_bytes() for path in served_files(folder))).hexdigest()[:12]


def load_host(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if WIDGET in context.get("body", ""):
        folder = modules(app)
        if not (folder / "host.js").exists():
            raise ExtensionError(f"{pagename} shows a widget, but {folder} has no host.js")
        context["metatags"] = context.get("metatags", "") + (
            f'<script type="module" src="{context["content_root"]}figures/host.js?v={version(folder)}"></script>\n'
        )


def drop_kernel_state(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """The state a kernel would need, modules and all, is of no use on a page that has none."""
    NbMetadataCollector.get_js_files(app.env, pagename).pop("ipywidgets_state", None)


def copy(app: Sphinx, exception: Exception | None) -> None:
    folder = modules(app)
    if exception is None and folder.is_dir():
        served = Path(app.outdir) / "figures"
        served.mkdir(exist_ok=True)
        asked = rf"\1?v={version(folder)}"  # as host.js asks for the modules: one copy of each, all of one version
        for path in served_files(folder):
            (served / path.name).write_text(IMPORT.sub(asked, path.read_text(encoding="utf-8")), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", load_host)
    app.connect("html-page-context", drop_kernel_state, priority=100)  # before MyST-NB writes it
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True}
