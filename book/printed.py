"""The pages of the built site as they are printed: text, formulas and stills, and nothing that wants a screen.

The book as one PDF and as an EPUB are made of these. Imports nothing that needs a browser.
"""

import re
from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urldefrag, urljoin

from lxml import html
from lxml.html import HtmlElement

from book import contents

#: What only a screen has a use for; code that a page keeps folded; and what a search engine or a script reads.
UNPRINTED = ", ".join(
    [
        ".headerlink, .only-site, .only-dark, .d-print-none, .sd-summary-state-marker, .reading-time",
        ".firstorder-dark",  # of a still, that for another screen
        "script, noscript, style, button, input, iframe, template, a[download]",
        "details.hide, details:not([class]) div.highlight",
        ".citation-block",  # every chapter's; the book has its own
        "p.experiments",  # printed in the chapter they come from
    ]
)

#: The site's cover is the printed book's first chapter: it has a cover of its own.
PREFACE = "About this book"
#: Lines of code that may be broken over pages; fewer are kept together.
LONG = 25


def select(element: HtmlElement, selector: str) -> list[HtmlElement]:
    return element.cssselect(selector)


def plain(element: HtmlElement) -> str:
    """The words of a heading, its formulas as they are drawn."""
    words = deepcopy(element)
    for extra in select(words, ".headerlink"):
        extra.drop_tree()
    return " ".join(words.text_content().replace("\u2061", "").split())


@dataclass(frozen=True)
class Page:
    """One page of the site. `name` is its document, such as `chapters/adam`; `part` the caption it stands under."""

    site: Path
    name: str
    part: str

    @property
    def path(self) -> Path:
        return self.site / f"{self.name}.html"

    @property
    def key(self) -> str:
        """Its name as an identifier: the last part is unique, for it is that of a chapter."""
        return PurePosixPath(self.name).name

    @cached_property
    def whole(self) -> HtmlElement:
        return html.parse(str(self.path), parser=html.HTMLParser(encoding="utf-8", huge_tree=True)).getroot()

    @cached_property
    def styles(self) -> list[Path]:
        links = select(self.whole, "link[rel=stylesheet][href]:not([media=print])")  # which is for one page
        return [(self.path.parent / link.get("href").partition("?")[0]).resolve() for link in links]

    @cached_property
    def article(self) -> HtmlElement:
        article = select(self.whole, "article.bd-article")[0]
        for extra in select(article, UNPRINTED):
            if extra.getparent() is not None:  # as when it went with what it was in
                extra.drop_tree()
        for other in select(article, "source"):
            other.drop_tag()  # the parser is older than this element, and puts the picture into it
        for folded in [*select(article, "details"), *select(article, "summary")]:
            folded.tag = "div"
            folded.classes.add("unfolded")
        for label in select(article, "label"):
            label.tag = "p"
            label.attrib.pop("for", None)
        for code in select(article, "pre"):
            if code.text_content().count("\n") > LONG:
                code.classes.add("long")
        if not self.part:
            select(article, "h1")[0].text = PREFACE
        return article

    @cached_property
    def title(self) -> str:
        return plain(select(self.article, "h1")[0])

    @cached_property
    def sections(self) -> list[tuple[str, str]]:
        """The identifier and the title of each section."""
        found = select(self.article, "section[id] > h2")
        return [(heading.getparent().get("id"), plain(heading)) for heading in found]


@dataclass(frozen=True)
class Book:
    """The pages in reading order, and what links become when the site is left."""

    site: Path
    address: str | None  # where the site is published, with a trailing slash

    @cached_property
    def pages(self) -> list[Page]:
        listed = [Page(self.site, name, part) for part, names in contents.parts() for name in names]
        return [page for page in listed if page.path.exists()]

    def parts(self) -> Iterator[tuple[str, list[Page]]]:
        for caption in dict.fromkeys(page.part for page in self.pages):
            yield caption, [page for page in self.pages if page.part == caption]

    def settle(self, page: Page, internal: Callable[[Page, str], str], picture: Callable[[Path], str]) -> HtmlElement:
        """The article with its links and pictures where they are in the printed book.

        A link to a page of the book is what `internal` makes of the page and the fragment; one to anything else of the
        site goes to where that is published, and is no link if it is nowhere.
        """
        pages = {f"{other.name}.html": other for other in self.pages}
        article = deepcopy(page.article)
        for link in select(article, "a[href]"):
            address, fragment = urldefrag(urljoin(f"{page.name}.html", link.get("href")))
            link.attrib.pop("title", None)
            if re.match(r"[a-z]+:", address):
                continue
            if "see" in link.classes:  # it moves a live figure
                link.tag = "span"
                link.attrib.pop("href")
            elif address in pages:
                link.set("href", internal(pages[address], fragment))
            elif self.address:
                link.set("href", self.address + address + (f"#{fragment}" if fragment else ""))
            else:
                link.tag = "span"
                link.attrib.pop("href")
        for image in select(article, "img[src]"):
            if not image.get("src").startswith("data:"):
                image.set("src", picture((page.path.parent / unquote(urldefrag(image.get("src"))[0])).resolve()))
                image.attrib.pop("loading", None)  # what is never scrolled to would not be printed
        return article
