"""Colab, Binder and repository buttons, when it is known where the repository is; otherwise none."""

import os
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from book.repository import repository, site


def configure(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    options.pop("repository_url", None)  # Jupyter Book's default is its own repository
    options["launch_buttons"] = {}
    if name := repository():
        options["repository_url"] = f"https://github.com/{name}"
        options["repository_branch"] = os.environ.get("GITHUB_REF_NAME", "main")
        options["use_repository_button"] = True
        options["launch_buttons"] = {
            "notebook_interface": "jupyterlab",
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
        }
        config.html_baseurl = config.html_baseurl or site()


def keep_where_a_notebook_is(
    app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object
) -> None:
    """Colab and Binder cannot open a page's Markdown: a page without a paired notebook has no such button."""
    if not (Path(app.srcdir) / f"{pagename}.ipynb").exists():
        buttons = context.get("header_buttons", [])
        context["header_buttons"] = [button for button in buttons if button.get("label") != "launch-buttons"]


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", configure, priority=100)  # before the theme reads its options
    app.connect("html-page-context", keep_where_a_notebook_is, priority=502)  # after it has made its buttons
    return {"parallel_read_safe": True}
