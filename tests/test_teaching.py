"""What decks, handouts and sheets take from a chapter, and what its author's marks do."""

from html import escape

import pytest
from bs4 import BeautifulSoup

from _ext import teaching
from book import blocks, pair, papers
from book.exercises import Task, tasks
from book.slides import CODE_LINES, ROOM, slides

FORMULA = '<div class="math"><span class="eqno">(1)</span><div class="formula-box"><math><mi>x</mi></math></div></div>'


def cell(code, output="", tag=""):
    return (
        f'<div class="cell {tag}"><div class="cell_input"><div class="highlight"><pre>{escape(code)}</pre></div></div>'
        f'<div class="cell_output">{output}</div></div>'
    )


def read(*sections, exercises="", sources=""):
    body = "".join(f"<section id='s{n}'><h2>Part {n}</h2>{text}</section>" for n, text in enumerate(sections))
    ends = f"<section id='exercises'><h2>Exercises</h2>{exercises}</section><section id='sources'>{sources}</section>"
    page = f"<section id='adam'><h1>Adam</h1><p>It adapts. We can say how.</p>{body}{ends}</section>"
    return blocks.chapter("chapters/adam", page)


def mark(kind, text=""):
    return f'<teaching-mark kind="{kind}">{text}</teaching-mark>\n'


def shown(chapter):
    """Title and text of each slide, without the first two, which are of the lead."""
    return [
        (s.title, BeautifulSoup("".join(s.body), "html.parser").get_text(" ", strip=True)) for s in slides(chapter)
    ][2:]


def test_comments_hold_marks_and_nothing_else_does():
    comment = "slide: Two averages\npoint: One of $g$,\none of its square.\nshow\nskip"
    assert list(blocks.marks(comment)) == [
        ("slide", "Two averages"),
        ("point", "One of $g$, one of its square."),
        ("show", ""),
        ("skip", ""),
    ]
    assert not list(blocks.marks("TODO: say more of slides\nslides are made elsewhere"))


def test_marks_do_not_reach_the_page():
    assert blocks.without_marks(f"<p>a</p>{mark('point', '<b>x</b>')}<p>b</p>") == "<p>a</p><p>b</p>"


def test_a_mark_may_hold_formulas_and_emphasis():
    html = teaching.inline("**Twice** $x$")
    assert html.startswith("<strong>Twice</strong>")
    assert "<math" in html


def test_a_deck_begins_with_what_the_chapter_is_for():
    title, goals, *_ = slides(read("<p>Some prose of some length.</p>"))
    assert title.kind == "title"
    assert "It adapts." in title.body[0]
    assert goals.body == ["<p>We can say how.</p>"]


def test_marked_sentences_stand_on_the_slide_and_prose_in_the_notes():
    chapter = read(mark("point", "Short.") + "<p>The long way to say it.</p>" + FORMULA)
    slide = slides(chapter)[2]
    assert slide.body[0] == "<p>Short.</p>"
    assert "formula-box" in slide.body[1]
    assert slide.notes == ["<p>The long way to say it.</p>"]


def test_a_mark_begins_a_slide_of_its_own_title():
    chapter = read(mark("point", "One.") + mark("slide", "Other") + mark("point", "Two."))
    assert shown(chapter) == [("Part 0", "One."), ("Other", "Two.")]


def test_cells_stand_on_marked_slides_only_if_shown_and_formulas_unless_skipped():
    chapter = read(mark("point", "A.") + cell("x = 1") + mark("show") + cell("y = 2") + mark("skip") + FORMULA)
    assert shown(chapter) == [("Part 0", "A. y = 2")]


def test_without_marks_short_sentences_stand_on_the_slide():
    long = "This sentence is so long that nobody would read it from a slide, " * 4
    chapter = read(f"<p>A claim of fitting length. And more.</p><p>{long}.</p>")
    assert shown(chapter) == [("Part 0", "A claim of fitting length.")]


@pytest.mark.parametrize(("lines", "stands"), [(CODE_LINES, True), (CODE_LINES + 1, False)])
def test_without_marks_only_short_cells_stand_on_the_slide(lines, stands):
    chapter = read("<p>A claim of fitting length.</p>" + cell("\n".join(["pass"] * lines)))
    assert ("pass" in shown(chapter)[0][1]) is stands


def test_what_the_page_folds_away_stays_there():
    chapter = read("<p>A claim of fitting length.</p>" + cell("assert True", tag="tag_hide-cell"))
    assert "assert" not in str(slides(chapter))


