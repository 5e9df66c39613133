"""What a page shows of others that it links to."""

import pytest

from _ext import previews

PAGE = """<article><section id="adam"><h1>Adam</h1>
<p>It adapts.</p><p>More.</p>
<div class="math" id="eq"><div><p>m</p></div></div><figure id="fig"><img src="../_images/a.png"></figure>
<section id="rule"><span id="the-rule"></span><h2>Rule</h2><p>One line.</p><p>Two.</p></section>
<dl><dt id="term">Term</dt><dd><p>Meaning.</p></dd><dt>Other</dt></dl></section></article>"""


@pytest.mark.parametrize(
    ("name", "html"),
    [
        (None, '<section id="adam"><h1>Adam</h1>\n<p>It adapts.</p>'),
        ("eq", '<div class="math" id="eq"><div><p>m</p></div></div>'),
        ("rule", '<section id="rule"><span id="the-rule"></span><h2>Rule</h2><p>One line.</p>'),
        ("the-rule", '<span id="the-rule"></span><h2>Rule</h2><p>One line.</p>'),
        ("term", '<dt id="term">Term</dt><dd><p>Meaning.</p></dd>'),
        ("nowhere", None),
    ],
)
def test_element_is_found_by_its_id(name, html):
    assert previews.element(PAGE, name) == html


def test_a_page_takes_from_others_what_its_links_lead_to():
    link = '<a class="reference internal" href="{}">x</a>'.format
    text = link("chapters/adam.html#fig") + link("chapters/adam.html") + link("#here") + link("gone.html#x")
    found = previews.previews("index.html", {"index.html": text, "chapters/adam.html": PAGE})
    assert list(found) == ["chapters/adam.html", "chapters/adam.html#fig"]
    assert found["chapters/adam.html#fig"] == '<figure id="fig"><img src="_images/a.png"></figure>'
