"""Writes what links to other pages lead to, for the reader who only wants a glance: `previews/chapters/adam.js`.

assets/page/previews.js shows it. What lies on the same page it takes from there, so these files hold only what other
pages have, and are loaded when the first such link is pointed at: as scripts, which also a page from a folder may load.
"""

import json
import posixpath
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

ARTICLE = re.compile(r"<article\b.*?</article>", re.DOTALL)
LINK = re.compile(r'<a class="(?:term )?reference internal" href="((?![a-z]+:)[^"#]+)(?:#([^"]+))?"')
ADDRESS = re.compile(r'\b(src|href)="(?![a-z]+:|[/#])([^"]+)"')


def element(html: str, name: str | None) -> str | None:
    """The element of this id, or the page's first section; of a section its heading and what follows at once."""
    start = re.search(rf'<(\w+)\b[^>]*\sid="{re.escape(name)}"' if name else r"<(section)\b", html)
    if not start:
        return None
    tag = start[1]
    if tag == "section" or (tag == "span" and html.startswith("</span>", html.index(">", start.start()) + 1)):
        return html[start.start() : html.index("</p>", start.start()) + 4]
    if tag == "dt":
        return html[start.start() : html.index("</dd>", start.start()) + 5]
    depth = 0
    for edge in re.finditer(rf"<(/?){tag}\b", html[start.start() :]):
        depth += -1 if edge[1] else 1
        if depth == 0:
            return html[start.start() : start.start() + edge.end()] + ">"
    return None


def moved(html: str, source: str, folder: str) -> str:
    """With addresses that were relative to one folder made relative to another."""

    def again(address: re.Match[str]) -> str:
        return f'{address[1]}="{posixpath.relpath(posixpath.join(source, address[2]), folder or ".")}"'

    return ADDRESS.sub(again, html)


def previews(page: str, texts: dict[str, str]) -> dict[str, str]:
    """Of each link on this page to another one, as it is written there: what it leads to."""
    folder = posixpath.dirname(page)
    found = {}
    for path, name in set(LINK.findall(texts[page])):
        target = posixpath.normpath(posixpath.join(folder, path))
        if target in texts and (html := element(texts[target], name)):
            found[f"{path}#{name}" if name else path] = moved(html, posixpath.dirname(target), folder)
    return dict(sorted(found.items()))


def write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    out = Path(app.outdir)
    texts = {}
    for document in app.env.found_docs:
        if article := ARTICLE.search((out / f"{document}.html").read_text(encoding="utf-8")):
            texts[f"{document}.html"] = article[0]
    for page in texts:
        if found := previews(page, texts):
            path = out / "previews" / Path(page).with_suffix(".js")
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f"window.previews = {json.dumps(found, ensure_ascii=False)};\n", encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", write)
    return {"parallel_read_safe": True}
