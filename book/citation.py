"""How the book and its chapters are cited: BibTeX, from `CITATION.cff`."""

from pathlib import PurePosixPath

from book.identity import Identity, identity


def bibtex(book: Identity, docname: str, title: str) -> str:
    fields = {
        "author": " and ".join(f"{{{author.name}}}" for author in book.authors),
        "title": f"{{{title}}}",
        "booktitle": book.title,
        "publisher": book.publisher,
        "year": str(book.date.year),
        "note": f"Version {book.version}",
    }
    if address := book.page(docname):
        fields["url"] = address
    lines = [f"  {name:<9} = {{{text}}}," for name, text in fields.items()]
    return "\n".join([f"@incollection{{firstorder_{PurePosixPath(docname).name},", *lines, "}"])


def book_bibtex() -> str:
    """The entry of the book as a whole."""
    book = identity()
    fields = {
        "author": " and ".join(f"{{{author.name}}}" for author in book.authors),
        "title": f"{{{book.title}}}",
        "publisher": book.publisher,
        "year": str(book.date.year),
        "note": f"Version {book.version}",
    } | ({"url": book.site} if book.site else {})
    return "\n".join(["@book{firstorder,", *(f"  {name:<9} = {{{text}}}," for name, text in fields.items()), "}"])
