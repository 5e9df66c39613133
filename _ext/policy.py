"""Gives every page a Content-Security-Policy: it may load what lies beside it, and run only what it was built with.

As the last that writes pages, it also says of links which leave the book and which lead on, in their `rel`.
`policy` is for whoever writes a page by other means than Sphinx; a page that has a policy when the build ends keeps it.
Of styles only attributes are free, for a formula has hundreds: a `<style>` needs its hash as a `<script>` does.
"""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx
from sphinx.errors import ExtensionError

from _ext.pages import rewrite

META = '<meta http-equiv="Content-Security-Policy" content="{}" />'
INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
DATA = re.compile(r'type="(?!module"|text/javascript")')  # JSON of one kind or another: a browser does not run it
HANDLER = re.compile(r"<[a-z][^<>]*?\s(on[a-z]+)=", re.IGNORECASE)
HEAD = re.compile(r"<head\b[^>]*>(\s*<meta charset=[^>]*>)?")
NEXT = re.compile(r'\s*<link rel="next"[^>]*>')  # Firefox would fetch the page, which is no part of this one
FRAMES = 'class="rule rule-'  # a figure to edit it in is opened below it
EXTERNAL = re.compile(r'<a\b(?=[^>]*\shref="https?:)(?![^>]*\srel=)')


def hashes(html: str, element: str) -> str:
    """Of the page's inline scripts or styles, each once, as the policy writes them."""
    found = [
        text for name, attributes, text in INLINE.findall(html)
        if name == element and text and " src=" not in attributes and not DATA.search(attributes)
    ]  # fmt: skip
    digests = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in dict.fromkeys(found))
    return "".join(f" 'sha256-{digest}'" for digest in digests)


def policy(html: str, also: str = "", **more: str) -> str:
    """The page with its policy as a `<meta>`, first in its head.

    `also` is HTML that the page's scripts write into windows of their own, whose inline scripts and styles are then
    allowed too; `more` adds or replaces directives: `frame_src="'self'"`. An `onclick` and its like is an error.
    """
    if handler := HANDLER.search(INLINE.sub("", html)):
        raise ExtensionError(f"the policy forbids the inline handler {handler[1]!r} in {handler[0]!r}")
    everything = html + also
    directives = {
        "default-src": "'none'",
        "script-src": "'self'" + hashes(everything, "script"),
        "style-src": "'self'" + hashes(everything, "style"),
        "style-src-attr": "'unsafe-inline'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "base-uri": "'none'",
        "form-action": "'self'",
    } | {name.replace("_", "-"): value for name, value in more.items()}
    head = HEAD.search(html)
    if not head:
        raise ExtensionError("a page without a <head> can have no policy")
    meta = META.format("; ".join(f"{name} {value}" for name, value in directives.items()))
    return f"{html[: head.end()]}\n    {meta}{html[head.end() :]}"


def related(html: str) -> str:
    """Links that leave the book say so, and tell the other site nothing; those to the next page say that."""
    html = html.replace('class="left-prev"', 'class="left-prev" rel="prev"')
    html = NEXT.sub("", html.replace('class="right-next"', 'class="right-next" rel="next"'))
    return EXTERNAL.sub('<a rel="external noopener noreferrer"', html)


def governed(html: str, place: Path) -> str:
    if "_static" in place.parts or "<head" not in html:
        return html  # parts of pages, not pages
    done = related(html)
    if "Content-Security-Policy" in done:
        return done
    return policy(done, frame_src="'self'") if FRAMES in done else policy(done)


def finish(app: Sphinx, exception: Exception | None) -> None:
    rewrite(app, exception, governed)


def setup(app: Sphinx) -> dict[str, Any]:
    # Pages are written again when this file has changed, for those that have a policy keep it.
    app.add_config_value("policy_digest", hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), "html")
    app.connect("build-finished", finish, priority=900)  # when all others have written their pages
    return {"parallel_read_safe": True}
