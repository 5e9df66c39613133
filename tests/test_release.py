"""What a release hands out is whole, the same whenever it is made, and says what it lacks."""

import hashlib
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

import pikepdf
import pypdfium2
import pytest
import yaml
from gate import missing
from lxml import html

from book import pdf, release
from book.archive import pack
from book.epub import flowing, make_epub
from book.identity import ROOT, identity
from book.printed import Book

FORMULA = r'<math data-tex="v_{\max}"><msub data-symbol="v_max"><mi>v</mi><mi>max</mi></msub></math>'
MOMENTUM = f"""<section id="momentum"><h1>Momentum<a class="headerlink" href="#m">#</a></h1>
<p>The formula is {FORMULA}. See <a href="adam.html#the-rule" title="Adam">Adam</a>,
<a href="../search.html">search</a>, <a href="https://example.org/x" title="there">a paper</a>.
<span class="only-site">Drag the start.</span></p>
<div class="firstorder-widget"><div class="firstorder-fallback"><picture class="firstorder-still firstorder-light">
<source media="(max-width: 640px)" srcset="narrow.svg"><img src="light.svg" loading="lazy"></picture>
<picture class="firstorder-still firstorder-dark"><img src="dark.svg"></picture>
<noscript><p>A still.</p></noscript></div>
<script type="application/json">{{}}</script></div>
<details class="admonition hide"><summary>Show</summary><pre>folded = 1</pre></details>
<details class="sd-dropdown"><summary>Solution</summary><p>Seven steps.</p></details>
<section id="exercises"><h2>Exercises {FORMULA}</h2><pre>{"x = 1" + " + 1" * 100}</pre></section></section>"""
ADAM = '<section id="adam"><h1>Adam</h1><section id="the-rule"><h2>The rule</h2><p>m and v.</p></section></section>'
PAGES = {"index": "<section id='first'><h1>First</h1></section>", "chapters/momentum": MOMENTUM, "chapters/adam": ADAM}


@pytest.fixture
def book(tmp_path: Path) -> Book:
    """A site of three pages."""
    for name, text in PAGES.items():
        path = tmp_path / "site" / f"{name}.html"
        path.parent.mkdir(parents=True, exist_ok=True)
        for still in ("light.svg", "dark.svg"):
            (path.parent / still).write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
        path.write_text(f'<html><body><article class="bd-article">{text}</article></body></html>', encoding="utf-8")
    return Book(tmp_path / "site", "https://ada.github.io/book/")


def momentum(book: Book) -> html.HtmlElement:
    page = next(page for page in book.pages if page.key == "momentum")
    return book.settle(page, lambda other, fragment: f"#{other.key}.{fragment}", Path.as_uri)


def test_pages_stand_in_the_order_of_the_contents(book: Book) -> None:
    assert [page.key for page in book.pages] == ["index", "momentum", "adam"]
    assert [part for part, _ in book.parts()] == ["", "Momentum", "Adaptive rates"]


def test_links_between_chapters_stay_inside_the_printed_book(book: Book) -> None:
    assert [link.get("href") for link in momentum(book).cssselect("a")] == [
        "#adam.the-rule",
        "https://ada.github.io/book/search.html",
        "https://example.org/x",
    ]


def test_a_link_into_a_site_that_is_nowhere_is_none(book: Book) -> None:
    article = momentum(Book(book.site, None))
    assert [link.text for link in article.cssselect("a")] == ["Adam", "a paper"]
    assert "search" in article.text_content()


def test_what_wants_a_screen_is_not_printed(book: Book) -> None:
    text = momentum(book).text_content()
    assert "folded = 1" not in text
    assert "Drag the start" not in text
    assert "Seven steps" in text


def test_of_a_live_figure_its_light_still_is_printed(book: Book) -> None:
    figure = momentum(book).cssselect(".firstorder-widget")[0]
    (still,) = figure.cssselect("img")
    assert still.get("src") == (book.site / "chapters" / "light.svg").as_uri()
    assert still.get("loading") is None
    assert not figure.text_content().strip()


def test_titles_have_their_formulas_once(book: Book) -> None:
    assert book.pages[1].sections == [("exercises", "Exercises vmax")]


def test_a_formula_is_read_aloud_as_its_tex(book: Book) -> None:
    article = momentum(book)
    pdf.spell_formulas(article)
    assert article.cssselect("math")[0].get("aria-label") == r"v_{\max}"


def test_a_formula_that_flows_is_mathml_that_the_standard_takes(book: Book) -> None:
    article = flowing(momentum(book))
    assert [child.tag for child in article.cssselect("msub")[0]] == ["mi", "mi"]
    assert not article.cssselect("[data-symbol], [data-tex]")


