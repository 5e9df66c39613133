"""Colab, Binder and repository buttons, when it is known where the repository is; otherwise none.

The workflow keeps notebooks that know where to install the package from in a branch of their own. Where there is such
a branch, Colab and Binder open it; elsewhere, the notebooks of the branch that readers are sent to.
"""

import os
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.config import Config

from book.identity import ROOT, git

#: The branch that the workflow writes.
PUBLISHED = "notebooks"


def configure(app: Sphinx, config: Config) -> None:
    options = config.html_theme_options
    options.pop("repository_url", None)  # Jupyter Book's default is its own repository
    options["launch_buttons"] = {}
    book = config.book_identity
    config.html_baseurl = config.html_baseurl or book.site or ""
    if book.repository:
        options["repository_url"] = book.repository
        options["repository_branch"] = book.branch
        options["use_repository_button"] = True
        # The theme stops at a host that it does not know; one of a school or a company is mostly GitLab.
        known = [name for name in ("github", "bitbucket") if name in book.repository]
        options["repository_provider"] = known[0] if known else "gitlab"
    if book.github:
        options["launch_buttons"] = {
            "notebook_interface": "jupyterlab",
            "colab_url": "https://colab.research.google.com",
            "binderhub_url": "https://mybinder.org",
        }


@cache
def published() -> bool:
    """Whether there is a branch of published notebooks: the workflow makes it before the site."""
    return bool(os.environ.get("GITHUB_REPOSITORY") or git(ROOT, "branch", "--remotes", "--list", f"*/{PUBLISHED}"))


def open_notebooks(app: Sphinx, pagename: str, template: str, context: dict[str, Any], doctree: object) -> None:
    """Colab and Binder cannot open a page's Markdown: a page without a paired notebook has no such button."""
    buttons = context.get("header_buttons", [])
    if not (Path(app.srcdir) / f"{pagename}.ipynb").exists():
        context["header_buttons"] = [button for button in buttons if button.get("label") != "launch-buttons"]
    elif published():
        book = app.config.book_identity
        opening = (group["buttons"] for group in buttons if group.get("label") == "launch-buttons")
        for button in chain.from_iterable(opening):
            for before, after in ((f"{book.github}/blob/", "/"), (f"/v2/gh/{book.github}/", "?")):
                button["url"] = button["url"].replace(f"{before}{book.branch}{after}", f"{before}{PUBLISHED}{after}")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", configure, priority=100)  # before the theme reads its options
    app.connect("html-page-context", open_notebooks, priority=502)  # after it has made its buttons
    return {"parallel_read_safe": True}
