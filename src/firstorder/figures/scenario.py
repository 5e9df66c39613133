"""A figure's numbers, written once: rules along gradients, and the curves that are drawn of what they leave behind.

A scenario is expressions. `Scenario.curves` evaluates them with NumPy; `Scenario.javascript` prints them for
`js/drive.js`, which runs them in the same order. Names in an expression are the figure's controls, the arrays of its
data (`array`), and what a run has at hand: `t`, the step, from 1; `lane`, the place among the parameters, from 0; `p`,
the parameter, or `point[0]`, `point[1]`, …, all of them; in a curve also each state, and `before`, p before the step.
Imports `reading` and `rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import sympy as sp

from ..reading.javascript import javascript_expression
from ..reading.symbolic import symbol
from ..rules import RULES, Rule

Scope = dict[str, Any]


def array(name: str) -> sp.IndexedBase:
    """An array of a figure's data by name: `array("signal")[t - 1]`."""
    return sp.IndexedBase(symbol(name))


t, lane, p, before, row = map(symbol, ("t", "lane", "p", "before", "row"))
point = array("point")


@dataclass(frozen=True)
class Mean:
    """The mean of `of` over `row` from 0 up to `count`."""

    of: sp.Expr
    count: sp.Expr


Formula: TypeAlias = "sp.Expr | Mean | float"


@dataclass(frozen=True)
class Run:
    """A rule along gradients, from `start` in each of `lanes` parameters: one of whole tensors with each alone.

    gradient: one expression for all lanes, or one for each; values: hyperparameters, which may depend on t; after: what
    becomes of p after a step; anew: whether p is 0 again before every step, so that what is kept of it are the steps;
    corrected: whether the rule's bias is.
    """

    rule: str
    steps: Formula
    gradient: Formula | Sequence[Formula]
    values: Mapping[str, Formula]
    start: Formula = 0.0
    lanes: Formula = 1
    after: sp.Expr | None = None
    anew: bool = False
    corrected: bool = True

    @property
    def gradients(self) -> Sequence[Formula]:
        return self.gradient if isinstance(self.gradient, Sequence) else [self.gradient]


@dataclass(frozen=True)
class Along:
    """A curve along a run: `of` after each step, from step 1, or from `first=0`, the start; lane by lane if it differs.

    running: whether it is the mean of what it was up to each step.
    """

    run: str
    of: Formula
    first: int = 1
    running: bool = False


@dataclass(frozen=True)
class End:
    """`of` in each lane of a run at its end."""

    run: str
    of: Formula


@dataclass(frozen=True)
class Over:
    """`of` over the product of some axes, the last fastest; a number where there is none."""

    of: Formula
    axes: Mapping[str, Sequence[float]] = field(default_factory=dict)


