"""How the chapters read: lengths of sentences and shares of code.

    python -m checks.prose [CHAPTER ...] [--before REVISION] [--long N] [--short N]

A table, a row a chapter, with the goals under it. With `--before` each number stands beside what it was at that commit.
`--long 30` shows the sentences of more than 30 words, `--short 4` those of up to 4.

Counted is running text: paragraphs and items of lists, from the title to *Sources*, solutions included. Headings,
tables, captions, code and displayed formulas are not, nor is a bold label that opens a paragraph (**Scaling.** We
divide ...). A formula in a line, a piece of code and a reference count as one word each. A sentence that a displayed
formula interrupts is one, if it goes on with a small letter. Code is counted in lines of the source.
"""

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from myst_parser.config.main import MdParserConfig
from myst_parser.mdit_to_docutils.base import DocutilsRenderer
from myst_parser.parsers.mdit import create_md_parser

ROOT = Path(__file__).parents[1]
#: Which lists, and no running text, these are.
LISTS = {"catalogue", "claims", "notation"}
PARSER = create_md_parser(MdParserConfig(enable_extensions={"dollarmath", "amsmath", "colon_fence"}), DocutilsRenderer)
SHORT = 8
#: Mean words a sentence, from and to; largest share of short ones; largest share of code.
GOALS = (16, 20, 0.18, 0.40)
END = re.compile(r"(?<!\bet al\.)(?<!\be\.g\.)(?<!\bi\.e\.)(?<!\bcf\.)(?<=[.!?])[”’\")*]*\s+(?=[^a-z\s])")
TEXT = re.compile(r"\{(dropdown|note|tip|warning|only-site)\}")
CODE = re.compile(r"^```+\{(?:code-cell|rule|diff)\b")


@dataclass
class Read:
    sentences: list[str]
    code: float

    @property
    def lengths(self) -> list[int]:
        return [len(sentence.split()) for sentence in self.sentences]

    @property
    def words(self) -> int:
        return sum(self.lengths)

    @property
    def mean(self) -> float:
        return self.words / max(1, len(self.sentences))

    @property
    def short(self) -> float:
        """The share of sentences of at most eight words."""
        return sum(n <= SHORT for n in self.lengths) / max(1, len(self.sentences))


def read(source: str) -> Read:
    paragraphs: list[str] = []
    for text in running(source):
        if paragraphs and re.match(r"[a-zà-ÿ]", text) and not re.search(r"[.!?]$", paragraphs[-1]):
            paragraphs[-1] += f" {text}"
        else:
            paragraphs.append(text)
    sentences = [s for text in paragraphs for s in END.split(text) if re.search(r"\w", s)]
    return Read(sentences, code(source))


def running(source: str) -> Iterator[str]:
    """Each paragraph's text, up to *Sources*; of a directive whose body is text, the body's."""
    heading = False
    tokens = PARSER.parse(source)
    tabled = 0
    for token in tokens:
        tabled += {"table_open": 1, "table_close": -1}.get(token.type, 0)
        if token.type in ("heading_open", "heading_close"):
            heading = token.type == "heading_open"
        elif heading and token.content == "Sources":
            return
        elif token.type == "inline" and not heading and not tabled:
            yield words(token.children or [])
        elif token.type in ("fence", "colon_fence") and TEXT.match(token.info):
            yield from running(re.sub(r"\A(:\w+:.*\n)+", "", token.content))


def words(children: list[Any]) -> str:
    """The text of a paragraph, a formula or a piece of code as one word."""
    text, bold, label = "", False, ""
    for token in children:
        if token.type in ("strong_open", "strong_close"):
            bold = token.type == "strong_open"
            if not bold and re.search(r"[.:]$", label) and text.strip() == label.strip():
                text = ""
        elif token.type in ("text", "softbreak"):
            text += token.content or " "
            label += token.content if bold else ""
        elif token.type in ("math_inline", "code_inline", "myst_role", "math_inline_double"):
            text += "×"
    return re.sub(r"\s+", " ", text).strip()


def code(source: str) -> float:
    """The share of code cells among the lines of the source."""
    inside, of_code, lines = False, 0, source.splitlines()
    for line in lines:
        inside = inside or CODE.match(line) is not None
        of_code += inside
        inside = inside and line.strip() != "```"
    return of_code / len(lines)


def chapters(names: list[str]) -> list[str]:
    toc = (ROOT / "_toc.yml").read_text(encoding="utf-8")
    known = [name for name in re.findall(r"file: chapters/(\w+)", toc) if name not in LISTS]
    if unknown := set(names) - set(known):
        raise SystemExit(f"no such chapter: {', '.join(sorted(unknown))}; there are {', '.join(known)}")
    return names or known


def earlier(revision: str, name: str) -> Read | None:
    """The chapter as a commit has it."""
    told = subprocess.run(
        ["git", "show", f"{revision}:chapters/{name}.md"], cwd=ROOT, capture_output=True, text=True, encoding="utf-8"
    )
    return None if told.returncode else read(told.stdout)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m checks.prose", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("chapter", nargs="*")
    parser.add_argument("--before", metavar="REVISION", help="beside each number, what it was at this commit")
    parser.add_argument("--long", type=int, metavar="N", help="show the sentences of more than N words")
    parser.add_argument("--short", type=int, metavar="N", help="show the sentences of up to N words")
    asked = parser.parse_args()
    low, high, short, most = GOALS
    total: dict[bool, list[Read]] = {False: [], True: []}
    print(f"{'':18}{'words':>14}{'a sentence':>14}{'up to 8 words':>16}{'code':>14}")
    for name in chapters(asked.chapter):
        now = read((ROOT / "chapters" / f"{name}.md").read_text(encoding="utf-8"))
        was = earlier(asked.before, name) if asked.before else None
        total[False].append(now)
        total[True] += [was] if was else []
        missed = {"m": not low <= now.mean <= high, "s": now.short > short, "c": now.code > most}
        print(row(name, now, was), "".join(mark for mark in missed if missed[mark]))
        for sentence, length in zip(now.sentences, now.lengths, strict=True):
            if (asked.long and length > asked.long) or (asked.short and length <= asked.short):
                print(f"    {length:3}  {sentence}")
    if not asked.chapter:
        print(row("all", together(total[False]), together(total[True]) if total[True] else None))
    print(f"\ngoals, marked where missed: m, a mean of {low} to {high} words a sentence;")
    print(f"s, at most {short:.0%} of {SHORT} words or fewer; c, at most {most:.0%} code")
    return 0


def together(parts: list[Read]) -> Read:
    return Read([s for part in parts for s in part.sentences], sum(part.code for part in parts) / len(parts))


def row(name: str, now: Read, was: Read | None = None) -> str:
    forms = (("words", "{:d}", 14), ("mean", "{:.1f}", 14), ("short", "{:.0%}", 16), ("code", "{:.0%}", 14))
    cells = []
    for of, form, width in forms:
        one = form.format(getattr(now, of))
        cells.append((f"{form.format(getattr(was, of))} → {one}" if was else one).rjust(width))
    return f"{name:18}{''.join(cells)} "


if __name__ == "__main__":
    sys.exit(main())
