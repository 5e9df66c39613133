"""What leads through the live figures: every sentence on a state is true of it, and short enough for a phone."""

import json
import re
from pathlib import Path

import pytest

pytest.importorskip("anywidget")

from firstorder import figures
from firstorder.figures.guide import LETTERS, MOST, Choose, Sketch
from firstorder.figures.panel import Panel
from firstorder.figures.spectrum import NESTEROV

KINDS = [getattr(figures, name) for name in figures.__all__]
PANELS = [kind for kind in KINDS if issubclass(kind, Panel)]
GUIDES = [*((kind, kind.leads) for kind in PANELS), (figures.Spectrum, NESTEROV)]
EACH = pytest.mark.parametrize(("kind", "guide"), GUIDES)
CHAPTERS = Path(__file__).parents[1] / "chapters"
#: A link in a sentence that moves a figure of its page (`_ext/see.py`).
SEE = re.compile(r"\{see\}`[^`]*?<([a-z_]+)-\d+\?([^`]+)>`")


@EACH
def test_what_a_guide_says_is_true(kind, guide):
    usual = kind().curves()
    for said in (guide.guess, *guide.tour):
        curves = kind(**said.state).curves() if said.state else usual
        assert said.holds(curves, usual), said


@EACH
def test_a_guide_asks_one_question_and_leads_through_three_to_five_states(kind, guide):
    assert guide.question.endswith("?")
    assert 3 <= len(guide.tour) <= 5
    states = [kind(**stop.state).state for stop in guide.tour]
    assert all(state not in states[:k] for k, state in enumerate(states))
    assert kind(**guide.guess.state).state != kind().state or isinstance(guide.guess, Sketch)


@EACH
def test_all_that_a_guide_says_fits_into_four_lines_of_a_phone(kind, guide):
    texts = [f"{guide.question} {guide.attempt}", guide.guess.asked, *(stop.said for stop in guide.tour)]
    assert max(map(len, texts)) <= MOST
    assert 4 * LETTERS[0] >= MOST


@EACH
def test_a_guess_has_an_answer_and_a_curve_to_compare_with(kind, guide):
    guess = guide.guess
    if isinstance(guess, Choose):
        assert guess.answer in guess.options
        assert len(set(guess.options)) == len(guess.options) > 1
    else:
        assert guess.curve in kind(**guess.state).curves()


def test_what_a_guide_takes_is_added_to_the_height_of_its_figure():
    plain = figures.Smoothing.pixels
    narrow, wide = figures.Smoothing().heights()
    assert plain[0] + 80 < narrow < plain[0] + 200
    assert plain[1] + 60 < wide < plain[1] + 140


def test_links_in_sentences_ask_figures_of_their_page_for_states_that_they_have():
    found = [(path, *link) for path in sorted(CHAPTERS.glob("*.md")) for link in SEE.findall(path.read_text("utf-8"))]
    assert len(found) > 15
    by_module = {kind.module: kind for kind in PANELS}
    for path, module, said in found:
        kind = by_module[module]
        state = {}
        for part in said.split("&"):
            name, value = part.split("=")
            state[name] = json.loads(value) if re.match(r"[\d-]|true|false", value) else value
        kind(**state)  # which refuses what it does not have
        assert re.search(rf"^{kind.__name__}\(", path.read_text("utf-8"), re.MULTILINE), (path, module)
