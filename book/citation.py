"""How the book and its chapters are cited: BibTeX, from `CITATION.cff`."""

from pathlib import PurePosixPath

from book.repository import metadata, site


def bibtex(docname: str, title: str, address: str | None) -> str:
    book = metadata()
    fields = {
        "author": " and ".join(f"{{{author['name']}}}" for author in book["authors"]),
        "title": f"{{{title}}}",
        "booktitle": book["title"],
        "edition": f"version {book['version']}",
        "year": str(book["date-released"])[:4],
    }
    if address:
        fields["url"] = f"{address}{docname}.html"
    lines = [f"  {name:<9} = {{{text}}}," for name, text in fields.items()]
    return "\n".join([f"@incollection{{firstorder_{PurePosixPath(docname).name},", *lines, "}"])


def book_bibtex() -> str:
    """The entry of the book as a whole."""
    book = metadata()
    fields = {
        "author": " and ".join(f"{{{author['name']}}}" for author in book["authors"]),
        "title": f"{{{book['title']}}}",
        "edition": f"version {book['version']}",
        "year": str(book["date-released"])[:4],
    } | ({"url": site()} if site() else {})
    return "\n".join(["@book{firstorder,", *(f"  {name:<7} = {{{text}}}," for name, text in fields.items()), "}"])
