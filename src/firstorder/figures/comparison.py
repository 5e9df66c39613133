"""The comparison: two or three optimizers side by side, with their paths over the same landscape."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from ..claims import CLAIMS, PRO, Claim
from ..compare import behaviour, bytes_per_parameter, year
from ..minimize import minimize
from ..optimizer import unknown
from ..page.describe import describe_rule
from ..problems import LANDSCAPES
from ..rules import RULES, Rule
from .figure import Figure, mathematics
from .guide import Choose, Guide, Stop
from .method_map import describe

if TYPE_CHECKING:
    from .still.sheet import Sheet

FEWEST, MOST = 2, 3
STEPS = 200
ROTATION = {"all": "yes", "sides": "of rows and columns", "none": "no"}
DECAY = {"lr": "η·λ each step", "own": "λ·η/ηmax each step", "mixed": "mixed with the step", "": "none"}


class Comparison(Figure):
    """Two or three optimizers side by side: formula, code with its differences, state, hyperparameters, how they
    behave, their pros and cons, and their paths over one landscape if they work element by element.

    methods: keys of `firstorder.OPTIMIZERS`; landscape: a key of `firstorder.LANDSCAPES`.
    Raises ValueError for other keys, or another number of methods.
    """

    module = "comparison"

    leads = Guide(
        "What is it that one method has and the other has not?",
        "Choose two, and look for the marked lines of their code.",
        Choose(
            "Which of these keeps half as many numbers for each weight as Adam?",
            ("AdamW", "NAdam", "Lion"),
            "Lion",
            {"chosen": ["adam", "lion"]},
            "it has one average, of the gradient alone, and takes its sign. See the state of both.",
            lambda now, _: bytes_per_parameter(now[1]) * 2 == bytes_per_parameter(now[0]),
        ),
        (
            Stop(
                {"chosen": ["momentum", "nesterov"]},
                "Two methods of the same state: the marked line of Nesterov looks ahead.",
                lambda now, _: now[0].state == now[1].state and _added(now) == 1,
            ),
            Stop(
                {"chosen": ["adam", "adamw"]},
                "One line makes Adam AdamW: it shrinks the weights before the step.",
                lambda now, _: _added(now) == 1,
            ),
            Stop(
                {"chosen": ["sgd", "adam"]},
                "Scale all gradients, and Adam’s steps stay the same; SGD’s do not: see what was counted and measured.",
                lambda now, _: [behaviour(rule.key).scale for rule in now] == [False, True],
            ),
            Stop(
                {"chosen": ["adam", "muon"]},
                "Muon needs whole matrices, so that it has no path on the map below.",
                lambda now, _: [rule.elementwise for rule in now] == [True, False],
            ),
        ),
    )

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
        more = len(self.chosen) - 2
        return 4230 + 580 * more, 2940 + 281 * more

    def draw(self, sheet: Sheet) -> None:
        from .still.ground import Descent, Ground
        from .still.numbers import form
        from .still.paths import alone, key
        from .still.sheet import looks_of
        from .still.table import table

        named = LANDSCAPES[self.landscape]
        ground = Ground(named, named.domain, named.minima, self.start)
        chosen, looks = [RULES[name] for name in self.chosen], looks_of(self.chosen)
        paths: dict[str, Descent] = {}
        said = {rule.key: "needs whole tensors and has no path here" for rule in chosen}
        for rule, look in zip(chosen, looks, strict=True):
            if not rule.elementwise:
                continue
            usual = {name: value for name, value in rule.hyperparameters.items() if value is not None}
            rate = named.rates.get(rule.key, usual.get("lr"))
            given: dict[str, Any] = {} if rate is None else {"lr": rate}
            path = minimize(named, rule, self.start, STEPS, progress=False, **given)
            paths[rule.key] = Descent.of(rule.name, look, path)
            outcome = paths[rule.key].outcome(named.domain)
            said[rule.key] = f"η = {form(rate)}, {outcome}" if rate is not None else outcome
        alone(sheet, ground, list(paths.values()))
        for rule, look in zip(chosen, looks, strict=True):
            key(sheet, rule.name, look if rule.key in paths else None, said[rule.key])
        x, y = map(form, self.start)
        sheet.top += 4
        sheet.paragraph(f"{named.label}; {STEPS} steps from ({x}, {y}).")
        sheet.top += 12
        table(sheet, "Counted and measured", [rule.name for rule in chosen], facts(chosen))


def _added(rules: Sequence[Rule]) -> int:
    """Lines of the second's code that the first has not."""
    first, second = ([line.strip() for line in rule.source.splitlines()[1:]] for rule in rules)
    return sum(line not in first for line in second)


def facts(rules: Sequence[Rule]) -> list[tuple[str, list[str]]]:
    """What was counted and measured of some optimizers, row by row, in the words of `js/figures/comparison.js`."""
    from .still.numbers import form

    found = [(rule, behaviour(rule.key)) for rule in rules]

    def yes(is_so: bool) -> str:
        return "yes" if is_so else "no"

    return [
        ("Year", [str(year(rule)) for rule in rules]),
        ("State, float32", [f"{form(bytes_per_parameter(rule))} bytes per parameter" for rule in rules]),
        ("Element by element", [yes(rule.elementwise) for rule in rules]),
        ("Same steps if all gradients are scaled", [yes(of.scale) for _, of in found]),
        ("Same steps if each parameter’s are scaled", [yes(of.diagonal) for _, of in found]),
        ("Turns with the axes", [ROTATION[of.rotation] for _, of in found]),
        ("Moves on when the gradient is 0", [yes(of.coasts) for _, of in found]),
        ("First step, in η", [f"{form(of.first, 2)}{'·|g|' if of.first_grows else ''}" for _, of in found]),
        ("Step at a gradient 10⁶ times too large, in η", [form(of.outlier, 2) for _, of in found]),
        ("Weight decay", [DECAY[of.decay] for _, of in found]),
    ]


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
