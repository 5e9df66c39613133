"""Formulas are MathML, their symbols carry the names that rules have for them, and their font has every letter."""

import re
from html import unescape

import pytest
from docutils import nodes
from fontTools.ttLib import TTFont
from gate import missing

from _ext import mathematics, tables
from _ext.mathematics import names_of, render
from book.identity import ROOT
from book.symbols import mark
from checks.mathfont import SLANTED
from firstorder import OPTIMIZERS
from firstorder.reading.tex import name_tex


def marked(tex: str, *rules: str) -> list[tuple[str, str]]:
    return re.findall(r'<(\w+) data-symbol="(\w+)"', mark(render(tex), names_of(rules)))


@pytest.mark.parametrize(
    ("tex", "found"),
    [
        (r"\beta_2", [("msub", "beta2")]),
        (r"1 - \beta_2^t", [("msubsup", "beta2")]),
        (r"\beta_{2,t}", [("msub", "beta2")]),
        (r"v_t, v_{t-1}, v_0", [("msub", "v")] * 3),
        (r"g_t^2", [("msubsup", "g")]),
        (r"\eta\,\hat m_t", [("mi", "lr"), ("msub", "m_hat")]),
        (r"\sqrt{\hat v_t} + \epsilon", [("msub", "sqrt_v_hat"), ("mi", "eps")]),
        (r"\theta_t", [("msub", "p")]),
        (r"\eta_{\max}, \beta_3, \bar v", []),  # symbols of their own
    ],
)
def test_a_symbol_carries_its_name_and_its_parts_carry_none(tex, found):
    assert marked(tex, "adam") == found


def test_symbols_are_those_of_the_rules_at_hand():
    assert marked(r"\mu", "adam") == []
    assert marked(r"\mu", "momentum") == [("mi", "momentum")]
    assert marked(r"\beta_2") == []


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_the_hyperparameters_of_a_rule_are_found_in_its_formula(rule):
    shown = {name for _, name in marked(OPTIMIZERS[rule].tex(), rule)}
    assert "p" in shown
    tex = OPTIMIZERS[rule].tex()
    written = {
        name for name in ("lr", "beta1", "beta2", "eps") if re.search(rf"{re.escape(name_tex(name))}(?![_^])", tex)
    }
    assert written & OPTIMIZERS[rule].rule.hyperparameters.keys() <= shown


@pytest.mark.parametrize("rule", OPTIMIZERS)
def test_nothing_is_multiplied_by_one(rule):
    """So SymPy keeps 1 / lr, where nothing is evaluated."""
    assert r"1 \frac" not in OPTIMIZERS[rule].tex()


def test_a_formula_that_is_refused_is_a_warning(caplog):
    render.cache_clear()
    assert render(r"\nosuchcommand") == r"\nosuchcommand"


def test_punctuation_stays_with_its_formula():
    document = nodes.paragraph("", "", nodes.Text("so ("), nodes.math("", "x"), nodes.Text("), and"))
    tree = mathematics.KeepTogether.__new__(mathematics.KeepTogether)
    tree.document = document
    mathematics.KeepTogether.run(tree)
    kept = document.next_node(nodes.inline)
    assert kept.astext() == "(x),"
    assert document.astext() == "so (x), and"


def test_the_full_stop_behind_a_formula_is_taken_from_there_and_from_no_sentence_before():
    """Two texts that read alike: after a citation, and after the formula."""
    cited = nodes.emphasis("", "Beck")
    texts = [nodes.Text("as in "), cited, nodes.Text("."), nodes.emphasis("", " Then "), nodes.math("", "x")]
    document = nodes.paragraph("", "", *texts, nodes.Text("."))
    tree = mathematics.KeepTogether.__new__(mathematics.KeepTogether)
    tree.document = document
    mathematics.KeepTogether.run(tree)
    assert document.astext() == "as in Beck. Then x."


def test_punctuation_is_part_of_a_formula_that_breaks():
    long = r"\theta_k = a^k \phi - \eta \sum_{j=1}^{k} a^{k-j} \xi_j"
    document = nodes.paragraph("", "", nodes.math("", long), nodes.Text(". So"))
    tree = mathematics.KeepTogether.__new__(mathematics.KeepTogether)
    tree.document = document
    mathematics.KeepTogether.run(tree)
    assert document.next_node(nodes.math)["sign"] == "."
    assert not document.next_node(nodes.inline).astext().endswith(".")
    assert mathematics.breaks(render(long))
    assert not mathematics.breaks(render("x"))


def test_the_head_of_a_column_keeps_its_roots_on_a_card():
    assert [tables.text(f"SGD, {render(tex)}") for tex in ("1/w", r"1/\sqrt w")] == ["SGD, 1/w", "SGD, 1/√w"]


def test_the_font_has_every_letter_of_every_formula():
    site = ROOT / "_build" / "html"
    if not site.exists():
        missing("the book is not built: run `make book`")
    known = TTFont(ROOT / "assets" / "type" / "math.woff2").getBestCmap()
    lost: dict[str, str] = {}
    for path in site.rglob("*.html"):
        for formula in re.findall(r"<math.*?</math>", path.read_text(encoding="utf-8"), re.DOTALL):
            for tag, text in re.findall(r"<(\w+)[^<>]*>([^<>]+)<", formula):
                letters = unescape(text)
                letters = SLANTED.get(letters, letters) if tag == "mi" else letters
                lost |= {letter: path.name for letter in letters if ord(letter) not in known and not letter.isspace()}
            if "<msqrt" in formula and ord("√") not in known:
                lost["√"] = path.name
    assert not lost


def test_type_weighs_no_more_than_it_may():
    weights = {path.stem: path.stat().st_size for path in (ROOT / "assets" / "type").glob("*.woff2")}
    assert weights.pop("math") <= 35_000
    assert sum(weights.values()) <= 80 * 1024
