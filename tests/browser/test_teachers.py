"""The page for teachers: its links set the figures that they name, and all that it lists is there."""

import re
from urllib.parse import unquote

import pytest
from built import HTML

TEACHING = HTML / "teaching.html"
LIVE = re.compile(r'<a class="[^"]*\blive\b[^"]*" href="([^"#]+)#([^"?]+)\??([^"]*)"')
links = LIVE.findall(TEACHING.read_text("utf-8")) if TEACHING.exists() else []


@pytest.mark.parametrize(("path", "figure", "state"), sorted(set(links)))
def test_link_sets_its_figure(path, figure, state, site, page):
    address = state.replace("&amp;", "&")
    page.goto(f"{site}/{path}#{figure}?{address}")
    # A chapter's figure by its id, or the only one of a page of its own.
    shown = page.locator(f".firstorder-widget[id='{figure}']").or_(page.locator(".firstorder-widget")).first
    drawn = shown.locator("> div:not(.firstorder-fallback) > :first-child")
    drawn.wait_for(timeout=20_000)
    given, changes = drawn.evaluate("node => [node.figure.given, node.figure.changes]")
    asked = re.findall(r"(\w+)=", re.sub(r"\{.*?\}", "", unquote(address)))
    wanted = {name for name in asked if name in given}
    assert wanted == set(asked)
    assert set(changes) >= wanted - same_as_given(given, address)


def same_as_given(given: dict, address: str) -> set[str]:
    """What the link asks for though the figure has it anyway: it is said for the reader."""
    plain = dict(part.split("=", 1) for part in address.split("&") if re.fullmatch(r"\w+=[\w.-]+", part))
    return {name for name, value in plain.items() if str(given[name]).removesuffix(".0") == value.removesuffix(".0")}


def test_there_are_links_to_figures_in_every_lesson():
    lessons = re.findall(r'<section id="lesson-\d.*?</section>', TEACHING.read_text("utf-8"), re.DOTALL)
    assert len(lessons) == 6
    assert all(LIVE.search(lesson) for lesson in lessons)


def test_claims_are_where_the_page_says():
    text = TEACHING.read_text("utf-8")
    claims = re.findall(r'href="chapters/(\w+)\.html#(claim-[\w-]+)"', text)
    assert len(claims) > 40
    for chapter, anchor in claims:
        assert f'id="{anchor}"' in (HTML / "chapters" / f"{chapter}.html").read_text("utf-8"), anchor


def test_all_exercises_are_listed_and_on_sheets():
    listed = (HTML / "exercises.html").read_text("utf-8")
    sheets = [path.read_text("utf-8") for path in (HTML / "sheets").glob("*.html") if "-solutions" not in path.stem]
    assert listed.count("<li>") >= sum(sheet.count("<h2>Exercise ") for sheet in sheets) > 90
