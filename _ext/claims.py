"""The page of all claims without their experiments, which come when a reader opens one: they were four fifths of it.

They stand in `experiments/<chapter>.js`, a script, for also a page that was opened from a folder may load that. Without
JavaScript a link leads to the chapter, where they are folded below its table.
"""

import json
import re
from pathlib import Path
from typing import Any

from sphinx.application import Sphinx

PAGE = Path("chapters/claims.html")
FOLDED = re.compile(r"<details><summary>The experiments behind this table</summary>(.*?)</details>", re.DOTALL)
EXPLAINED = re.compile(r'<div class="explained">.*?</div>\s*', re.DOTALL)
#: Every cell has its paragraph, which here would be a sixth of the page.
CELL = re.compile(r"<td><p>((?:(?!</?p>).)*)</p></td>", re.DOTALL)
PART = re.compile(r'<div class="experiment" id="experiment-(\w+)-(\w+)">\s*')


def parts(folded: str) -> tuple[str, dict[str, str]]:
    """The chapter of these experiments, and the HTML of each by its name."""
    found = PART.split(folded)[1:]
    bodies = (body.strip().removesuffix("</div>").strip() for body in found[2::3])
    return found[0], dict(zip(found[1::3], bodies, strict=True))


def part_with(app: Sphinx, exception: Exception | None) -> None:
    page = Path(app.outdir) / PAGE
    if exception is not None or app.builder.name != "html" or not page.exists():
        return
    folder = Path(app.outdir) / "experiments"
    folder.mkdir(exist_ok=True)

    def fold(match: re.Match[str]) -> str:
        chapter, experiments = parts(match[1])
        text = json.dumps(experiments, ensure_ascii=False, separators=(",", ":"))
        script = f"window.bookExperiments = {{...window.bookExperiments, {chapter}: {text}}};\n"
        (folder / f"{chapter}.js").write_text(script, encoding="utf-8")
        address = f"{chapter}.html#experiment-{chapter}-{next(iter(experiments))}"
        return f'<p class="experiments"><a href="{address}">The experiments behind this table</a></p>'

    html = EXPLAINED.sub("", CELL.sub(r"<td>\1</td>", page.read_text(encoding="utf-8")))
    page.write_text(FOLDED.sub(fold, html), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.connect("build-finished", part_with)
    return {"parallel_read_safe": True}
