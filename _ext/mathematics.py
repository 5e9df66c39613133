"""Draws every formula while the book is built, so that pages carry no mathematics script.

KaTeX runs in the V8 that comes as a Python package, which weighs less than half of a Node.js. A formula that it refuses
is a warning, which fails the build.
"""

from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import sphinxcontrib.katex
from py_mini_racer import JSEvalException, MiniRacer
from sphinx.application import Sphinx
from sphinx.util import logging

from _ext.replaced import replace

logger = logging.getLogger(__name__)
SCRIPT = Path(sphinxcontrib.katex.__file__).with_name("katex.min.js")


@cache
def engine() -> MiniRacer:
    """With KaTeX in it; made when the first formula is drawn, after the processes that read chapters are forked."""
    engine = MiniRacer()
    engine.eval(SCRIPT.read_text(encoding="utf-8"))
    return engine


def render(latex: str, options: dict[str, Any] | None = None) -> str:
    options = {"throwOnError": True, "strict": "error"} | (options or {})
    try:
        return str(engine().call("katex.renderToString", latex, options))
    except JSEvalException as error:
        said = str(error).partition("\n")[0].removeprefix("<anonymous>:1: ")  # and then all of KaTeX, as its source
        logger.warning("KaTeX refuses a formula: %s\n%s", said, latex)
        return escape(latex)


def setup(app: Sphinx) -> dict[str, Any]:
    replace(sphinxcontrib.katex, "render_latex", render)  # its visitors look the name up in its module
    return {"parallel_read_safe": True}
