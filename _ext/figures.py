"""Serves the figures: their front ends, and what is long in their states, from `figures/`, as scripts that a page may
load from a folder too; and gives each figure an id, and a page of its own: `figures/adam/playground-1.html`.

A script under `figures/data/` gives one value, and has its hash for a name: pages share it, and a policy need allow
nothing but the site's own files.
"""

import hashlib
import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from html import escape, unescape
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
#: What pages with figures load; besides, each figure's own front end lies in `built/kinds/`, and what runs beside the
#: page in `built/workers/`.
FILES = ("built/figures.js", "built/figures.css", "built/edit.js", "js/again.js")
KINDS, WORKERS = "built/kinds", "built/workers"
#: What the pages of single figures hold, by their names: gathered while pages are written, which one process does.
ALONE: dict[str, dict[str, Any]] = {}
#: What is longer, in characters, lies in a file.
LONG = 1000
#: In the state of a figure that has a guide, or among its files.
GUIDED = re.compile(r'"guide": \{"|&quot;guide&quot;')
#: What is JavaScript already: always a file; and of all files the ones that a figure asks for when it needs them.
SOURCES = {"mathematics", "others", "updates"}
LATER = {"others", "updates", "sets"}


def sources(app: Sphinx) -> Path:
    return Path(app.srcdir) / "src" / "firstorder" / "figures"


def served(app: Sphinx) -> Path:
    return Path(app.outdir) / "figures"


def version(folder: Path) -> str:
    """Changes with any of the files, so that a browser asks for new ones."""
    built = [path for kind in (KINDS, WORKERS) for path in sorted((folder / kind).glob("*.js"))]
    files = [*(folder / name for name in FILES), *built]
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()[:12]


def keep(folder: Path, literal: str) -> str:
    """The name of the script that gives a value, which is written in JavaScript."""
    name = hashlib.sha256(literal.encode()).hexdigest()[:12]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{name}.js").write_text(f'"use strict";\nfirstorder.give("{name}", {literal});\n', encoding="utf-8")
    return name


def serve(html: str, folder: Path, page: str) -> tuple[str, dict[str, str]]:
    """The page with an id for each figure, and the names of files where states were long; and its figures by id."""
    seen: Counter[str] = Counter()
    figures: dict[str, str] = {}

    def changed(figure: re.Match[str]) -> str:
        module, state = figure["module"], json.loads(figure["state"])
        if not figure["id"]:
            seen[module] += 1
        anchor = figure["id"] or f"{module}-{seen[module]}"
        literals = {name: value if name in SOURCES else json.dumps(value) for name, value in state.items()}
        kept = {name: keep(folder, text) for name, text in literals.items() if len(text) > LONG or name in SOURCES}
        files = {name: file for name, file in kept.items() if name not in LATER}
        later = {name: file for name, file in kept.items() if name in LATER}
        asked = f' data-later="{escape(json.dumps(later))}"' if later else ""
        rest = json.dumps({name: value for name, value in state.items() if name not in kept}).replace("<", "\\u003c")
        figures[anchor] = (
            f'<div class="firstorder-widget" id="{anchor}" data-module="{module}" data-page="{page}"'
            f' data-files="{escape(json.dumps(files))}"{asked}{figure["within"]}'
            f'<script type="application/json">{rest}</script>'
        )
        return figures[anchor]

    return FIGURE.sub(changed, html), {anchor: f"{figure}</div>" for anchor, figure in figures.items()}


def address_of(pagename: str) -> str:
    """A page's folder under `figures/`: `adam` for `chapters/adam`."""
    return pagename.rpartition("/")[2]


def scripts(app: Sphinx, pagename: str, content_root: str) -> str:
    """The elements that load the front ends."""
    folder = sources(app)
    lost = [name for name in FILES if not (folder / name).exists()]
    if lost:
        raise ExtensionError(f"{pagename} shows a figure, but {folder} has not {' and '.join(lost)}")
    address = f"{content_root}figures/{{}}?v={version(folder)}"
    return "".join(f'<script defer src="{address.format(name)}"></script>\n' for name in ("figures.js", "again.js"))


def preloads(app: Sphinx, content_root: str, figure: str) -> str:
    """What a page's first figure needs besides what all share is asked for with that, not when it has run."""
    module = re.findall(r'data-module="(\w+)"', figure)[0]
    files = json.loads(unescape(re.findall(r'data-files="([^"]*)"', figure)[0]))
    ours = version(sources(app))
    kinds = ["guide", module] if GUIDED.search(figure) else [module]
    addresses = [("style", f"figures.css?v={ours}"), *(("script", f"kinds/{kind}.js?v={ours}") for kind in kinds)]
    addresses += [("script", f"data/{name}.js") for name in files.values()]
    return "".join(
        f'<link rel="preload" as="{kind}" href="{content_root}figures/{address}">\n' for kind, address in addresses
    )


def load_figures(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    if FIGURE.search(context.get("body", "")):
        page = address_of(pagename)
        context["body"], figures = serve(context["body"], served(app) / "data", page)
        root = context["content_root"]
        loaded = scripts(app, pagename, root) + preloads(app, root, next(iter(figures.values())))
        context["metatags"] = context.get("metatags", "") + loaded
        for anchor, figure in figures.items():
            ALONE[f"figures/{page}/{anchor}"] = {
                "figure": figure,
                "anchor": anchor,
                "chapter": pagename,
                "chapter_title": context["title"],
            }


def write_alone(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    """The pages of single figures, of all pages that have been written."""
    while ALONE:
        name, context = ALONE.popitem()
        kind = context["figure"].partition('data-module="')[2].partition('"')[0].replace("_", " ").capitalize()
        root = "../" * name.count("/")
        loaded = {
            "scripts": scripts(app, name, root) + preloads(app, root, context["figure"]),
            "version": version(sources(app)),
        }
        yield name, {**context, **loaded, "title": kind}, "figure.html"


def drop_kernel_state(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """The state a kernel would need, modules and all, is of no use on a page that has none."""
    NbMetadataCollector.get_js_files(app.env, pagename).pop("ipywidgets_state", None)


def copy(app: Sphinx, exception: Exception | None) -> None:
    folder = sources(app)
    if exception is None and folder.is_dir():
        served(app).mkdir(exist_ok=True)
        for name in FILES:
            shutil.copy(folder / name, served(app))
        for kind in (KINDS, WORKERS):
            shutil.copytree(folder / kind, served(app) / Path(kind).name, dirs_exist_ok=True)


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", load_figures)
    app.connect("html-collect-pages", write_alone)
    app.connect("html-page-context", drop_kernel_state, priority=100)  # before MyST-NB writes it
    app.connect("build-finished", copy)
    return {"parallel_read_safe": True}
