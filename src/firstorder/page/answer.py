"""What a page is told of a text: every reading of the rule, or what is wrong with it and where."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Any

from ..reading import RuleError
from ..rules import RULES, Rule, optimizer
from . import ground
from .accept import defined
from .describe import begins_with_numbers, describe_rule
from .text import cell, text_of


def beginnings() -> dict[str, dict[str, str]]:
    """The rules that a text may begin as, by their keys; a rule whose body was not read is none of them."""
    return {
        key: {"label": rule.name, "chapter": rule.chapter, "text": text_of(rule), "source": rule.source}
        for key, rule in RULES.items()
        if rule.program.lines and begins_with_numbers(rule)
    }


def read(text: str, origin: str = "") -> dict[str, Any]:
    """All readings of the rule in a text, or `{"error": {"why", "line", "column"}}`, counted from 1 and 0.

    origin: the key of the rule that the text began as: a hyperparameter that keeps its name keeps its meaning. `line`
    and `column` are None where the error is of the whole. Raises nothing, whatever the text.
    """
    return _told(lambda: _readings(defined(text, partial(_declared, origin=RULES.get(origin))), text))


def judged(text: str, exercise: str) -> dict[str, Any]:
    """What the check of an exercise finds of the rule in a text, as `Verdict` has it; or an error, as in `read`."""
    from ..exercises import check  # which a page needs for this alone

    return _told(lambda: asdict(check(defined(text, optimizer), exercise)))


def drawn(text: str) -> dict[str, Any]:
    """JavaScript and LaTeX of a landscape that is typed, f(x, y), and of its gradient; or an error, as in `read`."""
    return _told(lambda: ground.readings(text))


def _told(ask: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """What it says, or what is wrong."""
    try:
        return ask()
    except SyntaxError as error:
        return _wrong(error.msg, error.lineno, None if error.offset is None else max(0, error.offset - 1))
    except RuleError as error:
        return _wrong(error.why, error.line, error.column)
    except RecursionError:
        return _wrong("the text is too deeply nested to be read")
    except Exception as error:  # such as a default that no decorator takes: said as Python says it
        return _wrong(str(error) or type(error).__name__)


def _wrong(why: str, line: int | None = None, column: int | None = None) -> dict[str, Any]:
    return {"error": {"why": why, "line": line, "column": column}}


def _declared(function: Any = None, *, origin: Rule | None, meanings: Any = None, **said: Any) -> Any:
    """`optimizer`, which knows what the origin's hyperparameters mean."""
    if function is None:
        return partial(_declared, origin=origin, meanings=meanings, **said)
    names = (function.__kwdefaults__ or {}) if callable(function) else {}
    kept = {name: known for name, known in (origin.meanings if origin else {}).items() if name in names}
    return optimizer(function, meanings={**kept, **(meanings or {})}, **said)


def _readings(rule: Rule, text: str) -> dict[str, Any]:
    if not begins_with_numbers(rule):
        raise RuleError(f"{rule.key}: a state that starts from a function of the parameter has no figure here")
    told: dict[str, Any] = {
        "rule": describe_rule(rule, {}),
        "elementwise": rule.elementwise,
        "tex": rule.tex(),
        "source": rule.source,
        "cell": cell(text),
    }
    if rule.elementwise:
        told |= {"javascript": rule.javascript(), "python": rule.python(), "cuda": rule.cuda()}
    return told
