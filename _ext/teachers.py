"""What the page for teachers is made of: figures in a state, claims with their verdicts, lists of what there is.

{live}`three rates <chapters/gradient_descent#playground-1?steps=20>`    a figure, alone, as the fragment says
{claim}`momentum.damps`    the claim, linked, and its verdict as it is now
The directives `{materials}` and `{exercises}` list what chapters have.
"""

import re
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective, SphinxRole

from book.contents import chapters
from book.exercises import Task, tasks
from book.identity import ROOT
from book.papers import places

EXPLICIT = re.compile(r"(.*?)\s*<(.+?)#(.+)>", re.DOTALL)


def with_exercises() -> dict[str, str]:
    """The Markdown of each chapter that has exercises, in the book's order."""
    texts = {name: (ROOT / f"{name}.md").read_text("utf-8") for name in chapters()}
    return {name: text for name, text in texts.items() if tasks(text)}


class Live(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        match = EXPLICIT.fullmatch(self.text)
        if not match or not (ROOT / f"{match[2]}.md").exists():
            message = self.inliner.reporter.error(f"{{live}} takes `text <chapter#figure>`, not {self.text!r}")
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        figure = match[3].partition("?")[0]
        page = f"{'../' * self.env.docname.count('/')}figures/{match[2].rpartition('/')[2]}/{figure}.html"
        address = f"{page}#{match[3]}"
        return [nodes.reference(self.rawtext, match[1], refuri=address, internal=True, classes=["live"])], []


class Claim(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        from firstorder import claims

        made = claims.CLAIMS.get(self.text)
        if made is None:
            message = self.inliner.reporter.error(f"no claim is called {self.text!r}")
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        page = f"{'../' * self.env.docname.count('/')}chapters/{made.chapter}.html"
        address = f"{page}#claim-{self.text.replace('.', '-', 1)}"
        said = made.statement.replace("$\\beta_2$", "β₂")
        link = nodes.reference(self.rawtext, said, refuri=address, internal=True)
        return [link, nodes.Text(" ("), nodes.strong("", made.verdict), nodes.Text(")")], []


class _List(SphinxDirective):
    """Lines of MyST in the place of the directive, made again when a chapter changes."""

    def lines(self, texts: dict[str, str]) -> list[str]:
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        found = with_exercises()
        for name in found:
            self.env.note_dependency(str(ROOT / f"{name}.md"))
        box = nodes.container(classes=[type(self).__name__.lower()])
        self.state.nested_parse(StringList(self.lines(found), source=self.name), self.content_offset, box)
        return [box]


def link(text: str, address: str) -> str:
    return f'<a href="{address}">{text}</a>'


def answered(chapter: str, task: Task) -> str:
    """How an exercise is answered: by a cell, or on the chapter's page too, whose mark a script adds."""
    if not task.key:
        return " *Notebook.*" if task.runs else ""
    here = link("Write it", f"{chapter}.html#write-{task.key}")
    return f' <span data-exercise="{task.key}"><em>Notebook</em><span class="only-site">, or {here}</span>.</span>'


class Materials(_List):
    def lines(self, texts: dict[str, str]) -> list[str]:
        head = ["| chapter | slides | handout | exercises | solutions |", "|---|---|---|---|---|"]
        rows = []
        for name in texts:
            links = [link(said, address) for said, address in places(name.removeprefix("chapters/")).items()]
            rows.append(f"| {{doc}}`/{name}` | {' | '.join(links)} |")
        return head + rows


class Exercises(_List):
    def lines(self, texts: dict[str, str]) -> list[str]:
        found: list[str] = []
        for name, text in texts.items():
            at = places(name.removeprefix("chapters/"))
            links = f"{link('sheet', at['exercise sheet'])}, {link('solutions', at['solutions'])}"
            found += [f"**{{doc}}`/{name}`** ({links})", ""]
            found += [f"{task.number}. {task.text}{answered(name, task)}" for task in tasks(text)]
            found.append("")
        return found


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("live", Live())
    app.add_role("claim", Claim())
    app.add_directive("materials", Materials)
    app.add_directive("exercises", Exercises)
    return {"parallel_read_safe": True}
