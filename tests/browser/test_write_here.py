"""An exercise that asks for a rule, answered on its page: Python checks it there, as it does in a notebook."""

import json

import pytest
from accessibility import complaints
from built import parsed
from firefox import Firefox
from playwright.sync_api import Browser, Locator, Page, expect

import firstorder as fo
from firstorder.exercises import EXERCISES, Verdict, check

KEY = "to_nesterov"
EXERCISE = EXERCISES[KEY]
PAGE = f"chapters/{EXERCISE.chapter}.html"
#: What Python, its files and this machine may take until the first verdict.
PATIENCE = 60_000
LOADED = "performance.getEntriesByType('resource').filter(({name}) => /\\/python\\/|edit\\.js/.test(name)).length"
STORED = f"localStorage.getItem('firstorder.exercise.{KEY}')"


def verdict(answer: str) -> Verdict:
    """This Python's, of a text."""
    from firstorder.page.accept import defined

    return check(defined(answer, fo.optimizer), KEY)


def paragraphs(says: Locator) -> list[str]:
    return says.locator("p").all_text_contents()


def test_an_answer_is_checked_on_the_page(page: Page, site: str) -> None:
    page.goto(f"{site}/{PAGE}")
    place = page.locator(f"#write-{KEY}")
    assert page.evaluate(LOADED) == 0
    place.get_by_role("button", name="Write it here").click()
    editor, says = place.locator(".cm-content"), place.get_by_role("status")
    expect(editor).to_be_focused()
    expect(editor).to_contain_text(f"def {KEY}(")
    editor.press("Control+Enter")
    expect(says).to_contain_text("Not yet", timeout=PATIENCE)
    assert paragraphs(says) == list(verdict(EXERCISE.start).says)

    def answered(text: str, begins: str) -> None:
        editor.fill(text)
        place.get_by_role("button", name="Check").click()
        expect(says.locator("p").first).to_contain_text(begins)

    # Each usual mistake is known for what it is, with the numbers of this Python.
    for mistake in EXERCISE.mistakes:
        text = EXERCISE.solution.replace(mistake.was, mistake.now)
        answered(text, "Not yet")
        expect(says).to_contain_text(mistake.says)
        assert paragraphs(says) == list(verdict(text).says)
    # What is no rule is said with its line, and marked there.
    answered(EXERCISE.start.replace("* b\n", "* c\n"), "This cannot be read as a rule. Line 3:")
    expect(place.locator(".cm-lintRange-error")).to_have_text("c")
    answered("x" * 30_000, "the text has 30000 characters")
    answered("def f(p, g, *, rate=1):\n    p = p - rate * g\n    return p", "The hyperparameters asked for are lr and")
    expect(place.locator(".solved")).to_have_count(0)
    answered(EXERCISE.solution, "Right: on 5 streams")
    assert paragraphs(says) == list(verdict(EXERCISE.solution).says)
    expect(place.locator(".solved")).to_be_visible()
    # What does not end is stopped by a button, or by time (tests/browser/test_edit.py).
    answered(EXERCISE.start.replace("lr * b", "lr * b * 10**10**10"), "Checking")
    place.get_by_role("button", name="Stop").click()
    expect(says).to_contain_text("Python was stopped.")
    place.get_by_role("button", name="Start over").click()
    expect(editor).not_to_contain_text("10**10")
    # This browser remembers: here, and on the page of all.
    editor.fill(EXERCISE.solution)
    for theme in ("light", "dark"):
        page.emulate_media(color_scheme=theme)
        assert complaints(page, f"#write-{KEY}") == ""
    page.reload()
    expect(place.locator(".solved")).to_be_visible()
    assert json.loads(page.evaluate(STORED)) == {"text": EXERCISE.solution, "solved": True}
    page.goto(f"{site}/exercises.html")
    expect(page.locator(".progress-kept")).to_contain_text(f"Solved: 1 of the {len(EXERCISES)}")
    expect(page.locator(f"[data-exercise={KEY}] .solved")).to_be_visible()
    page.get_by_role("button", name="Forget them").click()
    expect(page.locator(".progress-kept")).to_contain_text("Solved: 0 of the")
    assert page.evaluate(STORED) is None