def test_an_epub_begins_with_its_type_and_has_all_pages(book: Book, tmp_path: Path) -> None:
    make_epub(book, identity(), tmp_path / "book.epub")
    with ZipFile(tmp_path / "book.epub") as made:
        assert made.namelist()[0] == "mimetype"
        assert made.infolist()[0].compress_type == 0
        assert {"index.xhtml", "momentum.xhtml", "adam.xhtml", "contents.xhtml"} < set(made.namelist())
        assert b'href="adam.xhtml#the-rule"' in made.read("momentum.xhtml")


def test_the_printed_book_has_an_outline_page_numbers_and_links_inside_it(book: Book, tmp_path: Path) -> None:
    target = tmp_path / "book.pdf"
    try:  # in a thread of its own: Playwright has one loop in each, and the tests of pages are using theirs
        ThreadPoolExecutor(1).submit(pdf.print_book, book, identity(), target).result()
    except pdf.NoBrowser as error:
        missing(str(error))
    with pikepdf.open(target) as made, made.open_outline() as outline:
        titles = [item.title for item in outline.root]
        places = pdf.places(made)
        links = [str(link.Dest) for page in made.pages for link in page.get("/Annots", []) if "/Dest" in link]
        assert made.Root.PageMode == "/UseOutlines"
        assert made.docinfo.get("/Title") or made.open_metadata().get("dc:title")
    assert titles == ["Contents", "About this book", "Momentum", "Adaptive rates"]
    assert (places["index"][0], places["momentum"][0], places["adam"][0]) == (3, 4, 5)
    with pypdfium2.PdfDocument(target) as made:
        listed = re.sub(r"\W", "", made[2].get_textpage().get_text_range())
    assert "Momentum5" in listed
    assert "Therule6" in listed
    assert links.count("/adam.the-rule") == 2  # in the contents, and in the chapter before it


def test_an_archive_is_the_same_bytes_whenever_it_is_made(tmp_path: Path) -> None:
    (tmp_path / "in").mkdir()
    digests = set()
    for mode in (0o644, 0o600):
        for name in ("b", "a"):
            (tmp_path / "in" / name).write_text(name)
            (tmp_path / "in" / name).chmod(mode)
        pack(tmp_path / "made.zip", tmp_path / "in", "under", (tmp_path / "in").iterdir())
        digests.add(hashlib.sha256((tmp_path / "made.zip").read_bytes()).hexdigest())
    assert len(digests) == 1
    assert ZipFile(tmp_path / "made.zip").namelist() == ["under/a", "under/b"]


CHANGES = "# Changelog\n\n## Unreleased\n\n- New.\n\n## 0.1.0 (2026-11-20)\n\n- First.\n"


@pytest.mark.parametrize(("version", "notes"), [("0.1.0", "- First.\n"), ("0.2.0", "- New.\n")])
def test_release_notes_are_the_changelogs_words_on_the_version(version: str, notes: str) -> None:
    assert release.release_notes(CHANGES, version) == notes


def test_a_part_that_cannot_be_made_is_left_out_in_one_line(monkeypatch, tmp_path: Path, capsys) -> None:
    monkeypatch.setattr(release.importlib.util, "find_spec", lambda name: None)
    parts = {"release notes": release.words, "the book as a PDF": release.volume}
    monkeypatch.setattr(release, "PARTS", parts)
    left_out = release.release(identity(), tmp_path / "made")
    printed = capsys.readouterr().out.splitlines()
    assert left_out == [line for line in printed if line.startswith("left out: ")]
    assert left_out == [
        "left out: the book as a PDF: Playwright is not installed: pip install --requirement book/requirements.txt"
    ]
    assert {path.name for path in (tmp_path / "made").iterdir()} == {"RELEASE.md", "CITATION.cff", "SHA256SUMS"}


def test_checksums_are_what_sha256sum_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("a")
    release.checksums(tmp_path)
    subprocess.run(["sha256sum", "--check", "--quiet", "SHA256SUMS"], cwd=tmp_path, check=True)


def test_a_tag_of_another_version_is_refused(monkeypatch) -> None:
    monkeypatch.setenv("GITHUB_REF_TYPE", "tag")
    monkeypatch.setenv("GITHUB_REF_NAME", "v9")
    version = identity().version
    assert release.main() == f"the tag is v9, but CITATION.cff says version {version}: the tag of that is v{version}"


def test_the_workflow_attaches_on_a_tag_all_that_is_made() -> None:
    job = yaml.safe_load((ROOT / ".github" / "workflows" / "book.yml").read_text(encoding="utf-8"))["jobs"]["release"]
    commands = " ".join(step.get("run", "") for step in job["steps"])
    assert job["if"] == "github.ref_type == 'tag'"
    assert job["permissions"] == {"contents": "write"}
    assert "make release" in commands
    assert "_build/release/*" in commands
