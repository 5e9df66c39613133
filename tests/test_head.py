"""What pages say of themselves in their heads, with a site and without, and the pictures that go with their links."""

import json
import re
from dataclasses import replace
from io import BytesIO
from types import SimpleNamespace

import pytest
from bs4 import BeautifulSoup
from PIL import Image
from small_book import again, build
from test_citation import titles

from _ext import head
from book import cards
from book.identity import ROOT, identity

BOOK = replace(identity(), repository="https://github.com/ada/book", site="https://ada.github.io/book/", doi=None)
NOWHERE = replace(BOOK, repository=None, site=None)
CHAPTERS = {"chapters/adam": "Adam", "chapters/sign": 'Signs & "quotes" </script>'}


def tags(book, pagename: str, title: str = "Title") -> BeautifulSoup:
    found = head.metatags(book, pagename, CHAPTERS.get(pagename, title), "About <it>", CHAPTERS)
    return BeautifulSoup("".join(found), "html.parser")


def said(soup: BeautifulSoup) -> dict[str, str]:
    return {tag.get("property") or tag["name"]: tag["content"] for tag in soup.select("meta")}


def data(soup: BeautifulSoup) -> dict:
    (script,) = soup.select("script")
    assert script["type"] == "application/ld+json"
    return json.loads(script.string)


def test_a_chapter_previews_with_its_picture_and_its_lasting_address():
    found = said(tags(BOOK, "chapters/sign"))
    assert found["og:type"] == "article"
    assert found["og:title"] == CHAPTERS["chapters/sign"]
    assert found["og:description"] == found["description"] == "About <it>"
    assert found["og:url"] == "https://ada.github.io/book/chapters/sign.html"
    assert found["og:image"] == "https://ada.github.io/book/cards/sign.png"
    assert found["twitter:card"] == "summary_large_image"


def test_a_chapter_is_a_chapter_of_the_book():
    chapter = data(tags(BOOK, "chapters/sign"))
    assert (chapter["@context"], chapter["@type"]) == ("https://schema.org", "Chapter")
    assert chapter["name"] == CHAPTERS["chapters/sign"]
    assert chapter["position"] == 2
    assert chapter["isPartOf"] == {"@type": "Book", "name": BOOK.title, "url": BOOK.site}
    assert chapter["author"] == [{"@type": "Organization", "name": "The First Order authors"}]
    assert (chapter["datePublished"], chapter["version"]) == (str(BOOK.date), BOOK.version)


def test_the_cover_is_a_book_of_its_chapters():
    book = data(tags(BOOK, "index"))
    assert (book["@type"], book["name"], book["url"]) == ("Book", BOOK.title, BOOK.site)
    assert [part["url"] for part in book["hasPart"]] == [f"{BOOK.site}{name}.html" for name in CHAPTERS]
    assert book["sameAs"] == BOOK.repository


def test_only_the_cover_is_for_reference_managers():
    cover = said(tags(replace(BOOK, doi="10.5281/zenodo.1"), "index"))
    assert cover["citation_title"] == BOOK.title
    assert cover["citation_author"] == "The First Order authors"
    assert cover["citation_publication_date"] == f"{BOOK.date:%Y/%m/%d}"
    assert cover["citation_doi"] == "10.5281/zenodo.1"
    assert cover["citation_public_url"] == BOOK.site
    for page in ("chapters/adam", "api"):
        assert not [name for name in said(tags(BOOK, page)) if name.startswith("citation_")]


@pytest.mark.parametrize("page", ["index", "chapters/adam", "api"])
def test_without_a_site_no_address_is_said(page):
    soup = tags(NOWHERE, page)
    found = said(soup)
    assert not [name for name in found if re.search("url|image|doi", name)]
    assert found["twitter:card"] == "summary"
    assert "None" not in str(soup)
    if page != "api":
        assert not re.search(r'"(url|image|sameAs)"|null', soup.select_one("script").string)


