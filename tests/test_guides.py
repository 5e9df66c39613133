"""What leads through the live figures: every sentence on a state is true of it, and short enough for a phone."""

import ast
import json
import linecache
import re
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest

pytest.importorskip("anywidget")

import firstorder as fo
from firstorder import figures
from firstorder.figures import tours
from firstorder.figures.guide import LETTERS, MOST, Choose, Guide, Sketch, Trace
from firstorder.figures.panel import Panel
from firstorder.figures.spectrum import NESTEROV

CHAPTERS = Path(__file__).parents[1] / "chapters"
KINDS = [getattr(figures, name) for name in figures.__all__]
PANELS = [kind for kind in KINDS if issubclass(kind, Panel)]
TOURS = {name: guide for name, guide in vars(tours).items() if isinstance(guide, Guide)}
GUIDES = [
    *((kind.__name__, kind.leads) for kind in KINDS if kind.leads),
    ("Spectrum", NESTEROV),
    *TOURS.items(),
]
EACH = pytest.mark.parametrize(("name", "guide"), GUIDES, ids=lambda one: one if isinstance(one, str) else "")
#: A link in a sentence that moves a figure of its page (`_ext/see.py`).
SEE = re.compile(r"\{see\}`[^`]*?<([a-z_]+)-\d+\?([^`]+)>`")


def on_its_page(name):
    """The playground of a chapter that has this tour, made by those of its cells' lines that it needs."""
    (text,) = (text for path in CHAPTERS.glob("*.md") if f"tours.{name})" in (text := path.read_text("utf-8")))
    cells = re.findall(r"```\{code-cell\}[^\n]*\n(?:---\n.*?\n---\n|(?::[^\n]*\n)*)(.*?)```", text, re.DOTALL)
    last = next(k for k, cell in enumerate(cells) if f"tours.{name})" in cell)
    lines = [line for cell in cells[: last + 1] for line in ast.parse(cell).body]
    needed, kept = names(lines[-1]), []
    for line in reversed(lines[:-1]):
        if needed & declared(line):
            needed |= names(line)
            kept.insert(0, line)
    source = "\n".join(map(ast.unparse, kept))
    linecache.cache[name] = (len(source), None, source.splitlines(True), name)  # where a rule's source is looked up
    made = {}
    exec(compile(source, name, "exec"), made)
    return eval(compile(ast.Expression(lines[-1].value), name, "eval"), made)


def names(line):
    return {node.id for node in ast.walk(line) if isinstance(node, ast.Name)}


def declared(line):
    match line:
        case ast.Import(names=named) | ast.ImportFrom(names=named):
            return {one.asname or one.name for one in named}
        case ast.FunctionDef(name=name):
            return {name}
        case ast.Assign(targets=targets):
            return {getattr(target, "id", "") for target in targets}
    return set()


comparison = cache(figures.Comparison)


def made(name, guide, state):
    """The figure in that state, as the page has it."""
    if name == "Cover":  # each method at its best, as the front end tunes it
        return figures.Cover(**{**state.get("landscape_parameters", {}), "steps": state.get("steps", 40)})
    figure = on_its_page(name) if name in TOURS else comparison() if name == "Comparison" else None
    if figure is None:
        return getattr(figures, name)(**state)
    for trait, value in figure.reached(state).items():
        setattr(figure, trait, value)
    return figure


def seen(figure):
    if isinstance(figure, Panel):
        return figure.curves()
    if isinstance(figure, figures.Race):
        return figure.lanes()
    if isinstance(figure, figures.Comparison):
        return [fo.OPTIMIZERS[key].rule for key in figure.chosen]
    if isinstance(figure, figures.MethodMap):
        return fo.OPTIMIZERS[figure.selected].rule if figure.selected else None
    return list(figure.trajectories.values())


@EACH
def test_what_a_guide_says_is_true(name, guide):
    usual = seen(made(name, guide, {}))
    for said in (guide.guess, *guide.tour):
        now = seen(made(name, guide, said.state)) if said.state else usual
        assert said.holds(now, usual), said


@EACH
def test_a_guide_asks_one_question_and_leads_through_three_to_five_states(name, guide):
    assert guide.question.endswith("?")
    assert 3 <= len(guide.tour) <= 5
    states = [dict(stop.state) for stop in guide.tour]
    assert all(state not in states[:k] for k, state in enumerate(states))
    assert guide.guess.state or isinstance(guide.guess, Sketch)


@EACH
def test_all_that_a_guide_says_fits_into_five_lines_of_a_phone(name, guide):
    texts = [f"{guide.question} {guide.attempt}", guide.guess.asked, *(stop.said for stop in guide.tour)]
    assert max(map(len, texts)) <= MOST
    assert 5 * LETTERS[0] >= MOST


@EACH
def test_a_guess_has_an_answer_and_something_to_compare_with(name, guide):
    guess = guide.guess
    if isinstance(guess, Choose):
        assert guess.answer in guess.options
        assert len(set(guess.options)) == len(guess.options) > 1
    elif isinstance(guess, Trace):
        assert guess.run < len(seen(made(name, guide, guess.state)))
    else:
        assert guess.curve in made(name, guide, guess.state).curves()


def test_every_kind_of_figure_has_a_guide_but_the_playground_which_has_one_for_each_page():
    assert [kind for kind in KINDS if not kind.leads] == [figures.Playground]
    text = "".join(path.read_text("utf-8") for path in CHAPTERS.glob("*.md"))
    assert text.count("guide=tours.") == len(re.findall(r"(?<!\w)Playground\(", text)) == len(TOURS)


def test_what_a_guide_takes_is_added_to_the_height_of_its_figure():
    plain = figures.Smoothing.pixels
    narrow, wide = figures.Smoothing().room()
    assert plain[0] + 80 < narrow < plain[0] + 200
    assert plain[1] + 60 < wide < plain[1] + 140


def test_a_landscape_brings_its_own_start_and_shape_and_rates():
    figure = figures.Playground(["sgd", "adam"], "himmelblau")
    state = figure.reached({"landscape": "rosenbrock", "optimizers": ["adam"]})
    other = figures.Playground(["adam"], "rosenbrock")
    assert state == {name: getattr(other, name) for name in state}
    assert list(state) == ["landscape", "landscape_parameters", "start", "optimizers"]


def test_links_in_sentences_ask_figures_of_their_page_for_states_that_they_have():
    found = [(path, *link) for path in sorted(CHAPTERS.glob("*.md")) for link in SEE.findall(path.read_text("utf-8"))]
    assert len(found) > 30
    by_module = {kind.module: kind for kind in PANELS}
    for path, module, said in found:
        kind = by_module[module]
        state = {}
        for part in said.split("&"):
            name, value = part.split("=")
            state[name] = json.loads(unquote(value)) if re.match(r"[\d%-]|true|false", value) else value
        kind(**state)  # which refuses what it does not have
        assert re.search(rf"^{kind.__name__}\(", path.read_text("utf-8"), re.MULTILINE), (path, module)
