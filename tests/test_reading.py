"""What is added to chapters for the reader: links to the glossary, and how long they take."""

from types import SimpleNamespace

from docutils import nodes
from docutils.core import publish_doctree

from _ext import glossary, reading_time
from book.identity import ROOT

MEANINGS = {"rate": "term-rate", "learning rate": "term-learning-rate", "mini-batch": "term-mini-batch"}


def linked(text: str, document: str = "chapters/adam") -> list[tuple[str, str]]:
    objects = [(name, name, "term", "glossary", anchor, -1) for name, anchor in MEANINGS.items()]
    domain = SimpleNamespace(get_objects=lambda: objects)
    builder = SimpleNamespace(get_relative_uri=lambda here, there: f"../{there}.html")
    app = SimpleNamespace(env=SimpleNamespace(get_domain=lambda name: domain), builder=builder)
    doctree = publish_doctree(f"Adam\n====\n\nFirst.\n\nNext\n----\n\n{text}")
    before = doctree.astext()
    glossary.link(app, doctree, document)
    assert doctree.astext() == before
    return [(one.astext(), one["refuri"]) for one in doctree.findall(nodes.reference) if "term" in one["classes"]]


def test_a_term_is_linked_where_it_first_stands():
    assert linked("A rate and a Rate.\n\nThe rate.") == [("rate", "../glossary.html#term-rate")]


def test_the_longest_term_wins_and_plurals_count():
    found = linked("Learning rates of mini-batches, the rate.")
    assert [text for text, _ in found] == ["Learning rates", "mini-batches", "rate"]


def test_code_links_and_other_pages_stay_as_they_are():
    assert linked("``rate`` and `rate <https://a.org>`_ and separate and rate-free") == []
    assert linked("A rate.", "chapters/claims") == []
    assert linked("A rate.", "api") == []


def test_every_term_of_the_glossary_is_used_in_a_chapter():
    lines = (ROOT / "glossary.md").read_text(encoding="utf-8").split("```")[1].splitlines()[1:]
    names = [line for line in lines if line and not line.startswith(" ")]
    assert names == sorted(names, key=str.lower)
    texts = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "chapters").glob("*.md"))
    assert [name for name in names if not glossary.pattern({name}).search(texts)] == []


def test_reading_time_counts_words_formulas_and_lines_but_nothing_folded():
    page = nodes.section()
    page += nodes.paragraph("", "Three plain words")
    page += nodes.math_block("", "x = 1")
    page += nodes.literal_block("", "a = 1\nb = 2")
    page += nodes.container("", nodes.paragraph("", "A solution."), classes=["sd-dropdown"])
    assert reading_time.words(page) == 3 + 20 + 2 * 5