@pytest.mark.parametrize(
    ("page", "address"),
    [
        ("index", "https://ada.github.io/book/"),
        ("chapters/adam", "https://ada.github.io/book/chapters/adam.html"),
        ("search", None),
    ],
)
def test_a_page_has_one_canonical_address_and_a_tool_has_none(page, address):
    known = dict.fromkeys(["index", *CHAPTERS], SimpleNamespace(astext=lambda: "Title"))
    environment = SimpleNamespace(found_docs=known, titles=known, collect_relations=lambda: known)
    app = SimpleNamespace(config=SimpleNamespace(book_identity=BOOK), env=environment)
    context = {"pageurl": "https://ada.github.io/book/wrong.html", "metatags": "<before>"}
    head.describe(app, page, "page.html", context, None)
    assert context["pageurl"] == address
    assert context["metatags"].startswith("<before>")
    assert ("noindex" in context["metatags"]) == (address is None)


# Cards


#: The chapters whose titles have the widest words, and most of them, and the cover.
WIDE = [None, "Momentum", *sorted(titles().values(), key=lambda title: (max(map(len, title.split())), len(title)))[-4:]]


@pytest.mark.parametrize("title", WIDE)
@pytest.mark.parametrize("picture", [None, (ROOT / "assets" / "playground.png").read_bytes()], ids=["bare", "pictured"])
def test_a_card_is_of_the_size_that_previews_show_and_its_words_stay_inside(title, picture, monkeypatch):
    boxes = []
    figure = cards.Figure

    class Measured(figure):
        def savefig(self, *arguments, **options):
            super().savefig(*arguments, **options)
            boxes.extend(text.get_window_extent() for text in self.texts)

    monkeypatch.setattr(cards, "Figure", Measured)
    made = cards.card(BOOK, title, picture)
    assert Image.open(BytesIO(made)).size == (1200, 630)
    assert len(made) < 100_000
    width = 0.48 * 1200 if picture else 1200 - 40
    for box, below in zip(boxes, [*boxes[1:], None], strict=True):
        assert (box.x0 > 0, box.x1 < width, box.y1 < 630, box.y0 > 0) == (True,) * 4
        assert below is None or below.y1 < box.y0


# A book that is built, and moves


ONLY_SITE = """Drag. {only-site}`A *button*, [here](page0.md).`

:::{only-site}
A paragraph.
:::
"""


def test_a_book_without_a_mistake_is_built_and_where_it_moves_written_again_and_not_read_again(tmp_path, monkeypatch):
    """Built where nobody knows it, then by a workflow: what shows an address has it, in every page."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    done = build(tmp_path, "```{citation}\n```", "```{api} firstorder\nArena minimize\n```", ONLY_SITE)
    assert done.returncode == 0, done.stderr
    html = tmp_path / "_build" / "html"
    page = (html / "page1.html").read_text(encoding="utf-8")
    for name in ("Arena", "arrays", "zeros_like", "minimize", "batch_size", "record_every"):
        assert f">{name}<" in page, name
    page = (html / "page2.html").read_text(encoding="utf-8")
    assert '<span class="only-site">A <em>button</em>, <a' in page
    assert re.search(r'<div class="only-site docutils container">\s*<p>A paragraph.</p>', page)
    before = (html / "page0.html").read_text(encoding="utf-8")
    assert "@book{firstorder," in before
    assert not re.search('rel="canonical"|og:url|og:image|accessed', before)
    assert not (html / "sitemap.xml").exists()
    monkeypatch.setenv("GITHUB_REPOSITORY", "ada/book")
    done = again(tmp_path)
    assert done.returncode == 0, done.stderr
    assert "0 added, 0 changed, 0 removed" in re.sub(r"\x1b\[[0-9;]*m", "", done.stdout)
    after = (html / "page0.html").read_text(encoding="utf-8")
    assert "url       = {https://ada.github.io/book/}" in after
    assert '<link rel="canonical" href="https://ada.github.io/book/page0.html" />' in after
    assert "https://ada.github.io/book/page1.html" in (html / "page1.html").read_text(encoding="utf-8")
    assert "https://ada.github.io/book/page4.html" in (html / "sitemap.xml").read_text(encoding="utf-8")
    assert "https://ada.github.io/book/" in (html / "cite" / "firstorder.bib").read_text(encoding="utf-8")
    assert 'href="https://ada.github.io/book/index.html"' in (html / "404.html").read_text(encoding="utf-8")
