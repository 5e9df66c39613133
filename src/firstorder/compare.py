"""All optimizers side by side: what the registry says of them, and how they behave, measured by running them.

    from firstorder import compare
    compare.behaviour("adam").scale            # True: gradients times c give the same steps
    compare.properties(), compare.behaviours() # the tables of the chapter "Which optimizer?"

Nothing is listed by hand.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from .card import EXAMPLE, state_bytes
from .catalogue import NO, YES, link, markdown_table, source
from .optimizer import Optimizer
from .resolve import OptimizerLike, rule_of
from .rules import RULES, Rule

SHAPE = (4, 3)
STEPS = 30
TOLERANCE = 1e-5
OUTLIER = 1e6


def year(rule: Rule) -> int:
    """The year of the paper, as the docstring names it."""
    found = re.search(r"\((\d{4})\)", source(rule))
    if not found:
        raise ValueError(f"{rule.key}: the docstring names no source with its year")
    return int(found[1])


def bytes_per_parameter(rule: Rule) -> float:
    """Bytes of state for each float32 parameter of a matrix of shape `card.EXAMPLE`."""
    return state_bytes(rule) / float(np.prod(EXAMPLE))


@dataclass(frozen=True)
class Behaviour:
    """How an optimizer behaves, found by running it, without weight decay, on gradients made for the purpose.

    The three invariances are those of the rule with its guards off (`without_guards`), the rest is at the defaults.
    scale: gradients times one number give the same steps; diagonal: so do gradients times one number a parameter;
    rotation: "all" if turning the parameters turns the steps, "sides" if only turning rows or columns of a matrix
    does, else "none"; coasts: it moves on when the gradient is 0; alike: all parameters move equally far;
    first: the length of the first step, root mean square, in units of lr, where gradients are about 1;
    first_grows: whether that step is as many times longer as the gradient is; outlier: how far the parameter
    that moves most goes, in units of lr, when after 300 gradients of size 1 there comes one of size 10⁶;
    decay: what every step with zero gradients takes off a parameter: "lr" for its lr·λ-th part, "own" for a part that
    does not follow the learning rate but its schedule alone, "mixed" if the decay passes through momentum, averaging
    or normalisation, "" if there is none.
    """

    scale: bool
    diagonal: bool
    rotation: str
    coasts: bool
    alike: bool
    first: float
    first_grows: bool
    outlier: float
    decay: str


def without_guards(rule: Rule) -> dict[str, float]:
    """The hyperparameters that break an invariance by design, guards and first values, with which they do not."""
    return {name: known.off for name, known in rule.meanings.items() if known.off is not None}


def steps_of(optimizer: OptimizerLike, gradients: Iterable[Any], start: Any, **hyperparameters: float) -> np.ndarray:
    """The steps of an optimizer from `start` along these gradients, with those hyperparameters that it has."""
    rule = rule_of(optimizer)
    given = {name: value for name, value in hyperparameters.items() if name in rule.hyperparameters}
    p = np.array(start, dtype=float)
    taken, path = Optimizer.of(rule)(p, on_nonfinite="ignore", **given), [p.copy()]
    for g in gradients:
        taken.step(np.array(g, dtype=float))
        path.append(p.copy())
    return np.diff(path, axis=0)


def _orthogonal(n: int, rng: np.random.Generator) -> np.ndarray:
    return np.linalg.qr(rng.normal(size=(n, n)))[0]


def behaviour(optimizer: OptimizerLike) -> Behaviour:
    """Run the optimizer and see; deterministic."""
    return _behaviour(rule_of(optimizer))


@cache
def _behaviour(rule: Rule) -> Behaviour:
    rng = np.random.default_rng(0)
    gradients, start = rng.normal(size=(STEPS, *SHAPE)), rng.normal(size=SHAPE)
    lr = rule.hyperparameters.get("lr") or 1.0
    bare = {**without_guards(rule), "weight_decay": 0.0, "lr": lr}

    def run(change: Callable[[Any], Any] = lambda g: g, turn: Callable[[Any], Any] = lambda p: p) -> np.ndarray:
        return steps_of(rule, map(change, gradients), turn(start), **bare)

    plain = run()

    def same(one: np.ndarray, other: np.ndarray) -> bool:
        return bool(np.abs(one - other).max() <= TOLERANCE * np.abs(one).max())

    scales = 10 ** rng.uniform(-2, 2, SHAPE)
    whole = _orthogonal(start.size, rng)
    left, right = (_orthogonal(n, rng) for n in SHAPE)

    def turn_all(a: np.ndarray) -> np.ndarray:
        return (whole @ a.ravel()).reshape(SHAPE)

    def turn_sides(a: np.ndarray) -> np.ndarray:
        return left @ a @ right.T

    def turns(turn: Callable[[Any], Any]) -> bool:
        return same(np.array([turn(s) for s in plain]), run(turn, turn))

    unit = gradients[0] / np.sqrt((gradients[0] ** 2).mean())
    usual = {"weight_decay": 0.0, "lr": lr}
    first, tenfold = (_rms(steps_of(rule, [c * unit], start, **usual)[0]) / lr for c in (1, 10))
    after = steps_of(rule, [*gradients[:10], np.zeros(SHAPE)], start, **usual)[-1]
    late = [*rng.normal(size=(300, *SHAPE)), OUTLIER * unit]
    lengths = np.abs(plain[5:])
    return Behaviour(
        scale=all(same(plain, run(lambda g, c=c: c * g)) for c in (1e-2, 1e2)),  # type: ignore[misc]
        diagonal=same(plain, run(lambda g: scales * g)),
        rotation="all" if turns(turn_all) else "sides" if turns(turn_sides) else "none",
        coasts=bool(np.abs(after).max() > 0),
        alike=bool(lengths.max() - lengths[lengths > 0].min() <= TOLERANCE * lengths.max()),
        first=first,
        first_grows=bool(abs(tenfold - 10 * first) <= 1e-3 * first and first > 0),
        outlier=float(np.abs(steps_of(rule, late, start, **usual)[-1]).max() / lr),
        decay=_decay(rule, start),
    )


def _rms(a: np.ndarray) -> float:
    return float(np.sqrt((a**2).mean()))


def _decay(rule: Rule, start: np.ndarray) -> str:
    """What each step without gradient takes off the parameters, at lr 0.01 and λ 0.1."""
    if "weight_decay" not in rule.hyperparameters:
        return ""
    lr, decay, p, shares = 0.01, 0.1, start, set()
    given = {"lr": lr, "weight_decay": decay, "lr_max": lr / 2, "d0": 1.0}
    for step in steps_of(rule, [np.zeros(SHAPE)] * 3, start, **given):
        if step.any():  # a rule may only look on in the first step
            shares.add(round(float((-step / p).mean()), 12))
        p = p + step
    return {lr * decay: "lr", 2 * decay: "own"}.get(shares.pop(), "mixed") if len(shares) == 1 else "mixed"


def properties() -> str:
    """A Markdown table of what the registry says: year, state, hyperparameters, element by element or not."""
    rows = []
    for key, rule in RULES.items():
        numbers = ", ".join(f"`{name}`" for name in rule.hyperparameters)
        whole = NO if rule.elementwise else "vector" if rule.joint else "tensor"
        rows.append([link(key), str(year(rule)), f"{bytes_per_parameter(rule):.3g}", whole, numbers])
    return markdown_table(["optimizer", "year", "bytes", "needs whole", "hyperparameters"], rows)


def _mark(true: bool) -> str:
    return YES if true else NO


def _length(units: float) -> str:
    return f"{units:.2g}".replace("e+0", "e").replace("e-0", "e−")


def behaviours() -> str:
    """A Markdown table of what was measured; see `Behaviour`."""
    rotation = {"all": YES, "sides": "rows, columns", "none": NO}
    decay = {"lr": "η·λ", "own": "λ·η/η max", "mixed": "mixed", "": NO}
    rows = []
    for key in RULES:
        b = behaviour(key)
        first = _length(b.first) + "·g" * b.first_grows
        marks = [_mark(b.scale), _mark(b.diagonal), rotation[b.rotation], _mark(b.coasts), _mark(b.alike)]
        rows.append([link(key), *marks, first, _length(b.outlier), decay[b.decay]])
    marked = ["gradient scale", "each scale", "rotation", "inertia", "alike"]
    return markdown_table(["optimizer", *marked, "first step", "outlier", "decay"], rows)
