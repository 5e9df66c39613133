"""What a rule still lacks before the book can list it: `python -m firstorder.add NAME`, one line a thing.

It runs in a checkout of the repository, and exits with 0 when nothing lacks. The tests ask the same of every optimizer.
It also writes optimizers.pyi, which type checkers and editors read. Imports nothing of the book: it reads its files.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from .problems import LANDSCAPES
from .resolve import rule_of
from .rules import RULES, Rule
from .rules.hyperparameters import neutral

PACKAGE = Path(__file__).parent
ROOT = PACKAGE.parents[1]
STUB = PACKAGE / "optimizers.pyi"


def stub() -> str:
    """The text of optimizers.pyi: each class with its hyperparameters and their defaults."""
    lines = [
        '"""Written by `python -m firstorder.add`, from the rules."""',
        "",
        "from typing import Any, ClassVar",
        "",
        "from .optimizer import Optimizer",
        "from .step import NonFinite, Value",
        "",
        "__all__: list[str]",
        "",
        "OPTIMIZERS: dict[str, type[Optimizer]]",
    ]
    for rule in RULES.values():
        numbers = rule.hyperparameters
        given = "".join(f", {name}: Value = {default!r}" for name, default in numbers.items())
        lines += ["", f"class {rule.name}(Optimizer):", *(f"    {name}: Value" for name in numbers)]
        head = f'    def __init__(self, params: Any, *{given}, on_nonfinite: NonFinite = "raise") -> None: ...'
        lines += ["    uncorrected: ClassVar[type[Optimizer]]"] * (rule.uncorrected is not None) + [head]
    return "\n".join([*lines, ""])


#: What is asked of a rule: a check by its name, which tells what lacks, or nothing.
CHECKS: dict[str, Callable[[Rule], str | None]] = {}


def check(ask: Callable[[Rule], str | None]) -> Callable[[Rule], str | None]:
    CHECKS[ask.__name__.strip("_").replace("_", " ")] = ask
    return ask


def _text(*path: str) -> str:
    file = ROOT.joinpath(*path)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def _json(*path: str) -> Any:
    return json.loads(PACKAGE.joinpath(*path).read_text(encoding="utf-8"))


@check
def name(rule: Rule) -> str | None:
    if rule.name.lower() != rule.key.replace("_", ""):
        return f"name={rule.name!r} is not the function's name, {rule.key!r}, in CamelCase"
    return None


@check
def docstring(rule: Rule) -> str | None:
    if not re.search(r"^Source: .*\(\d{4}\)", rule.doc, re.MULTILINE):
        return "a paragraph `Source: Author (year)...`"
    return None if "PyTorch" in rule.doc else "a word on PyTorch: where it agrees, differs, or that it has none"


@check
def paper(rule: Rule) -> str | None:
    if rule.paper and re.search(rf"^@\w+\{{{rule.paper},", _text("references.bib"), re.MULTILINE):
        return None
    return f"paper=..., a key of references.bib, which has none called {rule.paper!r}"


@check
def builds_on(rule: Rule) -> str | None:
    before = list(RULES)[: list(RULES).index(rule.key)] if rule.key in RULES else list(RULES)
    if late := [key for key in rule.builds_on if key not in before]:
        return f"a place after {late[0]!r}, which it builds on"
    return None if rule.builds_on or not before else "builds_on=(...): the rules it extends"


@check
def meanings(rule: Rule) -> str | None:
    unsaid = [name for name, known in rule.meanings.items() if known == neutral(name)]
    if unsaid:
        return f"meanings={{...}} of {', '.join(map(repr, unsaid))}: symbol, words and range"
    without = [name for name, default in rule.hyperparameters.items() if default is None]
    return f"a default of {without[0]!r}" if without else None


@check
def chapter(rule: Rule) -> str | None:
    text = _text("chapters", f"{rule.chapter}.md") if rule.chapter else ""
    if not text:
        return f"chapter=..., a file of chapters/, where there is no {rule.chapter!r}"
    prose = re.sub(r"^```\{code-cell\}.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    shown = re.search(rf"^`{{3,}}\{{rule\}} {rule.key}$", text, re.MULTILINE)
    if shown or re.search(rf"(?<!\w){re.escape(rule.name)}(?!\w)", prose):
        return None
    return f"a sentence with its name, {rule.name}, or {{rule}} {rule.key}, in chapters/{rule.chapter}.md"


@check
def notebook(rule: Rule) -> str | None:
    if not rule.chapter or (ROOT / "chapters" / f"{rule.chapter}.ipynb").exists():
        return None
    return f"chapters/{rule.chapter}.ipynb: python -m book.pair"


@check
def look(rule: Rule) -> str | None:
    looks = _json("figures", "tokens.json")["methods"]
    told = "colour, dash and mark in figures/tokens.json, then python -m checks.javascript bundle"
    return None if rule.key in looks else told


@check
def rates(rule: Rule) -> str | None:
    if not rule.elementwise or set(rule.rates) >= set(LANDSCAPES):  # others have no figure that descends a landscape
        return None
    return f"learning rates on the landscapes, in rules/rates.json: python tests/sweep.py {rule.key}"


@check
def stub_is_current(rule: Rule) -> str | None:
    return None if f"\nclass {rule.name}(Optimizer):\n" in STUB.read_text() else "optimizers.pyi: run this again"


def _oracles() -> Iterator[ast.FunctionDef]:
    for file in sorted((ROOT / "tests").glob("*oracles.py")):
        yield from (node for node in ast.parse(file.read_text("utf-8")).body if isinstance(node, ast.FunctionDef))


@check
def oracle(rule: Rule) -> str | None:
    found = next((node for node in _oracles() if node.name == rule.key), None)
    if found is None:
        return f"an oracle: a function {rule.key} in tests/oracles.py, by other means than the rule's"
    takes = {argument.arg for argument in found.args.kwonlyargs} - {"corrected"} | {"lr"}
    wrong = takes ^ set(rule.hyperparameters)
    return f"an oracle that takes the same hyperparameters: not {sorted(wrong)}" if wrong else None


@cache
def _goldens() -> list[dict[str, Any]]:
    """What is known of each golden trajectory that agrees with its rule."""
    cases: list[dict[str, Any]] = []
    for file in sorted((ROOT / "tests" / "goldens").glob("*.npz")):
        with np.load(file) as stored:
            about = json.loads(str(stored["about"])) if "about" in stored else {"cases": []}
        cases += [case for case in about["cases"] if "rule" in case and not case.get("departs", False)]
    return cases


@check
def golden(rule: Rule) -> str | None:
    given = [set(case["hyperparameters"]) for case in _goldens() if case["rule"] == rule.key]
    if not given:
        return "a golden trajectory of another library: add its call in tests/goldens, and run the file that has it"
    ungiven = set(rule.hyperparameters) - set().union(*given)
    return f"a golden trajectory in which {sorted(ungiven)} are given" if ungiven else None


@check
def parity(rule: Rule) -> str | None:
    known = _json("parity.json")
    compared = rule.key in known["rules"] or rule.key in known["reasons"]
    return None if compared else "its row of parity.json: python tests/parity.py"


@check
def claim(rule: Rule) -> str | None:
    from .claims import CLAIMS

    if any(rule.key in claim.about for claim in CLAIMS.values()):
        return None
    return f"a claim about it, in claims/{rule.chapter or '...'}.py, with its experiment"


@check
def measured(rule: Rule) -> str | None:
    from .claims import CLAIMS

    known = _json("measured.json")
    missing = [key for key, claim in CLAIMS.items() if rule.key in claim.about and key not in known]
    return f"{missing[0]} in measured.json: python -m firstorder.claims --store" if missing else None


@check
def sweep(rule: Rule) -> str | None:
    rows = {row["optimizer"] for row in _json("sweeps", "digits.json")["rows"]}
    return None if rule.key in rows else "its rows of sweeps/digits.json: python -m firstorder.lab.sweep"


def lacking(rule: Rule) -> dict[str, str]:
    """What a rule lacks, by the name of the check."""
    return {name: told for name, ask in CHECKS.items() if (told := ask(rule))}


def main(arguments: list[str]) -> int:
    """Write optimizers.pyi, and print what each rule that is named lacks; 1 if any lacks anything."""
    STUB.write_text(stub(), encoding="utf-8")
    status = 0
    for argument in arguments:
        try:
            rule = rule_of(argument, "NAME")
        except ValueError as error:
            print(f"{error}\nWrite it first: a function {argument} in a file of {PACKAGE / 'rules'}")
            return 2
        missing = lacking(rule)
        print(f"{rule.name}: " + (f"lacks {len(missing)} of {len(CHECKS)}" if missing else "lacks nothing"))
        for name in CHECKS:
            print(f"  [{' ' if name in missing else 'x'}] {name:<16} {missing.get(name, '')}".rstrip())
        status |= bool(missing)
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
