"""How text and formulas stand on the page, in both browsers: nothing cut without a sign, nothing alone on a line."""

import pytest
from built import pages, some

#: Equations wider than their place that do not scroll, and formulas in a line that leave their paragraph.
CUT = """[...document.querySelectorAll("article math")].filter(formula => {
    const box = formula.closest(".formula-box"), place = formula.closest("p, li, td, dd, h1, h2, h3, figcaption")
    const edge = formula.getBoundingClientRect()
    if (box) return edge.left < box.getBoundingClientRect().left - 1
        || (box.scrollWidth > box.clientWidth && getComputedStyle(box).backgroundImage === "none")
    return edge.width && place && edge.right > place.getBoundingClientRect().right + 1
        && !formula.closest("table, .formula-box")
}).map(formula => formula.dataset.tex)"""
#: Punctuation that begins a line below its formula.
ALONE = """[...document.querySelectorAll(".kept")].filter(kept => {
    const sign = kept.lastChild, formula = kept.querySelector("math").getBoundingClientRect()
    if (sign.nodeType !== 3 || !formula.width) return false
    const range = document.createRange()
    range.selectNodeContents(sign)
    return range.getBoundingClientRect().top > formula.bottom
}).map(kept => kept.textContent)"""
#: Roots of a letter with more than a gap of a fifth of an em between the letter and what follows.
LOOSE = """[...document.querySelectorAll("article msqrt")].filter(root => {
    if (root.textContent.length !== 1) return false
    const next = root.nextElementSibling, size = parseFloat(getComputedStyle(root).fontSize)
    return next && next.getBoundingClientRect().left - root.firstElementChild.getBoundingClientRect().right > 0.2 * size
        && next.textContent === ")"
}).length"""
FACES = """[...document.fonts].filter(face => face.status === "loaded").map(face => face.family.replaceAll('"', ""))"""
ASKED = ("chapters/adam.html", "chapters/bias_correction.html", "chapters/training.html")
OURS = {"First Order Text", "First Order Code", "First Order Math"}


@pytest.mark.parametrize("path", [path for path in some(pages()) if path in ASKED])
def test_formulas_are_whole_on_a_phone(page, site, path):
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site}/{path}")
    page.evaluate("document.fonts.ready")
    assert page.evaluate(CUT) == []
    assert page.evaluate(ALONE) == []
    assert set(page.evaluate(FACES)) >= OURS
    assert page.evaluate("document.querySelectorAll('.katex, .math > span.math').length") == 0


def test_a_root_is_as_wide_as_what_is_under_it(page, site):
    page.goto(f"{site}/chapters/momentum.html")
    page.evaluate("document.fonts.ready")
    assert page.evaluate("[...document.querySelectorAll('article msqrt')].some(root => root.textContent === 'μ')")
    assert page.evaluate(LOOSE) == 0


def test_no_root_lies_on_what_follows_in_another_font(page, site):
    """On a slow first visit the formulas stand in what the reader's machine has."""
    page.goto(f"{site}/chapters/momentum.html")
    page.evaluate("""[...document.styleSheets].find(sheet => sheet.href?.includes("page"))
        .insertRule("math { font-family: serif !important }")""")
    covered = """[...document.querySelectorAll("article msqrt")].filter(root => root.nextElementSibling
        && root.lastElementChild.getBoundingClientRect().right
        > root.nextElementSibling.getBoundingClientRect().left + 1).length"""
    assert page.evaluate("document.querySelectorAll('article msqrt').length") > 5
    assert page.evaluate(covered) == 0


def test_formulas_are_whole_in_firefox_too(firefox, site):
    firefox.goto(f"{site}/chapters/adam.html")
    firefox.wait_for("document.fonts.status === 'loaded'")
    assert firefox.evaluate(CUT) == []
    assert firefox.evaluate(ALONE) == []
    assert firefox.evaluate("document.querySelectorAll('[data-symbol=beta2]').length") > 5


def test_a_page_is_light(page, site):
    """KaTeX's spans made 14,410 elements of Adam."""
    page.goto(f"{site}/chapters/adam.html")
    assert page.evaluate("document.querySelectorAll('math, math *').length") < 2000
