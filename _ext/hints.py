"""The directive `{hints} KEY`, below an exercise of the package: the place where a page's script lets the reader write
the answer (`assets/page/exercises.js`), the hints, each folded into the one before it, and a solution.
"""

from html import escape
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

#: What a reader opens for each.
TITLES = ("A hint", "Another", "The last")


def markdown(hints: tuple[str, ...], solution: str) -> str:
    """What the directive stands for, in MyST."""
    inside = ""
    for depth, (title, hint) in enumerate(zip(reversed(TITLES), reversed(hints), strict=True), start=3):
        fence = ":" * depth
        inside = f"{fence}{{dropdown}} {title}\n:class-container: hint\n\n{hint}\n\n{inside}{fence}\n"
    return f"{inside}\n:::{{dropdown}} Solution\n```python\n{solution}```\n:::\n"


def place(key: str, start: str) -> str:
    """Empty until a script fills it."""
    return f'<div class="write-it" id="write-{key}" data-exercise="{key}" data-start="{escape(start)}"></div>'


class Hints(SphinxDirective):
    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        from firstorder.exercises import EXERCISES

        key = self.arguments[0]
        if key not in EXERCISES:
            raise self.error(f"no exercise is called {key!r}; there are {', '.join(EXERCISES)}")
        box = nodes.container()
        exercise = EXERCISES[key]
        text = markdown(exercise.hints, exercise.solution)
        self.state.nested_parse(StringList(text.splitlines(), source=f"hints {key}"), self.content_offset, box)
        return [nodes.raw("", place(key, exercise.start), format="html"), *box.children]


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("hints", Hints)
    return {"parallel_read_safe": True}
