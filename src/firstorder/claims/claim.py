"""What a claim is: a statement about an optimizer, a measurement, and thresholds that make a verdict of its numbers.

@claim("It is faster", PRO, about="momentum", holds="ratio > 2", partly="ratio > 1", says="{ratio:.1f} times")
def faster():
    'How it is measured, for the page.'
    return {"ratio": steps_needed("sgd") / steps_needed("momentum")}
"""

from __future__ import annotations

import ast
import inspect
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from ..rules import RULES
from ..wrappers import WRAPPERS
from .kept import due, once, stored
from .threshold import Expression, Sentence

PRO, CON = "pro", "con"
HOLDS, PARTLY, FAILS = "holds", "holds in part", "does not hold"
#: Neither shown nor ruled out: what was run cannot tell. "Not significant" is this, and not "does not hold".
UNDECIDED = "undecided"
VERDICTS = (HOLDS, PARTLY, FAILS, UNDECIDED)

#: What a claim can be about besides an optimizer or a wrapper.
METHODS = {
    "batch": "Batch gradient descent",
    "stochastic": "Stochastic gradient descent",
    "minibatch": "Mini-batch gradient descent",
    "bias_correction": "Bias correction",
    "batch_normalisation": "Batch normalisation",
    "initialisation": "Initialisation",
    "mup": "µP",
    "schedules": "Learning-rate schedules",
    "data_parallel": "Data parallelism",
    "local_steps": "Local steps",
    "error_feedback": "Error feedback",
}


class ClaimError(AssertionError):
    """An experiment came to another verdict than the one that the book states."""


@dataclass(frozen=True)
class Finding:
    """What an experiment found.

    verdict: one of `VERDICTS`, computed from the numbers; measured: the numbers in words, for the page;
    values: what was measured by name, numbers and lists of them, and words.
    """

    verdict: str
    measured: str
    values: Mapping[str, Any]


@dataclass(frozen=True)
class Claim:
    """A statement that introductions or papers make, put to the test.

    statement: one sentence; side: `PRO` or `CON`; about: keys of `fo.OPTIMIZERS` or `fo.WRAPPERS`, or of `METHODS`;
    source: keys of references.bib for who says so; verdict: what the book says came of it; conditions: when it holds,
    for a verdict other than `HOLDS`; measure: a function of nothing that returns numbers by name; holds, partly and
    fails: the thresholds, of which the first that is met makes the verdict. Without `fails` what neither holds nor
    holds in part does not hold; with it, what meets none is `UNDECIDED`. says: the numbers in words.
    """

    statement: str
    side: str
    about: tuple[str, ...]
    source: tuple[str, ...]
    verdict: str
    conditions: str
    measure: Callable[[], Mapping[str, Any]]
    holds: Expression | None
    partly: Expression | None
    says: Sentence
    fails: Expression | None = None

    @property
    def chapter(self) -> str:
        """The chapter it belongs to: the name of the module it is written in."""
        return self.measure.__module__.rpartition(".")[2]

    @property
    def key(self) -> str:
        return f"{self.chapter}.{self.measure.__name__}"

    @property
    def place(self) -> str:
        """What the addresses of the claim, `#claim-...`, and of its experiment, `#experiment-...`, end with."""
        return f"{self.chapter}-{self.measure.__name__}"

    @property
    def subject(self) -> str:
        """What it is about, in words."""
        return ", ".join(name_of(key) for key in self.about)

    @property
    def setting(self) -> str:
        """The experiment in words: its docstring."""
        return " ".join((inspect.getdoc(self.measure) or "").split())

    @property
    def code(self) -> str:
        """The measurement's source, without its decorator and docstring."""
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(self.measure))).body
        assert isinstance(tree, ast.FunctionDef)
        lines = textwrap.dedent(inspect.getsource(self.measure)).splitlines()
        body = tree.body[1:] if ast.get_docstring(tree) else tree.body
        return "\n".join([*lines[tree.lineno - 1 : tree.body[0].lineno - 1], *lines[body[0].lineno - 1 :]])

    def judge(self, measured: Mapping[str, Any]) -> str:
        """The verdict that these numbers come to."""
        if self.holds is not None and self.holds(measured):
            return HOLDS
        if self.partly is not None and self.partly(measured):
            return PARTLY
        return FAILS if self.fails is None or self.fails(measured) else UNDECIDED

    @property
    def thresholds(self) -> str:
        """What the verdict takes, in words."""
        told = [f"holds if `{self.holds.text}`"] if self.holds else []
        told += [f"in part if `{self.partly.text}`"] if self.partly else []
        told += [f"does not hold if `{self.fails.text}`", "otherwise undecided"] if self.fails else ["otherwise not"]
        return "; ".join(told)

    @property
    def stored(self) -> Finding:
        """What was found when all claims were last run and stored: nothing is run.

        Raises `ClaimError` for a claim of which nothing is stored, such as one of your own.
        """
        if self.key not in stored():
            raise ClaimError(f"{self.key}: nothing is stored; `finding` measures it")
        return self.judged(stored()[self.key])

    @property
    def current(self) -> Finding:
        """What is stored, where the code that found it is unchanged and slow; else, and in a sample, measured now."""
        return self.finding if due(self.key, self.measure) else self.stored

    @cached_property
    def finding(self) -> Finding:
        """Measure, once, and judge. Raises `ClaimError` if the verdict is not the one stated."""
        return self.judged(once(self.key, self.measure))

    def judged(self, measured: Mapping[str, Any]) -> Finding:
        """These numbers with verdict and words. Raises `ClaimError` if the verdict is not the one stated."""
        found = Finding(self.judge(measured), self.says(measured), measured)
        if found.verdict != self.verdict:
            raise ClaimError(f"{self.key} is said to be: {self.verdict!r}, but the experiment says: {found}")
        return found

    def _repr_markdown_(self) -> str:
        return Table([self])._repr_markdown_()


