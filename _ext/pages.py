"""Changes pages when all of them are written, for the extensions that look at every page of the site."""

from collections.abc import Callable
from pathlib import Path

from sphinx.application import Sphinx


def rewrite(app: Sphinx, exception: Exception | None, change: Callable[[str, Path], str]) -> None:
    """Writes for each page what `change` makes of its text and its place in the site; after a failed build, nothing."""
    if exception is not None or app.builder.format != "html":
        return
    site = Path(app.outdir)
    for path in site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        done = change(html, path.relative_to(site))
        if done != html:
            path.write_text(done, encoding="utf-8")
