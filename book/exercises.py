"""The exercises of a chapter, from its Markdown: the list of all exercises is made of them."""

import re
from dataclasses import dataclass

#: "**1.** Derive it." or "1. Derive it."
BEGINS = re.compile(r"^(?:\*\*(\d+)\.\*\*|(\d+)\.)\s+(.*)")
HINTS = re.compile(r"^`{3,}\{hints\} (\w+)$")
CHECKED = re.compile(r"^\*{1,2}Checked\.\*{1,2}\s*")


@dataclass(frozen=True)
class Task:
    """`text` is MyST; `runs` says whether a cell follows; `key` is the check's, if it asks for a rule."""

    number: int
    text: str
    runs: bool
    key: str = ""


def tasks(markdown: str) -> list[Task]:
    """What stands between the heading "Exercises" and the next: of each exercise its first paragraph."""
    section = re.search(r"^## Exercises\n(.*?)(?=^## |\Z)", markdown, re.MULTILINE | re.DOTALL)
    lines = section[1].splitlines() if section else []
    starts = [n for n, line in enumerate(lines) if BEGINS.match(line)]
    ends = [*starts[1:], len(lines)] if starts else []
    found = []
    for start, end in zip(starts, ends, strict=True):
        match = BEGINS.match(lines[start])
        assert match
        text = [match[3]]
        for line in lines[start + 1 : end]:
            if not line.strip() or line.lstrip().startswith(("```", "|", "$$")):
                break
            text.append(line.strip())
        rest = lines[start:end]
        cells = [n for n, line in enumerate(rest) if line.startswith("```{code-cell}")]
        runs = any(":tags: [hide-cell]" not in rest[n + 1 : n + 2] for n in cells)
        key = next((named[1] for named in map(HINTS.match, rest) if named), "")
        found.append(Task(int(match[1] or match[2]), CHECKED.sub("", " ".join(text)), runs, key))
    return found
