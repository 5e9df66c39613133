"""What a claim is: a statement about an optimizer, the experiment that tests it, and the verdict it came to."""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
import os
import re
import textwrap
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from ..rules import RULES
from ..wrappers import WRAPPERS

PRO, CON = "pro", "con"
HOLDS, PARTLY, FAILS = "holds", "holds in part", "does not hold"
VERDICTS = (HOLDS, PARTLY, FAILS)

#: What a claim can be about besides an optimizer or a wrapper.
METHODS = {
    "batch": "Batch gradient descent",
    "stochastic": "Stochastic gradient descent",
    "minibatch": "Mini-batch gradient descent",
    "bias_correction": "Bias correction",
    "batch_normalisation": "Batch normalisation",
    "schedules": "Learning-rate schedules",
}


class ClaimError(AssertionError):
    """An experiment came to another verdict than the one that the book states."""


@dataclass(frozen=True)
class Finding:
    """What an experiment found.

    verdict: `HOLDS`, `PARTLY` or `FAILS`, computed from the numbers; measured: the numbers in words, for the page;
    values: the same numbers by name.
    """

    verdict: str
    measured: str
    values: Mapping[str, float]


@dataclass(frozen=True)
class Claim:
    """A statement that introductions or papers make, put to the test.

    statement: one sentence; side: `PRO` or `CON`; about: keys of `fo.OPTIMIZERS` or `fo.WRAPPERS`, or of `METHODS`;
    source: keys of references.bib for who says so; verdict: what the book says came of it; conditions: when it holds,
    for a verdict other than `HOLDS`; experiment: a function of nothing that returns a `Finding`.
    """

    statement: str
    side: str
    about: tuple[str, ...]
    source: tuple[str, ...]
    verdict: str
    conditions: str
    experiment: Callable[[], Finding]

    @property
    def chapter(self) -> str:
        """The chapter it belongs to: the name of the module it is written in."""
        return self.experiment.__module__.rpartition(".")[2]

    @property
    def key(self) -> str:
        return f"{self.chapter}.{self.experiment.__name__}"

    @property
    def subject(self) -> str:
        """What it is about, in words."""
        return ", ".join(name_of(key) for key in self.about)

    @property
    def setting(self) -> str:
        """The experiment in words: its docstring."""
        return " ".join((inspect.getdoc(self.experiment) or "").split())

    @property
    def code(self) -> str:
        """The experiment's source, without its decorator and docstring."""
        (tree,) = ast.parse(textwrap.dedent(inspect.getsource(self.experiment))).body
        assert isinstance(tree, ast.FunctionDef)
        lines = textwrap.dedent(inspect.getsource(self.experiment)).splitlines()
        body = tree.body[1:] if ast.get_docstring(tree) else tree.body
        return "\n".join([*lines[tree.lineno - 1 : tree.body[0].lineno - 1], *lines[body[0].lineno - 1 :]])

    @cached_property
    def finding(self) -> Finding:
        """Run the experiment, once. Raises `ClaimError` if its verdict is not the one stated."""
        found = _once(self.key, self.experiment)
        if found.verdict != self.verdict:
            raise ClaimError(f"{self.key} is said to be: {self.verdict!r}, but the experiment says: {found}")
        return found

    def _repr_markdown_(self) -> str:
        return Table([self])._repr_markdown_()


CLAIMS: dict[str, Claim] = {}


@cache
def digest(package: Path = Path(__file__).parents[1]) -> str:
    """Of the package's sources and data: with another one, what was found before counts no more."""
    kinds = {".py", ".js", ".css", ".json", ".npz"}
    files = sorted(path for path in package.rglob("*") if path.suffix in kinds)
    return hashlib.sha256(b"".join(path.read_bytes() for path in files)).hexdigest()


def _once(key: str, experiment: Callable[[], Finding]) -> Finding:
    """The experiment's finding; kept, for this very package, in the folder that `FIRSTORDER_FINDINGS` names, if any.

    So the book's chapters, its page of all claims and its tests need one run of each experiment.
    """
    folder = os.environ.get("FIRSTORDER_FINDINGS")
    if not folder:
        return experiment()
    path = Path(folder, digest(), f"{key}.json")
    if path.exists():
        return Finding(**json.loads(path.read_text(encoding="utf-8")))
    found = experiment()
    path.parent.mkdir(parents=True, exist_ok=True)
    values = {name: float(value) for name, value in found.values.items()}
    kept = {"verdict": found.verdict, "measured": found.measured, "values": values}
    path.write_text(json.dumps(kept), encoding="utf-8")
    return found


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
    source: str | Sequence[str] = (),
    verdict: str = HOLDS,
    conditions: str = "",
) -> Callable[[Callable[[], Finding]], Claim]:
    """Make a `Claim` of the experiment below it, and list it in `CLAIMS`."""
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

    def make(experiment: Callable[[], Finding]) -> Claim:
        made = Claim(statement, side, listed, sources, verdict, conditions, experiment)
        if made.key in CLAIMS:
            raise ValueError(f"claim {made.key!r} exists already")
        CLAIMS[made.key] = made
        return made

    return make


SIGNS = {PRO: "+", CON: "−"}


def _verdict(made: Claim) -> str:
    return f"**{made.verdict}**" + (f": {made.conditions}" if made.conditions else "")


def table(claims: Sequence[Claim]) -> str:
    """A Markdown table of claims, each with what its experiment measured just now."""
    rows = [["±", "claim", "measured", "verdict"], ["---"] * 4]
    for made in claims:
        anchor = f'<a id="claim-{made.chapter}-{made.experiment.__name__}"></a>'
        rows.append(
            [anchor + SIGNS[made.side], f"*{made.subject}:* {made.statement}", made.finding.measured, _verdict(made)]
        )
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def experiments(claims: Sequence[Claim]) -> str:
    """The experiments of claims, folded: what was run, who makes the claim, and the code."""
    parts = ["<details><summary>The experiments behind this table</summary>"]
    modules = dict.fromkeys(f"`src/firstorder/claims/{made.chapter}.py`" for made in claims)
    parts.append(f"Their whole code, with what they share: {', '.join(modules)}.")
    for made in claims:
        said = " and ".join(map(_author_year, made.source))
        parts.append(f"**{made.subject}: {made.statement}.** {made.setting}" + (f" *Said in:* {said}." if said else ""))
        parts.append(f"```python\n{made.code}\n```")
    return "\n\n".join([*parts, "</details>"])


def _author_year(key: str) -> str:
    found = re.match(r"([a-z]+)(\d{4})", key)
    return f"{found[1].capitalize()} {found[2]}" if found else key


class Table:
    """Claims that a notebook shows as a table, with their experiments folded below it."""

    def __init__(self, claims: Sequence[Claim]):
        self.claims = tuple(claims)

    def _repr_markdown_(self) -> str:
        return f"{table(self.claims)}\n\n{experiments(self.claims)}"

    def __repr__(self) -> str:
        return "\n".join(f"{made.key}: {made.finding.verdict}. {made.finding.measured}" for made in self.claims)


def show(*keys: str) -> Table:
    """The claims of these keys, or of a whole chapter by its name, run and shown as a table."""
    found: list[Claim] = []
    for key in keys:
        some = [CLAIMS[key]] if key in CLAIMS else [made for made in CLAIMS.values() if made.chapter == key]
        if not some:
            raise ValueError(f"no claim and no chapter with claims is called {key!r}")
        found += some
    return Table(found)


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
