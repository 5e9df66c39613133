"""The optimizers in tables: what each is and where it runs, and how far it is from other libraries.

The second is read from parity.json, which `tests/parity.py` measures and the tests keep true.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any

from .card import paragraphs, written
from .reading.tex import name_tex
from .rules import RULES, Hyperparameter, Rule

YES, NO = "✓", "–"


@cache
def parity() -> dict[str, Any]:
    """The differences: "rules" has for each rule and library the largest of a parameter in any run, relative.

    "departs": the libraries that do otherwise than the rule under its name, with their usual settings; "reasons": why
    a rule has no run of any library; "versions" and "steps": of which libraries, and how long the runs are.
    """
    return json.loads(files(__package__).joinpath("parity.json").read_text(encoding="utf-8"))


def source(rule: Rule) -> str:
    """The paper as the docstring names it: authors and year."""
    told = next((p.removeprefix("Source: ") for p in paragraphs(rule) if p.startswith("Source: ")), "")
    found = re.match(r".*?\(\d{4}\)", told)
    return found[0] if found else ""


def link(key: str) -> str:
    """The optimizer's name in Markdown, as a link to its chapter."""
    rule = RULES[key]
    return f"[{rule.name}]({rule.chapter}.md)" if rule.chapter else rule.name


def markdown_table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def readings() -> str:
    """A Markdown table: each optimizer, its source, its state, and where its rule runs."""
    rows = []
    for key, rule in RULES.items():
        state = ", ".join(f"`{name}`" for name in rule.state + rule.scalar_state) or "none"
        generated = YES if rule.elementwise else NO
        rows.append([link(key), source(rule), state, YES, generated, YES, generated])
    return markdown_table(["optimizer", "source", "state", "NumPy", "Numba", "CuPy", "JavaScript"], rows)


def _symbol(name: str, known: Hyperparameter) -> str:
    """As formulas have it; a name that has no letter of its own stands for itself."""
    tex = name_tex(name)
    return known.symbol if r"\_" in tex else f"${tex}$"


def hyperparameters() -> str:
    """A Markdown table: what every hyperparameter means; a name that rules give two meanings says whose each is."""
    by_meaning: dict[tuple[str, Hyperparameter], list[str]] = {}
    for rule in RULES.values():
        for name, known in rule.meanings.items():
            by_meaning.setdefault((name, known), []).append(rule.name)
    names = Counter(name for name, _ in by_meaning)
    rows = [
        [f"`{name}`", _symbol(name, known), known.meaning + f" ({', '.join(of)})" * (names[name] > 1), known.interval]
        for (name, known), of in by_meaning.items()
    ]
    return markdown_table(["in code", "symbol", "meaning", "allowed"], rows)


def _gap(rule: str, library: str) -> str:
    found, departs = parity()["rules"].get(rule, {}).get(library), library in parity()["departs"].get(rule, [])
    if found is None:
        return "differs" if departs else NO
    return ("0" if found == 0 else written(f"{found:.0e}")) + " †" * departs


def comparison() -> str:
    """A Markdown table: each optimizer, and its largest relative difference from each library that has it."""
    libraries = ("torch", "optax")
    others = [name for name in parity()["versions"] if name not in libraries]
    rows = []
    for key in RULES:
        told = [f"{name} {_gap(key, name)}" for name in others if _gap(key, name) != NO]
        rows.append([link(key), *(_gap(key, name) for name in libraries), ", ".join(told) or NO])
    return markdown_table(["optimizer", "PyTorch", "optax", "others"], rows)


def alone() -> str:
    """Markdown: the optimizers that no library was run beside, and why."""
    if not parity()["reasons"]:
        return "No optimizer is without a library to be compared with."
    reasons = (f"- **{RULES[key].name}**: {why}" for key, why in parity()["reasons"].items())
    return "\n".join(["Optimizers that have no library to be compared with:\n", *reasons])
