"""Code without marks that show nothing, and folded code that says what it is.

A third of a page's elements were names, points and spaces in spans: a token keeps its span if either style gives it a
look that plain text does not have. And "Show code cell source" said nothing, fifteen times a page.
"""

import re
from functools import cache
from pathlib import Path
from typing import Any

from pygments.formatters import HtmlFormatter
from pygments.styles import get_style_by_name
from pygments.token import Name, _TokenType
from sphinx.application import Sphinx
from sphinx.highlighting import PygmentsBridge

from _ext.pages import change_pages
from _ext.replaced import replace

#: Sphinx marks each word of inline code, against breaks that no browser makes; Pygments each beginning.
WORD = re.compile(r'<span class="pre">([^<]*)</span>')
BEGINNING = "<pre><span></span>"
#: A folded cell as MyST-NB writes it, up to its end, and a little of what follows.
FOLDED = re.compile(
    r'(<details class="admonition hide [\w-]+">\s*)<summary aria-label="Toggle hidden content">'
    r".*?Show code cell (source|content|output)</p>.*?</summary>(.*?</details>)(?=(.{,700}))",
    re.DOTALL,
)
#: What may follow the code that made it, by what its HTML has.
MADE = {"firstorder-widget": "figure", "<img": "plot", "<table": "table"}


@cache
def plain(token: _TokenType, styles: tuple[str, ...]) -> bool:
    """Whether a token looks like a name in every style."""
    looks = map(get_style_by_name, styles)
    return all(style.style_for_token(token) == style.style_for_token(Name) for style in looks)


def formatter(app: Sphinx) -> None:
    options = app.config.html_theme_options
    styles = options["pygments_light_style"], options["pygments_dark_style"]

    class Formatter(HtmlFormatter):  # type: ignore[type-arg]
        def _get_css_classes(self, ttype: _TokenType) -> str:
            return "" if plain(ttype, styles) else super()._get_css_classes(ttype)

    replace(PygmentsBridge, "html_formatter", Formatter)


def named(folded: re.Match[str]) -> str:
    before, kind, inside, after = folded.groups()
    code = re.search(r"<pre>(.*?)</pre>", inside, re.DOTALL)
    count = len(code[1].strip().splitlines()) if code else 0
    lines = f"{count} line{'s' * (count != 1)}"
    shown = after.partition("cell_output")[2]
    made = min((mark for mark in MADE if mark in shown), key=shown.index, default=None)
    of = f" of this {MADE[made]}" if made else ""
    says = {"source": f"Code{of}, {lines}", "content": f"Code, {lines}, and its output", "output": "Output"}[kind]
    return f"{before}<summary>{says}</summary>{inside}"


def lightened(html: str, page: Path) -> str:
    return FOLDED.sub(named, WORD.sub(r"\1", html).replace(BEGINNING, "<pre>"))


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("config-inited", lambda app, config: formatter(app))
    change_pages(app, lightened)
    return {"parallel_read_safe": True}
