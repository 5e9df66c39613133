"""How the book and its chapters are cited: in APA's style, BibTeX, RIS and CSL-JSON.

What a reader adds is the date of access, which belongs to an address. Each text has its place, marked, and is written
with it and without: a file has none, and a page fills it in with the reader's own today.
"""

import datetime
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from html import escape
from pathlib import PurePosixPath

from book.identity import Author, Identity

# Private characters, which no title has: they enclose what is there only together with a date.
DATED = re.compile("\ue000(.*?)\ue001", re.DOTALL)
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
MONTHS += ["November", "December"]  # and not `calendar.month_name`, which follows the machine's language


def dated(text: str) -> str:
    """In `text` stand %Y, %m and %d as `strftime` has them, %B for the month's name, and %n and %e without a zero."""
    return f"\ue000{text}\ue001"


def filled(text: str, day: datetime.date) -> str:
    """assets/page/cite.js does the same with the reader's day."""
    parts = {
        "Y": day.year,
        "m": f"{day:%m}",
        "d": f"{day:%d}",
        "B": MONTHS[day.month - 1],
        "n": day.month,
        "e": day.day,
    }
    return re.sub("%([YmdBne])", lambda match: str(parts[match[1]]), text)


@dataclass(frozen=True)
class Work:
    """What is cited: a chapter, or the book where there is no chapter."""

    book: Identity
    docname: str = "index"
    chapter: str = ""

    @property
    def title(self) -> str:
        return self.chapter or self.book.title

    @property
    def key(self) -> str:
        return f"firstorder_{PurePosixPath(self.docname).name}" if self.chapter else "firstorder"

    @property
    def address(self) -> str | None:
        return self.book.page(self.docname)

    @property
    def doi(self) -> str | None:
        """Of the book: a chapter has none of its own."""
        return None if self.chapter else self.book.doi


@dataclass(frozen=True)
class Form:
    """One way to write it down: its name, how its file ends, and what writes it."""

    name: str
    suffix: str
    write: Callable[[Work], str]

    def text(self, work: Work, accessed: datetime.date | None = None) -> str:
        return DATED.sub(lambda match: filled(match[1], accessed) if accessed else "", self.write(work))

    def html(self, work: Work) -> str:
        """With the place of the date hidden, for a script to fill in and show."""
        return DATED.sub(r'<span class="accessed" hidden>\1</span>', escape(self.write(work), quote=False))


def apa(work: Work) -> str:
    """The style of the American Psychological Association, 7th edition, without italics."""
    book = work.book
    names = [
        f"{author.family}, {' '.join(f'{name[0]}.' for name in author.given.split())}"
        if author.given
        else author.family
        for author in book.authors
    ]
    authors = names[0] if len(names) == 1 else f"{', '.join(names[:-1])}, & {names[-1]}"
    title = f"{work.chapter}. In {book.title}" if work.chapter else book.title
    text = f"{authors.rstrip('.')}. ({book.date.year}). {title} (Version {book.version})."
    if work.doi:
        return f"{text} https://doi.org/{work.doi}"
    return f"{text} {dated('Retrieved %B %e, %Y, from ')}{work.address}" if work.address else text


def bibtex_name(author: Author) -> str:
    return (
        f"{bibtex_text(author.family)}, {bibtex_text(author.given)}"
        if author.given
        else f"{{{bibtex_text(author.family)}}}"
    )


def bibtex_text(text: str) -> str:
    return re.sub(r"([&%$#_{}])", r"\\\1", text)


def bibtex(work: Work) -> str:
    """`@book` or `@incollection`, as BibTeX and biber both want them: neither has a field for the version of a book."""
    book = work.book
    authors = " and ".join(map(bibtex_name, book.authors))
    fields = {
        "author": authors,
        "title": f"{{{bibtex_text(work.title)}}}",
        "booktitle": f"{{{bibtex_text(book.title)}}}" if work.chapter else None,
        "editor": authors if work.chapter else None,  # biber wants one in a collection
        "publisher": bibtex_text(book.publisher),
        "year": str(book.date.year),
        "note": f"Version {book.version}",
        "doi": work.doi,
        "url": work.address,
    }
    lines = [f"  {name:<9} = {{{text}}},\n" for name, text in fields.items() if text]
    access = dated("  urldate   = {%Y-%m-%d},\n") if work.address else ""
    return f"@{'incollection' if work.chapter else 'book'}{{{work.key},\n{''.join(lines)}{access}}}\n"


def ris(work: Work) -> str:
    """Lines of a tag and a value. Its "edition" is for numbered ones, so the version is a note."""
    book = work.book
    lines = [
        ("TY", "CHAP" if work.chapter else "BOOK"),
        *(("AU", f"{author.family}, {author.given}" if author.given else author.family) for author in book.authors),
        ("TI", work.title),
        ("T2", book.title if work.chapter else None),
        ("PY", str(book.date.year)),
        ("DA", f"{book.date:%Y/%m/%d}/"),
        ("PB", book.publisher),
        ("N1", f"Version {book.version}"),
        ("LA", "en"),
        ("DO", work.doi),
        ("UR", work.address),
    ]
    text = "".join(f"{tag}  - {value}\n" for tag, value in lines if value)
    return text + (dated("Y2  - %Y/%m/%d/\n") if work.address else "") + "ER  - \n"


def csl_json(work: Work) -> str:
    """A list with one item of the Citation Style Language, as Zotero, pandoc and citeproc read it."""
    book = work.book
    item = {
        "id": work.key,
        "type": "chapter" if work.chapter else "book",
        "title": work.title,
        "container-title": book.title if work.chapter else None,
        "author": [
            {"family": author.family, "given": author.given} if author.given else {"literal": author.family}
            for author in book.authors
        ],
        "issued": {"date-parts": [[book.date.year, book.date.month, book.date.day]]},
        "publisher": book.publisher,
        "version": book.version,
        "language": "en",
        "DOI": work.doi,
        "URL": work.address,
    }
    lines = json.dumps([{name: value for name, value in item.items() if value}], indent=2, ensure_ascii=False)
    lines = re.sub(r"\[\s+\[\s+(\d+),\s+(\d+),\s+(\d+)\s+\]\s+\]", r"[[\1, \2, \3]]", lines) + "\n"
    if not work.address:
        return lines
    access = '    "accessed": {\n      "date-parts": [[%Y, %n, %e]]\n    },\n'
    return lines.replace('    "URL":', dated(access) + '    "URL":')


FORMS = (
    Form("APA", "txt", apa),
    Form("BibTeX", "bib", bibtex),
    Form("RIS", "ris", ris),
    Form("CSL-JSON", "json", csl_json),
)
