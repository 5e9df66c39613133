"""The PDF of the book: whole, found one's way in, and with nothing cut."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pikepdf
import pypdfium2
import pytest

from book.contents import documents, parts
from book.identity import identity
from book.pdf import places

MARGIN = 20 / 25.4 * 72  # in points, as in book/pdf.css


@pytest.fixture(scope="module")
def pdf(artefact) -> Iterator[pikepdf.Pdf]:
    with pikepdf.open(artefact(".pdf")) as opened:
        yield opened


@pytest.fixture(scope="module")
def texts(artefact) -> list[str]:
    return [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(artefact(".pdf"))]


@pytest.fixture(scope="module")
def outline(pdf: pikepdf.Pdf) -> dict[str, dict[str, list[str]]]:
    """Titles of parts, of their chapters, of their sections."""
    with pdf.open_outline() as items:
        return {
            part.title: {chapter.title: [section.title for section in chapter.children] for chapter in part.children}
            for part in items.root
        }


def letters(text: str) -> str:
    """Without what readers of PDFs disagree on: spaces and hyphens."""
    return re.sub(r"\W", "", text)


def test_the_outline_has_every_part_and_chapter(outline) -> None:
    assert list(outline)[:2] == ["Contents", "About this book"]
    assert list(outline)[2:] == [caption for caption, _ in parts()[1:]]
    assert sum(map(len, list(outline.values())[2:])) == len(documents()[1:])
    assert "Exercises" in outline["Momentum"]["Momentum"]


def test_every_chapter_begins_on_the_page_that_the_contents_give(pdf: pikepdf.Pdf, texts: list[str], outline) -> None:
    place = places(pdf)
    starts = [place[name.rpartition("/")[2]][0] for name in documents()[1:]]
    assert starts == sorted(set(starts))
    listed = letters("".join(texts[2 : place["index"][0]]))
    titles = [title for part in list(outline.values())[2:] for title in part]
    for title, start in zip(titles, starts, strict=True):
        assert letters(f"{title} {start + 1}") in listed, title


def test_a_page_has_its_chapter_at_its_head_and_its_number_at_its_foot(pdf, texts: list[str], outline) -> None:
    start = places(pdf)["adam"][0] + 1  # the second page of the chapter
    lines = texts[start].splitlines()
    assert "Adaptive rates" in lines[0] + lines[1] + lines[-1] + lines[-2]
    assert str(start + 1) in lines


def test_links_between_chapters_stay_inside(pdf: pikepdf.Pdf) -> None:
    place, inside, outside = places(pdf), 0, set()
    for page in pdf.pages:
        for link in page.get("/Annots", []):
            if "/Dest" in link:
                assert unquote(str(link.Dest)[1:]) in place
                inside += 1
            elif "/A" in link and "/URI" in link.A:
                outside.add(str(link.A.URI))
    assert inside > 1000
    assert len(place) > 500
    assert not {address for address in outside if not re.match(r"https?://|mailto:", address)}
    assert not {address for address in outside if "127.0.0.1" in address or "localhost" in address}
    own = identity().site
    assert not own or not {address for address in outside if re.match(rf"{own}chapters/\w+\.html", address)}


def test_nothing_runs_over_the_margins(artefact) -> None:
    over = []
    for number, page in enumerate(pypdfium2.PdfDocument(artefact(".pdf"))):
        width = page.get_width()
        for thing in page.get_objects():
            left, _, right, _ = thing.get_bounds()
            if thing.type == pypdfium2.raw.FPDF_PAGEOBJ_TEXT and (left < MARGIN - 3 or right > width - MARGIN + 3):
                over.append((number + 1, round(left), round(right)))
    assert not over


def test_figures_are_there_and_nothing_asks_for_a_script(texts: list[str]) -> None:
    said = " ".join(" ".join(texts).split())
    assert "It needs JavaScript" not in said
    assert "Show code cell" not in said
    assert "Fig. 20" in said


def test_the_file_says_what_it_is(pdf: pikepdf.Pdf) -> None:
    about = identity()
    with pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == about.title
        assert metadata["dc:creator"] == [author.name for author in about.authors]
    assert str(pdf.Root.Lang) == "en"
    assert pdf.Root.MarkInfo.Marked  # what reads aloud finds headings and lists


def test_the_cover_pages_say_which_version_and_how_to_cite_it(texts: list[str]) -> None:
    about = identity()
    assert about.version in texts[0]
    assert "@book" in texts[1]
