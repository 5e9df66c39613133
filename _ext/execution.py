"""Makes chapters depend on the package they run: when its Python or its data change, each is read and executed again.

Not for what only the reader's browser runs, scripts and style sheets: no output of a chapter has them in it.

They are executed side by side, on every core.
"""

import os
from collections.abc import Sequence
from typing import Any

import sphinx.builders
from myst_nb.core import render
from myst_nb.core.utils import coalesce_streams
from nbformat import NotebookNode
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.environment import BuildEnvironment

from _ext.replaced import replace
from book.pictures import package_digest


def configure(app: Sphinx, config: Config) -> None:
    config.package_digest = package_digest()


def read_side_by_side(app: Sphinx) -> None:
    # These say nothing of themselves, which would be a warning; they act when all documents are read, or on LaTeX.
    for name in ("sphinx_multitoc_numbering", "sphinx_jupyterbook_latex"):
        replace(app.extensions[name], "parallel_read_safe", True)
    app.parallel = os.cpu_count() or 1


def one_at_a_time(documents: Sequence[str], _processes: int) -> list[Sequence[str]]:
    """Sphinx hands out fourteen at once, and one core waited for another's last chapters."""
    return [documents[k : k + 1] for k in range(len(documents))]


def write_one_by_one(app: Sphinx, env: BuildEnvironment) -> None:
    app.parallel = 1  # formulas are set by one engine


def joined(outputs: list[NotebookNode]) -> list[NotebookNode]:
    """Join what a cell printed without a break: the kernel sends it on by the clock, even in mid-line."""
    whole: list[NotebookNode] = []
    for output in outputs:
        if whole and output.get("name") and output.get("name") == whole[-1].get("name"):
            whole[-1]["text"] += output["text"]
        else:
            whole.append(NotebookNode(output))
    return coalesce_streams(whole)


def setup(app: Sphinx) -> dict[str, Any]:
    replace(sphinx.builders, "make_chunks", one_at_a_time)
    replace(render, "coalesce_streams", joined)  # as it is, it makes a line of each piece
    app.add_config_value("package_digest", "", "env", str)
    app.connect("config-inited", configure)
    app.connect("builder-inited", read_side_by_side)
    app.connect("env-updated", write_one_by_one)
    return {"parallel_read_safe": True}
