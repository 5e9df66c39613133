"""Changes pages when all of them are written, for the extensions that look at every page of the site."""

from collections.abc import Callable
from functools import reduce
from pathlib import Path

from sphinx.application import Sphinx

Change = Callable[[str, Path], str]


def change_pages(app: Sphinx, change: Change) -> None:
    """At the end of a build each page becomes what `change` makes of its text and its place in the site.

    All such changes are made in one pass, in the order of the extensions.
    """
    changes: list[Change] = vars(app).setdefault("page_changes", [])
    changes.append(change)
    if len(changes) == 1:

        def all_of_them(html: str, place: Path) -> str:
            return reduce(lambda done, one: one(done, place), changes, html)

        app.connect("build-finished", lambda app, exception: rewrite(app, exception, all_of_them))


def rewrite(app: Sphinx, exception: Exception | None, change: Change) -> None:
    """Writes for each page what `change` makes of its text and its place in the site; after a failed build, nothing."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        done = change(html, path.relative_to(site))
        if done != html:
            path.write_text(done, encoding="utf-8")
