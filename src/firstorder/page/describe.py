"""A rule as the figures' front end knows it: its state, and a slider for each hyperparameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..rules import Rule


def span(low: float, high: float, value: float) -> dict[str, float]:
    """The ends of a slider that has room for `value`."""
    return {"min": min(low, value), "max": max(high, value)}


def begins_with_numbers(rule: Rule) -> bool:
    """Whether each state begins as a number or as a hyperparameter: there are no functions of parameters in a page."""
    return not any(map(callable, rule.initial.values()))


def describe_state(rule: Rule) -> list[dict[str, Any]]:
    return [
        {"name": name, "initial": rule.initial.get(name, 0.0), "scalar": name in rule.scalar_state}
        for name in (*rule.state, *rule.scalar_state)
    ]


def describe_rule(rule: Rule, given: Mapping[str, Any]) -> dict[str, Any]:
    """The rule for the front end. Where it gives no default, the value it was given here stands in for one."""
    usual: dict[str, Any] = {
        name: given.get(name) if default is None else default for name, default in rule.hyperparameters.items()
    }
    for name, value in usual.items():
        if value is None:
            raise TypeError(f"{rule.name}: hyperparameter {name!r} has no default and must be given")
    return {
        "id": rule.key,
        "label": rule.name,
        "state": describe_state(rule),
        "uncorrected": uncorrected(rule),
        "hyperparameters": [_describe_hyperparameter(rule, name, value) for name, value in usual.items()],
    }


def uncorrected(rule: Rule) -> str | None:
    """The name of the rule without its bias correction, if it has one."""
    return None if rule.uncorrected is None else f"{rule.name}, uncorrected"


def _describe_hyperparameter(rule: Rule, name: str, default: float) -> dict[str, Any]:
    known = rule.meanings[name]
    return {
        "name": name,
        "symbol": known.symbol,
        "meaning": known.meaning,
        "default": default,
        **span(*known.slider, default),
        "scale": known.scale,
    }