@dataclass(frozen=True)
class Scenario:
    """Runs by name, and curves by name."""

    curves: Mapping[str, Along | End | Over]
    runs: Mapping[str, Run] = field(default_factory=dict)

    def evaluate(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The curves, by NumPy: arrays of one dimension, and numbers. `values` are the controls and the data."""
        scope = {name: np.array(value) if isinstance(value, list) else value for name, value in values.items()}
        with np.errstate(all="ignore"):  # both branches of a condition are computed; a figure may diverge
            kept = {name: drive(run, scope) for name, run in self.runs.items()}
            return {name: self._evaluate(curve, kept, scope) for name, curve in self.curves.items()}

    def javascript(self) -> str:
        runs = {
            name: {
                "rule": _text(run.rule),
                "corrected": str(run.corrected).lower(),
                "anew": str(run.anew).lower(),
                "steps": function(run.steps),
                "lanes": function(run.lanes),
                "start": function(run.start),
                "gradient": f"[{', '.join(map(function, run.gradients))}]",
                "values": _object({name: function(value) for name, value in run.values.items()}),
                **({} if run.after is None else {"after": function(run.after)}),
            }
            for name, run in self.runs.items()
        }
        curves = {name: self._curve(curve) for name, curve in self.curves.items()}
        return _object({"runs": _object({k: _object(v) for k, v in runs.items()}), "curves": _object(curves)})

    def _evaluate(self, curve: Along | End | Over, kept: Mapping[str, Mapping[str, np.ndarray]], scope: Scope) -> Any:
        if isinstance(curve, Over):
            points = [dict(zip(curve.axes, point, strict=True)) for point in product(*curve.axes.values())]
            of = reader(curve.of)
            found = np.array([float(of({**scope, **at})) for at in points])
            return found if curve.axes else float(found[0])
        states = kept[curve.run]
        steps, lanes = len(states["p"]), np.arange(states["p"].shape[1])
        one = _each_lane(curve.of) if self._by_lane(curve) else reader(curve.of)
        found = np.array(
            [
                one({**scope, **{name: s[k] for name, s in states.items()}, **_at(states["p"], k), "lane": lanes})
                for k in (range(curve.first, steps) if isinstance(curve, Along) else [steps - 1])
            ],
            dtype=float,
        )
        if isinstance(curve, Along) and curve.running:
            found = np.cumsum(found, axis=0) / np.arange(1, len(found) + 1).reshape(-1, *[1] * (found.ndim - 1))
        return found.ravel()

    def _curve(self, curve: Along | End | Over) -> str:
        if isinstance(curve, Over):
            axes = _object({name: str(list(map(float, values))) for name, values in curve.axes.items()})
            return _object({"of": function(curve.of), "axes": axes})
        said = {"of": function(curve.of), "run": _text(curve.run), "lanes": str(self._by_lane(curve)).lower()}
        if isinstance(curve, Along):
            said |= {"first": str(curve.first), "running": str(curve.running).lower()}
        return _object(said)

    def _by_lane(self, curve: Along | End) -> bool:
        """Whether a curve differs from lane to lane: `point` and `t` are the same for all of them."""
        each = {"p", "before", "lane", *_rule(self.runs[curve.run]).state}
        return bool(each & {*_names(curve.of)} - {*_arrays(curve.of)})


# ---------------------------------------------------------------- NumPy


def drive(run: Run, scope: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What a run leaves: "p" and each state, before the first step and after every one, (steps + 1, lanes)."""
    rule = _rule(run)
    scope = {**scope, "lane": np.arange(int(value(run.lanes, scope)))}
    p = _each_lane(run.start)(scope)
    gradients = [_each_lane(formula) for formula in run.gradients]
    readers = {name: reader(formula) for name, formula in run.values.items()}
    after = None if run.after is None else _each_lane(run.after)
    usual: dict[str, Any] = dict(rule.hyperparameters)
    named = [name for name in rule.initial.values() if isinstance(name, str) and name in run.values]
    first = usual | {name: value(run.values[name], scope) for name in named}
    state = [np.zeros(p.shape) + rule.initial_value(name, p, first) for name in rule.state]
    kept = {name: [values] for name, values in zip(("p", *rule.state), (p, *state), strict=True)}
    takes_t = "t" in rule.program.keywords
    for step in range(1, round(float(value(run.steps, scope))) + 1):
        scope["t"] = step
        p = np.zeros_like(p) if run.anew else p
        scope["p"] = scope["point"] = p
        slopes = [gradient(scope) for gradient in gradients]
        g = slopes[0] if len(slopes) == 1 else np.array([slope[k] for k, slope in enumerate(slopes)])
        values = usual | {name: read(scope) for name, read in readers.items()}
        stepped = rule(p, g, *state, **({"t": step} if takes_t else {}), **values)
        p, *state = stepped if isinstance(stepped, tuple) else (stepped,)
        if after is not None:
            p = after({**scope, "p": p})
        for name, values_now in zip(kept, (p, *state), strict=True):
            kept[name].append(values_now)
    return {name: np.array(arrays) for name, arrays in kept.items()}


def elementwise(key: str) -> Rule:
    """The rule of that key, or what it is on a parameter of one weight."""
    return RULES[key].single if RULES[key].joint else RULES[key]


def _rule(run: Run) -> Rule:
    rule = elementwise(run.rule) if run.corrected else RULES[run.rule].uncorrected
    if rule is None:
        raise ValueError(f"{run.rule} corrects no bias, so it has no uncorrected form")
    return rule


def _at(path: np.ndarray, k: int) -> Scope:
    return {"t": k, "before": path[max(0, k - 1)], "point": path[k]}


def value(formula: Formula, scope: Mapping[str, Any]) -> Any:
    """A formula with the names in it standing for numbers, or for arrays that broadcast."""
    return reader(formula)(scope)


def reader(formula: Formula) -> Callable[[Mapping[str, Any]], Any]:
    """`value` of a formula, for many scopes."""
    if isinstance(formula, Mean):
        of, count = reader(formula.of), reader(formula.count)
        return lambda scope: np.mean(of({**scope, "row": np.arange(int(count(scope)))}))
    if not isinstance(formula, sp.Expr):
        return lambda scope: formula
    names, evaluate = _compiled(formula)
    return lambda scope: evaluate(*[scope[name] for name in names])


def _each_lane(formula: Formula) -> Callable[[Mapping[str, Any]], np.ndarray]:
    read = reader(formula)
    return lambda scope: np.zeros(len(scope["lane"])) + read(scope)


def _select(conditions: Sequence[Any], values: Sequence[Any], default: Any) -> Any:
    """np.select of numbers and small arrays, which it takes ten times as long to broadcast."""
    for condition, chosen in zip(reversed(conditions), reversed(values), strict=True):
        default = np.where(condition, chosen, default)
    return default


@cache
def _compiled(expr: sp.Expr) -> tuple[list[str], Callable[..., Any]]:
    names = _names(expr)
    known = {"maximum": np.maximum, "minimum": np.minimum, "select": _select}
    return names, sp.lambdify([symbol(name) for name in names], expr, [known, "numpy"])


def _names(formula: Formula) -> list[str]:
    if isinstance(formula, Mean):
        return sorted({*_names(formula.of), *_names(formula.count)} - {"row"})
    return sorted(s.name for s in formula.atoms(sp.Symbol)) if isinstance(formula, sp.Basic) else []


def _arrays(formula: Formula) -> list[str]:
    expr = formula.of if isinstance(formula, Mean) else formula
    return [base.name for base in expr.atoms(sp.IndexedBase)] if isinstance(expr, sp.Basic) else []


# ---------------------------------------------------------------- JavaScript


def function(formula: Formula) -> str:
    """A formula as a JavaScript function of an object that has its names."""
    names = f"{{{', '.join(_names(formula))}}}"
    if isinstance(formula, Mean):
        count, of = javascript_expression(sp.sympify(formula.count)), javascript_expression(formula.of)
        add = f"for (let row = 0; row < {count}; row++) sum += {of};"
        return f"({names}) => {{ let sum = 0; {add} return sum / ({count}); }}"
    return f"({names}) => {javascript_expression(sp.sympify(formula))}"


def _object(entries: Mapping[str, str]) -> str:
    return f"{{{', '.join(f'{_text(name)}: {text}' for name, text in entries.items())}}}"


def _text(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