def test_only_the_readers_own_answer_is_judged_in_sight(browser: Browser, site: str) -> None:
    """The cell above, and what a notebook said of it, are another's; without scripts they are all there is."""
    for scripts in (False, True):
        context = browser.new_context(viewport={"width": 360, "height": 640}, java_script_enabled=scripts)
        page = context.new_page()
        page.goto(f"{site}/{PAGE}")
        place = page.locator(f"#write-{KEY}")
        cell = page.locator(f".cell:has(+ #write-{KEY})")
        verdicts = cell.locator(".cell_output")
        expect(cell.locator(".cell_input")).to_be_visible()
        expect(verdicts).to_be_visible(visible=not scripts)
        if scripts:
            place.get_by_role("button", name="Write it here").click()
            expect(place.locator(".cm-content")).to_be_focused()
            expect(cell).to_be_hidden()
            place.get_by_role("button", name="Check").click()
            says = place.get_by_role("status")
            expect(says).to_contain_text("Not yet", timeout=PATIENCE)
            expect(says.locator("p").last).to_be_in_viewport()
            page.emulate_media(media="print")
            expect(verdicts).to_be_visible()
        context.close()


def test_every_exercise_has_its_place() -> None:
    chapters = {exercise.chapter for exercise in EXERCISES.values()}
    starts = {
        place["data-exercise"]: place["data-start"]
        for chapter in chapters
        for place in parsed(f"chapters/{chapter}.html").select(".write-it")
    }
    assert starts == {key: exercise.start for key, exercise in EXERCISES.items()}
    links = {link["href"] for link in parsed("exercises.html").select("[data-exercise] a")}
    assert links == {f"chapters/{one.chapter}.html#write-{key}" for key, one in EXERCISES.items()}


@pytest.mark.parametrize("kept", ["null", "3", "{", json.dumps({"text": 3, "solved": "yes"})])
def test_what_another_page_has_kept_is_not_trusted(kept: str, page: Page, site: str) -> None:
    page.goto(f"{site}/exercises.html")
    page.evaluate(f"localStorage.setItem('firstorder.exercise.{KEY}', {json.dumps(kept)})")
    page.reload()
    expect(page.locator(".progress-kept")).to_contain_text("Solved: 0 of the")


def test_another_tab_hears_what_is_solved(page: Page, site: str) -> None:
    page.goto(f"{site}/{PAGE}")
    other = page.context.new_page()
    other.goto(f"{site}/exercises.html")
    page.evaluate(f"localStorage.setItem('firstorder.exercise.{KEY}', '{json.dumps({'solved': True})}')")
    expect(other.locator(f"[data-exercise={KEY}] .solved")).to_be_visible()


def test_where_nothing_is_kept_and_no_python_runs_the_page_says_why(page: Page, base: str) -> None:
    page.add_init_script("Object.defineProperty(window, 'localStorage', {get() { throw new Error('blocked') }})")
    page.add_init_script("delete window.Worker")
    page.goto(f"{base}/{PAGE}")
    place = page.locator(f"#write-{KEY}")
    place.get_by_role("button", name="Write it here").click()
    expect(place.locator(".cm-content")).to_contain_text(f"def {KEY}(")
    place.get_by_role("button", name="Check").click()
    why = "opened from a folder" if base.startswith("file:") else "has no workers"
    expect(place.get_by_role("status")).to_contain_text(why)


def test_firefox_checks_an_answer_too(site: str, firefox: Firefox) -> None:
    firefox.goto(f"{site}/{PAGE}")
    firefox.evaluate(f"document.querySelector('#write-{KEY} button').click()")
    firefox.wait_for(f"document.querySelector('#write-{KEY} .fo-editor')")
    firefox.evaluate(
        f"[...document.querySelectorAll('#write-{KEY} button')].find(b => b.textContent == 'Check').click()"
    )
    said = f"document.querySelector('#write-{KEY} .verdict').textContent"
    firefox.wait_for(f"{said}.startsWith('Not yet')", seconds=PATIENCE / 1000)
    assert firefox.evaluate(said) == "".join(verdict(EXERCISE.start).says)
