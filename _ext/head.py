"""What a page says of itself to those who do not read it: search engines, previews of links, reference managers.

Addresses, and the pictures that need one, are there when the book's site is known. `citation_*` stands on the cover
only: a reference manager would take each chapter for a paper. Beside the pages: robots.txt, 404.html, sitemap.xml.
"""

import json
from html import escape
from pathlib import Path, PurePosixPath
from textwrap import shorten
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx

from book import cards
from book.identity import Identity
from book.pictures import key_picture

LICENCES = {"MIT": "https://opensource.org/license/mit", "CC-BY-4.0": "https://creativecommons.org/licenses/by/4.0/"}


def summary(doctree: nodes.document | None, otherwise: str) -> str:
    """The first paragraph, in a line."""
    paragraph = next(doctree.findall(nodes.paragraph), None) if doctree else None
    return shorten(paragraph.astext() if paragraph is not None else otherwise, 160, placeholder="…")


def card(pagename: str) -> str:
    return f"cards/{PurePosixPath(pagename).name}.png"


def thing(book: Identity, pagename: str, title: str, about: str, chapters: dict[str, str]) -> dict[str, Any] | None:
    """The page as a `Book` or `Chapter` of schema.org; other pages are neither."""
    authors = [{"@type": "Person" if author.given else "Organization", "name": author.name} for author in book.authors]
    common = {
        "@context": "https://schema.org",
        "name": title,
        "description": about,
        "url": book.page(pagename),
        "author": authors,
        "publisher": authors,
        "datePublished": book.date.isoformat(),
        "version": book.version,
        "inLanguage": "en",
        "license": [LICENCES.get(name, name) for name in book.licences],
        "isAccessibleForFree": True,
        "image": f"{book.site}{card(pagename)}" if book.site else None,
    }
    whole = {"@type": "Book", "name": book.title, "url": book.site}
    parts = [{"@type": "Chapter", "name": text, "url": book.page(name)} for name, text in chapters.items()]
    if pagename == "index":
        return common | whole | {"keywords": ", ".join(book.keywords), "sameAs": book.repository, "hasPart": parts}
    if pagename in chapters:
        return common | {"@type": "Chapter", "position": list(chapters).index(pagename) + 1, "isPartOf": whole}
    return None


def known(data: Any) -> Any:
    """Without what is None, however deep."""
    if isinstance(data, dict):
        return {key: known(value) for key, value in data.items() if value is not None}
    return [known(value) for value in data] if isinstance(data, list) else data


def metatags(book: Identity, pagename: str, title: str, about: str, chapters: dict[str, str]) -> list[str]:
    is_text = pagename == "index" or pagename in chapters
    properties = {
        "og:type": "book" if pagename == "index" else "article",
        "og:title": book.title if pagename == "index" else title,
        "og:description": about,
        "og:site_name": book.name,
        "og:locale": "en",
        "og:url": book.page(pagename),
        "article:published_time": book.date.isoformat() if pagename in chapters else None,
    }
    names = {"description": about, "twitter:card": "summary"}
    if book.site and is_text:
        width, height = cards.SIZE
        properties |= {
            "og:image": f"{book.site}{card(pagename)}",
            "og:image:width": str(width),
            "og:image:height": str(height),
            "og:image:alt": title,
        }
        names["twitter:card"] = "summary_large_image"
    if pagename == "index":
        names |= {
            "citation_title": book.title,
            "citation_publication_date": f"{book.date:%Y/%m/%d}",
            "citation_publisher": book.publisher,
            "citation_language": "en",
            "citation_doi": book.doi,
            "citation_public_url": book.site,
        }
    tags = [f'<meta name="{name}" content="{escape(text)}">' for name, text in names.items() if text]
    if pagename == "index":
        tags += [f'<meta name="citation_author" content="{escape(author.name)}">' for author in book.authors]
    tags += [f'<meta property="{name}" content="{escape(text)}">' for name, text in properties.items() if text]
    if data := thing(book, pagename, title, about, chapters):
        text = json.dumps(known(data), ensure_ascii=False).replace("<", "\\u003c")
        tags.append(f'<script type="application/ld+json">{text}</script>')
    return tags


def chapters_of(app: Sphinx) -> dict[str, str]:
    """Names and titles of the chapters, in reading order."""
    return {name: app.env.titles[name].astext() for name in app.env.collect_relations() if name.startswith("chapters/")}


def describe(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    book: Identity = app.config.book_identity
    if pagename in app.env.found_docs:
        title = app.env.titles[pagename].astext()
        context["pageurl"] = book.page(pagename)
        tags = metatags(book, pagename, title, summary(doctree, title), chapters_of(app))
    else:
        context["pageurl"] = None
        tags = ['<meta name="robots" content="noindex">']
    context["metatags"] = context.get("metatags", "") + "\n".join([*tags, ""])


def finish(app: Sphinx, exception: Exception | None) -> None:
    """Writes what lies beside the pages."""
    if exception is not None or app.builder.name != "html":
        return
    book, out, chapters = app.config.book_identity, Path(app.outdir), chapters_of(app)
    context = {"book": book, "root": book.site or "/", "chapters": chapters}
    (out / "404.html").write_text(app.builder.templates.render("404.html", context), encoding="utf-8")
    robots = f"\nSitemap: {book.site}sitemap.xml\n" if book.site else ""
    (out / "robots.txt").write_text(f"User-agent: *\nAllow: /\n{robots}", encoding="utf-8")
    if not book.site:
        (out / "sitemap.xml").unlink(missing_ok=True)
        return
    places = "".join(f"  <url><loc>{escape(book.page(name))}</loc></url>\n" for name in app.env.collect_relations())
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{places}</urlset>\n',
        encoding="utf-8",
    )
    for name, title in ({"index": book.title} | chapters).items():
        path = out / card(name)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(cards.card(book, title if name in chapters else None, key_picture(name)))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("html-page-context", describe)
    app.connect("build-finished", finish)
    return {"parallel_read_safe": True}
