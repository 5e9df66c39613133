"""The policy that pages carry: which scripts it lets run, and what it refuses to let pass."""

import base64
import hashlib
from types import SimpleNamespace

import pytest
from sphinx.errors import ExtensionError

from _ext import policy

PAGE = '<html><head><meta charset="utf-8" />{}</head><body>{}</body></html>'


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def directives(html: str) -> dict[str, list[str]]:
    content = html.split('Content-Security-Policy" content="')[1].split('"')[0]
    return {name: values for name, *values in (directive.split() for directive in content.split(";"))}


def test_policy_stands_before_everything_that_it_governs():
    html = policy.policy(PAGE.format("<script src='a.js'></script>", ""))
    assert html.index("<meta charset") < html.index("Content-Security-Policy") < html.index("<script")


def test_only_scripts_and_styles_that_the_page_was_built_with_run():
    head = "<script>first()</script><script data-x>second()</script><style>a {}</style>"
    body = '<script type="application/json">{}</script><script src="a.js"></script><script>first()</script>'
    allowed = directives(policy.policy(PAGE.format(head, body)))
    assert allowed["default-src"] == ["'none'"]
    assert [source for source in allowed["script-src"] if "sha" in source] == [digest("first()"), digest("second()")]
    assert [source for source in allowed["style-src"] if "sha" in source] == [digest("a {}")]
    assert not {"'unsafe-inline'", "'unsafe-eval'", "*", "https:", "data:"} & {
        *allowed["script-src"],
        *allowed["style-src"],
    }


def test_a_page_may_allow_what_it_writes_into_a_window_of_its_own():
    html = policy.policy(PAGE.format("", ""), also="<script>notes()</script>", frame_src="'self'")
    assert digest("notes()") in directives(html)["script-src"]
    assert directives(html)["frame-src"] == ["'self'"]


def test_an_inline_handler_fails_the_build():
    with pytest.raises(ExtensionError, match="inline handler 'onclick'"):
        policy.policy(PAGE.format("", '<button class="a" onclick="go()">'))
    policy.policy(PAGE.format("<script>if (a < b && ' onclick=') {}</script>", "<p>on one=1</p>"))


def test_pages_have_a_policy_wherever_the_book_lies(tmp_path):
    site = tmp_path / "_static" / "book"
    for name in ("page.html", "_static/part.html"):
        (site / name).parent.mkdir(parents=True, exist_ok=True)
        (site / name).write_text(PAGE.format("", ""), encoding="utf-8")
    policy.finish(SimpleNamespace(builder=SimpleNamespace(format="html"), outdir=site), None)
    assert "Content-Security-Policy" in (site / "page.html").read_text(encoding="utf-8")
    assert "Content-Security-Policy" not in (site / "_static" / "part.html").read_text(encoding="utf-8")


def test_links_that_leave_the_book_say_so():
    html = '<a class="x" href="https://a.org">a</a><a href="b.html">b</a><a rel="license" href="https://c.org">c</a>'
    external = '<a rel="external noopener noreferrer" class="x"'
    assert policy.related(html) == html.replace('<a class="x"', external)


def test_the_next_page_is_led_to_and_not_fetched():
    html = '<link rel="next" title="B" href="b.html" /><a class="right-next" href="b.html">b</a>'
    assert policy.related(html) == '<a class="right-next" rel="next" href="b.html">b</a>'
