"""The comparison: two or three optimizers side by side, with their paths over the same landscape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import traitlets

from ..claims import CLAIMS, PRO, Claim
from ..optimizer import unknown
from ..problems import LANDSCAPES
from ..rules import RULES
from .figure import Figure, mathematics
from .method_map import describe
from .playground import describe_rule

FEWEST, MOST = 2, 3


class Comparison(Figure):
    """Two or three optimizers side by side: formula, code with its differences, state, hyperparameters, how they
    behave, their pros and cons, and their paths over one landscape if they work element by element.

    methods: keys of `firstorder.OPTIMIZERS`; landscape: a key of `firstorder.LANDSCAPES`.
    Raises ValueError for other keys, or another number of methods.
    """

    module = "comparison"

    mathematics = traitlets.Unicode().tag(sync=True)
    methods: Any = traitlets.List().tag(sync=True)
    claims: Any = traitlets.List().tag(sync=True)
    rules: Any = traitlets.List().tag(sync=True)
    landscapes: Any = traitlets.List().tag(sync=True)
    chosen: Any = traitlets.List().tag(sync=True)
    landscape = traitlets.Unicode().tag(sync=True)
    start: Any = traitlets.List().tag(sync=True)

    def __init__(self, methods: Sequence[str] = ("adam", "momentum"), landscape: str = "rosenbrock"):
        rules = [rule for rule in RULES.values() if rule.elementwise]
        if landscape not in LANDSCAPES:
            raise ValueError(unknown("landscape", landscape, LANDSCAPES))
        super().__init__(
            mathematics=mathematics(rules, LANDSCAPES.values()),
            methods=[describe(rule) for rule in RULES.values()],
            claims=[_describe_claim(claim) for claim in CLAIMS.values() if any(key in RULES for key in claim.about)],
            rules=[describe_rule(rule, {}) for rule in rules],
            landscapes=[
                {
                    "id": ground.key,
                    "label": ground.label,
                    "domain": list(ground.domain),
                    "start": list(ground.start),
                    "parameters": dict(ground.parameters),
                    "rates": {rule.key: ground.rates[rule.key] for rule in rules if rule.key in ground.rates},
                }
                for ground in LANDSCAPES.values()
            ],
            chosen=list(methods),
            landscape=landscape,
            start=list(LANDSCAPES[landscape].start),
        )

    @traitlets.validate("chosen")
    def _check_chosen(self, proposal: Any) -> list[str]:
        chosen = list(proposal["value"])
        for key in chosen:
            if key not in RULES:
                raise ValueError(unknown("optimizer", str(key), RULES))
        if not FEWEST <= len(chosen) <= MOST or len(set(chosen)) < len(chosen):
            raise ValueError(f"methods must be {FEWEST} or {MOST} different optimizers, got {chosen}")
        return chosen

    @property
    def summary(self) -> str:  # type: ignore[override]
        names = ", ".join(RULES[key].name for key in self.chosen)
        return f"An interactive figure: {names} side by side, and any others you choose."

    def heights(self) -> tuple[int, int]:
        return 3880, 2440


def _describe_claim(claim: Claim) -> dict[str, Any]:
    return {
        "pro": claim.side == PRO,
        "statement": plain(claim.statement),
        "measured": plain(claim.stored.measured),
        "verdict": claim.verdict,
        "conditions": plain(claim.conditions),
        "about": [key for key in claim.about if key in RULES],
    }


_SIGNS = {"cdot": "·", "times": "×", "sqrt": "√", "infty": "∞", "le": "≤", "ge": "≥", "approx": "≈", "ell": "ℓ"}


def _sign(found: re.Match[str]) -> str:
    """A TeX command as a character; one that is not known stays."""
    name = found[1]
    letter = f"GREEK SMALL LETTER {'LAMDA' if name == 'lambda' else name.upper()}"
    try:
        return _SIGNS.get(name) or unicodedata.lookup(letter)
    except KeyError:
        return found[0]


def plain(text: str) -> str:
    """Short mathematics in TeX as text: `$\\beta_2^t$` is β₂^t."""

    def letters(match: re.Match[str]) -> str:
        tex = re.sub(r"\\hat\s*(?:\{(\w)\}|(\w))", lambda found: f"{found[1] or found[2]}\u0302", match[1])
        tex = re.sub(r"\\([a-z]+)", _sign, tex.replace("\\,", "\u202f"))
        tex = re.sub(r"_\{?(\d)\}?", lambda found: chr(0x2080 + int(found[1])), tex)
        return re.sub(r"\^\{([^}]*)\}", r"^(\1)", tex).replace("{", "(").replace("}", ")")

    return re.sub(r"\$([^$]*)\$", letters, text)
