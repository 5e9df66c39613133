"""Serves the figures: their front ends, and what is long in their states, from `figures/`, as scripts that a page may
load from a folder too; and gives each figure an id.

A script under `figures/data/` gives one value, and has its hash for a name: pages share it, and a policy need allow
nothing but the site's own files.
"""

import hashlib
import json
import re
import shutil
from collections import Counter
from html import escape
from pathlib import Path
from typing import Any

from myst_nb.sphinx_ import NbMetadataCollector
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

#: A figure as `Figure.to_html` writes it, up to the end of its state.
FIGURE = re.compile(
    r'<div class="firstorder-widget" (?:id="(?P<id>[\w-]+)" )?data-module="(?P<module>\w+)"(?P<within>.*?)'
    r'<script type="application/json">(?P<state>.*?)</script>',
    re.DOTALL,
)
FILES = ("built/figures.js", "built/figures.css", "js/again.js")
#: What is longer, in characters, lies in a file.
LONG = 1000


def sources(app: Sphinx) -> Path:
    return Path(app.srcdir) / "src" / "firstorder" / "figures"


def served(app: Sphinx) -> Path:
    return Path(app.outdir) / "figures"


def version(folder: Path) -> str:
    """Changes with any of the files, so that a browser asks for new ones."""
    return hashlib.sha256(b"".join((folder / name).read_bytes() for name in FILES)).hexdigest()[:12]


def keep(folder: Path, literal: str) -> str:
    """The name of the script that gives a value, which is written in JavaScript."""
    name = hashlib.sha256(literal.encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.js").write_text(f'"use strict";\nfirstorder.give("{name}", {literal});\n', encoding="utf-8")
    return name


def serve(html: str, folder: Path) -> str:
    """The page with an id for each figure, and with the names of files where states were long."""
    seen: Counter[str] = Counter()

    def changed(figure: re.Match[str]) -> str:
        module, state = figure["module"], json.loads(figure["state"])
        if not figure["id"]:
            seen[module] += 1
        anchor = figure["id"] or f"{module}-{seen[module]}"
        # The mathematics is JavaScript already, and so is JSON.
        literals = {name: value if name == "mathematics" else json.dumps(value) for name, value in state.items()}
        files = {
            name: keep(folder, text) for name, text in literals.items() if len(text) > LONG or name == "mathematics"
        }
        rest = json.dumps({name: value for name, value in state.items() if name not in files}).replace("<", "\\u003c")
        return (
            f'<div class="firstorder-widget" id="{anchor}" data-module="{module}"'
            f' data-files="{escape(json.dumps(files))}"{figure["within"]}'
            f'<script type="application/json">{rest}</script>'
        )

    return FIGURE.sub(changed, html)


def scripts(app: Sphinx, pagename: str, content_root: str) -> str:
    folder = sources(app)
    lost = [name for name in FILES if not (folder / name).exists()]
    if lost:
        raise ExtensionError(f"{pagename} shows a figure, but {folder} has not {' and '.join(lost)}")
    address = f"{content_root}figures/{{}}?v={version(folder)}"
    return "".join(f'<script defer src="{address.format(name)}"></script>\n' for name in ("figures.js", "again.js"))


def load_figures(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if FIGURE.search(context.get("body", "")):
        context["body"] = serve(context["body"], served(app) / "data")
        context["metatags"] = context.get("metatags", "") + scripts(app, pagename, context["content_root"])


def drop_kernel_state(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """The state a kernel would need, modules and all, is of no use on a page that has none."""
    NbMetadataCollector.get_js_files(app.env, pagename).pop("ipywidgets_state", None)


def copy(app: Sphinx, exception: Exception | None) -> None:
    folder = sources(app)
    if exception is None and folder.is_dir():
        served(app).mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(folder / name, served(app))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", load_figures)
    app.connect("html-page-context", drop_kernel_state, priority=100)  # before MyST-NB writes it
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True}
