"""Links in a sentence that move a figure of the page, while the reader stays at the sentence.

{see}`at β = 0.99 <smoothing-1?decay=0.99>`    the figure's id and its state, as an address has them
"""

import re
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxRole

EXPLICIT = re.compile(r"(.*?)\s*<([a-z][\w-]*\?\w+=.+)>", re.DOTALL)
SAID = "Sets the figure on this page to what is said here"


class See(SphinxRole):
    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        match = EXPLICIT.fullmatch(self.text)
        if not match:
            message = self.inliner.reporter.error(f"{{see}} takes `text <figure?name=value>`, not {self.text!r}")
            return [self.inliner.problematic(self.rawtext, self.rawtext, message)], [message]
        address = f"#{match[2]}"
        link = nodes.reference(self.rawtext, match[1], refuri=address, internal=True, classes=["see"], reftitle=SAID)
        return [link], []


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_role("see", See())
    return {"parallel_read_safe": True}