def test_a_full_slide_is_followed_by_another_of_its_title():
    chapter = read("<p>A claim of fitting length.</p>" + FORMULA * 12)
    made = [slide for slide in slides(chapter) if slide.title == "Part 0"]
    assert len(made) > 1
    assert all(slide.height <= ROOM for slide in made)


def test_a_live_figure_has_a_slide_to_itself():
    live = cell("Playground()", "<div><div class='firstorder-widget' id='playground-1'>{}</div></div>")
    chapter = read(f"{mark('point', 'Before.')}{live}{mark('point', 'Behind.')}")
    assert [slide.kind for slide in slides(chapter)[2:]] == ["text", "live", "text"]


def test_long_tables_are_cut_between_rows_and_keep_their_head():
    rows = "".join(f"<tr><td>+</td><td>{'claim ' * 12}</td><td><strong>holds</strong></td></tr>" for _ in range(12))
    table = f"<div><table><thead><tr><th>±</th></tr></thead><tbody>{rows}</tbody></table></div>"
    made = [slide for slide in slides(read(table)) if slide.kind == "table"]
    assert len(made) > 1
    assert all("<th>±</th>" in slide.body[0] for slide in made)
    assert sum(slide.body[0].count("<td>+</td>") for slide in made) == 12


def test_links_are_right_from_beside_the_chapters():
    chapter = read(
        '<p>See <a href="momentum.html">there</a>, <a href="#s0">here</a>, <a href="../api.html">api</a>.</p>'
    )
    notes = "".join(slides(chapter)[-1].notes)
    for address in ("../chapters/momentum.html", "../chapters/adam.html#s0", "../api.html"):
        assert f'href="{address}"' in notes


BOTH_FORMS = """
<ol><li><p>Derive it.</p><details class="sd-dropdown"><div class="sd-card-body"><p>So.</p></div></details></li></ol>
<p><strong>2.</strong> Compute it.</p><div class="cell"><div class="cell_input"><div class="highlight"><pre>answer = 0
</pre></div></div></div><div class="cell tag_hide-cell"><details><div class="cell_input"><div class="highlight"><pre>
# Solution
answer = 1</pre></div></div></details></div>
"""


def test_exercises_are_found_in_both_forms():
    first, second = read("", exercises=BOTH_FORMS).exercises
    assert (first.number, second.number) == ("1", "2")
    assert "Derive it." in str(first.task)
    assert "So." in str(first.solution)
    assert "answer = 0" in str(second.task)
    assert "answer = 1" in str(second.solution)


def test_a_sheet_has_room_and_no_solution():
    chapter = read("", exercises=BOTH_FORMS)
    sheet, solved = papers.sheet(chapter, solved=False), papers.sheet(chapter, solved=True)
    assert "So." not in sheet
    assert "answer = 1" not in sheet
    assert 'class="room"' in sheet
    assert "So." in solved
    assert "answer = 1" in solved
    assert 'class="room"' not in solved
    assert papers.total(chapter) == sum(map(papers.points, chapter.exercises))


def test_the_speakers_window_is_what_reveal_writes():
    soup = BeautifulSoup(teaching.speaker(), "html.parser")
    assert soup.title.get_text() == "reveal.js - Speaker View"
    assert len(soup.find_all("script")) == 1


# The list of all exercises


def test_exercises_of_both_forms_are_listed_without_their_solutions():
    text = (
        "## Exercises\n\n1. **Checked.** Solve it\n   now.\n\n```{code-cell}\nanswer = 0\n```\n\n**2.** Derive it.\n\n"
    )
    text += "```{dropdown} Solution\nSo.\n```\n\n## Sources\n\n1. Not one.\n"
    assert tasks(text) == [Task(1, "Solve it now.", True), Task(2, "Derive it.", False)]


def test_a_cell_that_is_folded_away_makes_no_exercise_one_of_the_notebook():
    text = "## Exercises\n\n1. Derive it.\n\n```{code-cell}\n:tags: [hide-cell]\n\nassert True\n```\n"
    assert tasks(text) == [Task(1, "Derive it.", False)]


def test_an_exercise_that_asks_for_a_rule_is_known_by_its_key():
    text = (
        "## Exercises\n\n1. Mend it.\n\n```{code-cell}\nanswer = 0\n```\n\n```{hints} mend_adam\n```\n\n2. Derive it.\n"
    )
    assert tasks(text) == [Task(1, "Mend it.", True, "mend_adam"), Task(2, "Derive it.", False)]


def test_a_chapter_without_exercises_has_none():
    assert tasks("# Notation\n\n1. A list.\n") == []


def test_notebooks_show_no_marks():
    found = [path for path, text in pair.pairs().items() if "% point:" in text]
    assert not found