CLAIMS: dict[str, Claim] = {}


def name_of(key: str) -> str:
    """The name of an optimizer, a wrapper or a method."""
    if key in RULES:
        return RULES[key].name
    return WRAPPERS[key].__name__ if key in WRAPPERS else METHODS[key]


def claim(
    statement: str,
    side: str,
    *,
    about: str | Sequence[str],
    says: str,
    holds: str = "",
    partly: str = "",
    fails: str = "",
    source: str | Sequence[str] = (),
    verdict: str = HOLDS,
    conditions: str = "",
) -> Callable[[Callable[[], Any]], Claim]:
    """Make a `Claim` of the measurement below it, and list it in `CLAIMS`; see `Claim` for what is given.

    holds, partly, fails: conditions in the names of what is measured, see `Expression`; says: a `Sentence` of them.
    """
    listed = (about,) if isinstance(about, str) else tuple(about)
    sources = (source,) if isinstance(source, str) else tuple(source)
    for name, given, allowed in (("side", side, (PRO, CON)), ("verdict", verdict, VERDICTS)):
        if given not in allowed:
            raise ValueError(f"{name} must be one of {allowed}, got {given!r}")
    for key in listed:
        if key not in (*RULES, *WRAPPERS, *METHODS):
            raise ValueError(f"about: {key!r} is no optimizer, wrapper or method")
    if (verdict == HOLDS) == bool(conditions):
        raise ValueError(f"conditions must be given just where the verdict is not {HOLDS!r}: {statement!r}")
    if not holds and not partly:
        raise ValueError(f"holds or partly must be given: {statement!r} could come to one verdict only")
    if (verdict == UNDECIDED) and not fails:
        raise ValueError(f"fails must be given where a claim can be {UNDECIDED!r}: {statement!r}")
    first, second, third = (Expression(text) if text else None for text in (holds, partly, fails))

    def make(measure: Callable[[], Mapping[str, Any]]) -> Claim:
        made = Claim(
            statement, side, listed, sources, verdict, conditions, measure, first, second, Sentence(says), third
        )
        if made.key in CLAIMS:
            raise ValueError(f"claim {made.key!r} exists already")
        CLAIMS[made.key] = made
        return made

    return make


SIGNS = {PRO: "+", CON: "−"}


def _verdict(made: Claim) -> str:
    return f"**{made.verdict}**" + (f": {made.conditions}" if made.conditions else "")


