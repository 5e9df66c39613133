"""What proves the numbers of a text: `% said: NAME` stands where part NAME of `chapters/said/CHAPTER.py` runs.

    # %% opening
    assert round(end, 3) == 0.125

The book's build runs these parts with the chapter's own cells and shows them nowhere: one that fails, fails the build.
Notebooks do without them.
"""

import re
from pathlib import Path

#: The tag of cells that come from here.
TAG = "said"
MARK = re.compile(r"^% said: ([\w-]+)$", re.MULTILINE)
PART = re.compile(r"^# %% ([\w-]+)\n(.*?)(?=^# %% |\Z)", re.MULTILINE | re.DOTALL)
CELL = "```{{code-cell}}\n:tags: [remove-cell, {tag}]\n\n{code}\n```"


def beside(chapter: Path) -> Path:
    return chapter.parent / "said" / f"{chapter.stem}.py"


def parts(text: str) -> dict[str, str]:
    """The code of each part by its name."""
    return {name: code.strip() for name, code in PART.findall(text)}


def put_in(chapter: str, told: dict[str, str]) -> str:
    """A chapter's MyST with a cell in the place of each mark. Raises ValueError unless each part has one place."""
    marks = MARK.findall(chapter)
    if sorted(marks) != sorted(told):
        raise ValueError(f"the text has the marks {sorted(marks)}, and the parts are {sorted(told)}")
    return MARK.sub(lambda mark: CELL.format(tag=TAG, code=told[mark[1]]), chapter)
