"""The identity of the book while it is built: when it has changed, pages are written again, and none is read again."""

from dataclasses import replace
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from book.identity import identity


def configure(app: Sphinx, config: Config) -> None:
    config.book_identity = replace(identity(), ref=None)  # no page shows the commit: a new one changes none


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("book_identity", None, "html")
    app.connect("config-inited", configure, priority=50)  # before those that read it
    return {"parallel_read_safe": True}