def table(claims: Sequence[Claim], run: bool = False) -> str:
    """A Markdown table of claims, each with what its experiment measured, when it was stored or (`run`) just now."""
    rows = [["±", "claim", "measured", "verdict"], ["---"] * 4]
    for made in claims:
        anchor = f'<a id="claim-{made.place}"></a>'
        found = made.finding if run else made.stored
        rows.append([anchor + SIGNS[made.side], f"*{made.subject}:* {made.statement}", found.measured, _verdict(made)])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def experiments(claims: Sequence[Claim]) -> str:
    """The experiments of claims, folded: what was run, who makes the claim, and the code."""
    parts = ["<details><summary>The experiments behind this table</summary>"]
    modules = dict.fromkeys(f"`src/firstorder/claims/{made.chapter}.py`" for made in claims)
    parts.append(
        f"Their whole code, with what they share: {', '.join(modules)}. "
        "The numbers were measured by it and stored; `claims.show(..., run=True)` measures them again."
    )
    for made in claims:
        said = " and ".join(map(_author_year, made.source))
        parts.append(f'<div class="experiment" id="experiment-{made.place}">')
        parts.append(f"**{made.subject}: {made.statement}.** {made.setting}" + (f" *Said in:* {said}." if said else ""))
        parts.append(f"```python\n{made.code}\n```\n\nThe claim {made.thresholds}.\n\n</div>")
    return "\n\n".join([*parts, "</details>"])


def _author_year(key: str) -> str:
    found = re.match(r"([a-z]+)(\d{4})", key)
    return f"{found[1].capitalize()} {found[2]}" if found else key


#: Stands below a table that has these words; not on the page of all claims, which explains them at its top.
WOULD_HAVE_SHOWN = (
    "A gain that *would have shown* is the smallest that so many seeds find in four experiments out of five. "
    "A smaller one may be found as well, and is sure if its interval leaves out 0."
)


class Table:
    """Claims that a notebook shows as a table, with their experiments folded below it."""

    def __init__(self, claims: Sequence[Claim], run: bool = False):
        self.claims = tuple(claims)
        self.run = run

    def _repr_markdown_(self) -> str:
        shown = table(self.claims, self.run)
        explained = f'<div class="explained">\n\n{WOULD_HAVE_SHOWN}\n\n</div>\n\n' if "have shown" in shown else ""
        return f'<div class="claims">\n\n{shown}\n\n</div>\n\n{explained}{experiments(self.claims)}'

    def __repr__(self) -> str:
        found = {made.key: made.finding if self.run else made.stored for made in self.claims}
        return "\n".join(f"{key}: {each.verdict}. {each.measured}" for key, each in found.items())


def show(*keys: str, run: bool = False) -> Table:
    """The claims of these keys, or of a whole chapter by its name, as a table.

    run: whether each experiment is run now, which takes seconds to a minute for a chapter; else the table has what was
    found when all were last run. Raises `ClaimError` if one comes to another verdict than the stated one.
    """
    found: list[Claim] = []
    for key in keys:
        some = [CLAIMS[key]] if key in CLAIMS else [made for made in CLAIMS.values() if made.chapter == key]
        if not some:
            raise ValueError(f"no claim and no chapter with claims is called {key!r}")
        found += some
    return Table(found, run)


def thresholds(*chapters: str) -> str:
    """What the verdict of each claim takes, one a line: of these chapters, or of all. Nothing is run."""
    chosen = [made for made in CLAIMS.values() if not chapters or made.chapter in chapters]
    return "\n".join(f"{made.key}: {made.thresholds}" for made in chosen)


def summary() -> str:
    """A Markdown table: how many claims of each chapter came to which verdict. Nothing is run."""
    count = Counter((made.chapter, made.verdict) for made in CLAIMS.values())
    chapters = list(dict.fromkeys(made.chapter for made in CLAIMS.values()))
    rows = [["chapter", *VERDICTS, "in all"], ["---"] * (len(VERDICTS) + 2)]
    for name in chapters:
        numbers = [count[name, verdict] for verdict in VERDICTS]
        rows.append([f"[{name.replace('_', ' ')}]({name}.md)", *map(str, numbers), str(sum(numbers))])
    totals = [sum(count[name, verdict] for name in chapters) for verdict in VERDICTS]
    rows.append(["**all**", *(f"**{n}**" for n in totals), f"**{sum(totals)}**"])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
