"""The book as an EPUB, from the same pages as the PDF: text that flows, formulas as MathML.

Sphinx's own builder makes none that readers take: pages with the site's head and scripts, and no figures.
"""

import datetime
import mimetypes
from html import escape
from pathlib import Path
from uuid import NAMESPACE_URL, uuid5
from zipfile import ZIP_STORED, ZipInfo

from lxml import etree, html
from lxml.html import HtmlElement

from book.archive import add, archive
from book.identity import Identity
from book.printed import Book, Page

STYLE = Path(__file__).with_name("epub.css")
NAMESPACES = {"math": "http://www.w3.org/1998/Math/MathML", "svg": "http://www.w3.org/2000/svg"}
CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles></container>"""
#: Attributes that a browser takes and the standard of EPUB does not.
FOREIGN = ("align", "border", "valign", "width")


def make_epub(book: Book, about: Identity, epub: Path) -> None:
    pictures: dict[str, Path] = {}

    def picture(path: Path) -> str:
        pictures.setdefault(f"pictures/{path.name}", path)
        return f"pictures/{path.name}"

    names = {page.key: f"{page.key}.xhtml" for page in book.pages}
    texts = {}
    for page in book.pages:
        article = book.settle(page, lambda other, part: names[other.key] + (f"#{part}" if part else ""), picture)
        texts[names[page.key]] = xhtml(page.title, flowing(article))
    texts["contents.xhtml"] = xhtml("Contents", contents(book, names))
    with archive(epub) as packed:
        add(packed, ZipInfo("mimetype"), b"application/epub+zip", ZIP_STORED)  # the first, and as it is
        add(packed, ZipInfo("META-INF/container.xml"), CONTAINER.encode())
        add(packed, ZipInfo("book.opf"), package(book, about, [*texts], pictures).encode())
        add(packed, ZipInfo("book.css"), STYLE.read_bytes())
        for name, text in texts.items():
            add(packed, ZipInfo(name), text)
        for name, path in pictures.items():
            add(packed, ZipInfo(name), path.read_bytes())


def flowing(article: HtmlElement) -> HtmlElement:
    """The article with each formula as MathML alone, and only what the standard knows."""
    for element in article.iter(etree.Element):
        element.attrib.pop("style", None)
        if element.tag == "svg" or next(element.iterancestors("svg"), None) is not None:
            continue
        for name in [name for name in element.attrib if name.startswith(("data-", "aria-")) or name in FOREIGN]:
            del element.attrib[name]
    return article


def xhtml(title: str, body: HtmlElement) -> bytes:
    """A file of its own, with the namespaces that HTML leaves unsaid."""
    for tag, namespace in NAMESPACES.items():
        for top in body.iter(tag):
            top.set("xmlns", namespace)
    text = etree.tostring(body, encoding="unicode", with_tail=False)
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" lang="en" xml:lang="en">
<head><title>{escape(title)}</title><link rel="stylesheet" type="text/css" href="book.css"/></head>
<body>{text}</body></html>""".encode()


def contents(book: Book, names: dict[str, str]) -> HtmlElement:
    def item(page: Page) -> str:
        return f'<li><a href="{names[page.key]}">{escape(page.title)}</a></li>'

    lines = []
    for part, pages in book.parts():
        inner = "".join(map(item, pages))
        lines.append(f"<li><span>{escape(part)}</span><ol>{inner}</ol></li>" if part else inner)
    return html.fragment_fromstring(f'<nav epub:type="toc"><h1>Contents</h1><ol>{"".join(lines)}</ol></nav>')


def package(book: Book, about: Identity, texts: list[str], pictures: dict[str, Path]) -> str:
    """What the book is, what it is made of, and in which order that is read."""
    identifier = f"https://doi.org/{about.doi}" if about.doi else about.site
    identifier = identifier or f"urn:uuid:{uuid5(NAMESPACE_URL, f'{about.title} {about.version}')}"
    authors = "".join(f"<dc:creator>{escape(author.name)}</dc:creator>" for author in about.authors)
    kept = {
        name: 'properties="mathml"' if page.article.cssselect("math") else ""
        for page, name in zip(book.pages, texts, strict=False)
    }
    kept["contents.xhtml"] = 'properties="nav"'
    items = [
        f'<item id="{name.replace("/", "-")}" href="{name}" media-type="application/xhtml+xml" {kept[name]}/>'
        for name in texts
    ]
    for name in pictures:
        kind = mimetypes.guess_type(name)[0]
        items.append(f'<item id="i{name.rpartition("/")[2]}" href="{name}" media-type="{kind}"/>')
    items.append('<item id="style" href="book.css" media-type="text/css"/>')
    spine = "".join(f'<itemref idref="{name}"/>' for name in ["contents.xhtml", *texts[:-1]])
    modified = datetime.datetime.combine(about.date, datetime.time()).isoformat()
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" xml:lang="en">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:identifier id="id">{escape(identifier)}</dc:identifier>
<dc:title>{escape(about.title)}</dc:title><dc:language>en</dc:language>{authors}<dc:date>{about.date}</dc:date>
<dc:description>{escape(about.abstract)}</dc:description><dc:rights>{escape(", ".join(about.licences))}</dc:rights>
<meta property="dcterms:modified">{modified}Z</meta></metadata>
<manifest>{"".join(items)}</manifest><spine>{spine}</spine></package>"""
