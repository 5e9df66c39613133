"""Citations in every form, as those read them who have to: pybtex, BibTeX's and biber's rules, rispy and citeproc."""

import datetime
import json
import re
from dataclasses import replace

import jupytext
import pybtex.database
import pytest
import rispy
from citeproc import Citation, CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
from citeproc.source.json import CiteProcJSON

from book.citation import FORMS, Form, Work
from book.contents import chapters
from book.identity import ROOT, Author, identity

BOOK = replace(identity(), repository="https://github.com/ada/book", site="https://ada.github.io/book/", doi=None)
PEOPLE = replace(BOOK, authors=(Author("Lovelace", "Ada King"), Author("de la Vallée", "Bo")))
NOWHERE = replace(BOOK, repository=None, site=None)
DAY = datetime.date(2027, 1, 3)
FORM = {form.suffix: form for form in FORMS}
ADAM = Work(BOOK, "chapters/adam", "Adam & 50% of_it")


def titles() -> dict[str, str]:
    heading = re.compile(r"^# (.*)$", re.MULTILINE)
    cells = {name: jupytext.read(ROOT / f"{name}.md", fmt="md:myst").cells for name in chapters()}
    return {name: heading.search(cells[name][0].source)[1] for name in chapters()}


WORKS = [Work(BOOK), *(Work(BOOK, name, title) for name, title in titles().items())]
every_work = pytest.mark.parametrize("work", WORKS, ids=lambda work: work.key)

#: What BibTeX warns of when it is missing, and what biber's data model lets an entry of this type have.
REQUIRED = {"book": {"title", "publisher", "year"}, "incollection": {"title", "booktitle", "publisher", "year"}}
ALLOWED = {"author", "title", "booktitle", "publisher", "year", "note", "doi", "url", "urldate"}


def entry(work: Work, accessed: datetime.date | None = DAY) -> pybtex.database.Entry:
    (found,) = pybtex.database.parse_string(FORM["bib"].text(work, accessed), "bibtex").entries.values()
    return found


@every_work
def test_bibtex_has_what_its_type_needs_and_nothing_that_it_may_not_have(work):
    read = entry(work)
    assert read.type == ("incollection" if work.chapter else "book")
    assert REQUIRED[read.type] <= set(read.fields)
    assert set(read.fields) <= ALLOWED
    assert [str(person) for person in read.persons["author"]] == ["{The First Order authors}"]
    assert ("editor" in read.persons) == bool(work.chapter)  # biber's rule, and not BibTeX's
    assert read.fields["title"] == f"{{{work.title}}}"
    assert read.fields["url"] == work.address
    assert read.fields["urldate"] == "2027-01-03"
    assert read.fields["note"] == f"Version {BOOK.version}"


@pytest.mark.parametrize("work", WORKS[:2], ids=lambda work: work.key)
@pytest.mark.parametrize("style", ["plain", "alpha", "unsrt"])
def test_bibtex_is_set_by_pybtex_without_a_complaint(work, style, recwarn):
    engine = pybtex.PybtexEngine()
    text = engine.format_from_string(FORM["bib"].text(work, DAY), style=style, output_backend="text")
    assert "2026" in text
    assert BOOK.publisher in text
    assert "edition" not in text
    assert not recwarn.list


def test_bibtex_of_people_has_their_names_apart_and_of_a_title_its_signs():
    read = entry(replace(ADAM, book=PEOPLE))
    assert [(person.first_names, person.last_names) for person in read.persons["author"]] == [
        (["Ada"], ["Lovelace"]),
        (["Bo"], ["Vallée"]),
    ]
    assert read.fields["title"] == r"{Adam \& 50\% of\_it}"
    assert entry(ADAM).persons["author"][0].last_names == ["{The First Order authors}"]


@every_work
def test_ris_is_read_by_rispy(work):
    text = FORM["ris"].text(work, DAY)
    (read,) = rispy.loads(text)
    assert read["type_of_reference"] == ("CHAP" if work.chapter else "BOOK")
    assert read["authors"] == [author.name for author in BOOK.authors]
    assert read["title"] == work.title
    assert read.get("secondary_title") == (BOOK.title if work.chapter else None)
    assert (read["year"], read["publisher"]) == ("2026", BOOK.publisher)
    assert read["urls"] == [work.address]
    assert read["access_date"] == "2027/01/03/"
    assert "edition" not in read
    assert "unknown_tag" not in read
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in text.splitlines())


@every_work
def test_csl_json_is_set_by_citeproc(work):
    items = json.loads(FORM["json"].text(work, DAY))
    source = CiteProcJSON(items)
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    bibliography = CitationStylesBibliography(style, source, formatter.plain)
    bibliography.register(Citation([CitationItem(items[0]["id"])]))
    (text,) = map(str, bibliography.bibliography())
    for part in (
        "The First Order authors",
        "2026",
        work.title,
        "Available at",
        work.address,
        "Accessed: January 3, 2027",
    ):
        assert part in text, text
    assert BOOK.title in text
    assert items[0]["type"] == ("chapter" if work.chapter else "book")
    assert items[0]["version"] == BOOK.version


@every_work
def test_apa_is_as_the_manual_wants_it(work):
    text = FORM["txt"].text(work, DAY)
    what = f"{work.chapter}. In {BOOK.title}" if work.chapter else BOOK.title
    assert text.startswith(f"The First Order authors. (2026). {what} (")
    assert text.endswith(f" (Version {BOOK.version}). Retrieved January 3, 2027, from {work.address}")


def test_apa_shortens_given_names():
    assert FORM["txt"].text(replace(ADAM, book=PEOPLE)).startswith("Lovelace, A. K., & de la Vallée, B. (2026). Adam")


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_without_an_address_there_is_none_and_no_date_of_access(form: Form):
    for work in (Work(NOWHERE), Work(NOWHERE, "chapters/adam", "Adam")):
        text = form.text(work, DAY)
        assert not re.search(r"http|None|2027|accessed|urldate|Y2|Retrieved", text)
        assert "accessed" not in form.html(work)
        assert text == form.text(work)
    assert entry(Work(NOWHERE)).fields.keys() == {"title", "publisher", "year", "note"}


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.name)
def test_without_a_day_a_form_is_whole_all_the_same(form: Form):
    text = form.text(ADAM)
    assert "%" not in text.replace("50%", "").replace("50\\%", "")
    assert ADAM.address in text
    assert not re.search("[\ue000-\uf8ff]", text + form.html(ADAM))
    if form.suffix == "json":
        assert "accessed" not in json.loads(text)[0]


def test_the_doi_of_the_book_is_the_books_alone():
    with_doi = replace(BOOK, doi="10.5281/zenodo.1")
    assert FORM["txt"].text(Work(with_doi), DAY).endswith(" https://doi.org/10.5281/zenodo.1")
    assert entry(Work(with_doi)).fields["doi"] == "10.5281/zenodo.1"
    assert json.loads(FORM["json"].text(Work(with_doi)))[0]["DOI"] == "10.5281/zenodo.1"
    assert "doi" not in entry(replace(ADAM, book=with_doi)).fields


def test_what_a_page_shows_is_the_text_with_the_date_hidden():
    for form in FORMS:
        html = form.html(ADAM)
        shown = re.sub(r"<span class=\"accessed\" hidden>.*?</span>", "", html, flags=re.DOTALL)
        assert shown.replace("&amp;", "&") == form.text(ADAM)
        assert "%Y" in html
        assert "<" not in shown
