"""What leads through the live figures: every sentence on a state is true of it, and short enough for a phone."""

import pytest

pytest.importorskip("anywidget")

from firstorder import figures
from firstorder.figures.guide import LETTERS, MOST, Choose, Sketch
from firstorder.figures.panel import Panel

KINDS = [getattr(figures, name) for name in figures.__all__]
PANELS = [kind for kind in KINDS if issubclass(kind, Panel)]


@pytest.mark.parametrize("kind", PANELS)
def test_what_a_guide_says_is_true(kind):
    guide, usual = kind.leads, kind().curves()
    for said in (guide.guess, *guide.tour):
        curves = kind(**said.state).curves() if said.state else usual
        assert said.holds(curves, usual), said


@pytest.mark.parametrize("kind", PANELS)
def test_a_guide_asks_one_question_and_leads_through_three_to_five_states(kind):
    guide = kind.leads
    assert guide.question.endswith("?")
    assert 3 <= len(guide.tour) <= 5
    states = [kind(**stop.state).state for stop in guide.tour]
    assert all(state not in states[:k] for k, state in enumerate(states))
    assert kind(**guide.guess.state).state != kind().state or isinstance(guide.guess, Sketch)


@pytest.mark.parametrize("kind", PANELS)
def test_all_that_a_guide_says_fits_into_four_lines_of_a_phone(kind):
    guide = kind.leads
    texts = [f"{guide.question} {guide.attempt}", guide.guess.asked, *(stop.said for stop in guide.tour)]
    assert max(map(len, texts)) <= MOST
    assert 4 * LETTERS[0] >= MOST


@pytest.mark.parametrize("kind", PANELS)
def test_a_guess_has_an_answer_and_a_curve_to_compare_with(kind):
    guess = kind.leads.guess
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
