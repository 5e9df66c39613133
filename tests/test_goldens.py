"""What other libraries did with the same gradients, step by step: parameters and state, lr changed midway."""

import numpy as np
import pytest
from goldens import LAYERWISE_FILE, MATRIX_FILE, PARAMETER_FREE_FILE, Arrays, Golden, load

import firstorder as fo

# Relative to the largest value an element takes on its path. The libraries order the same few operations in
# other ways; in 24 steps of float64 that comes to 1.2e-15 at most (torch's AdamW).
TOLERANCE = 1e-14

ABOUT, EVERY_CASE = load()
GOLDENS = [golden for golden in EVERY_CASE if not golden.departs]
# Compared in test_matrix.py, test_layerwise.py and test_parameter_free.py.
OTHERS = [golden for file in (MATRIX_FILE, LAYERWISE_FILE, PARAMETER_FREE_FILE) for golden in load(file)[1]]
DEPARTURES = {golden.call: golden for golden in EVERY_CASE if golden.departs}


def gap(ours: list[Arrays], theirs: list[Arrays]) -> float:
    """The largest difference, each element's relative to the largest value it takes in the library's run."""
    largest = 0.0
    for our, their in zip(zip(*ours, strict=True), zip(*theirs, strict=True), strict=True):
        a, b = np.stack(our), np.stack(their)
        scale = np.maximum(np.abs(b).max(axis=0), np.finfo(float).tiny)
        largest = max(largest, float(np.max(np.abs(a - b) / scale)))
    return largest


def corrected(value: float, beta1: float):
    """`value` as it is divided by a corrected moment: a function of the step."""
    return lambda t: value * (1 - beta1**t)


def replay(
    golden: Golden, optimizer_class: type[fo.Optimizer] | None = None, **changed: float
) -> tuple[list[Arrays], dict[str, list[Arrays]]]:
    """Our run with the golden's start, gradients and rates: parameters and states after each step."""
    params = [p.copy() for p in golden.start]
    optimizer_class = optimizer_class or fo.OPTIMIZERS[golden.rule]
    hyperparameters = golden.hyperparameters | changed
    for name in golden.times_correction:
        hyperparameters[name] = corrected(hyperparameters[name], hyperparameters["beta1"])
    optimizer = optimizer_class(params, **hyperparameters)
    parameters, states = [], {name: [] for name in golden.states}
    for step, gradient in enumerate(golden.gradients, start=1):
        optimizer.lr = golden.lr_changes.get(step, optimizer.lr)
        for name in golden.given:
            for array, value in zip(optimizer.state[name], golden.states[name][step - 1], strict=True):
                array[...] = value
        optimizer.step(gradient)
        parameters.append([p.copy() for p in params])
        for name, trajectory in states.items():
            kept = zip(optimizer.state[name], params, strict=True)
            trajectory.append([np.broadcast_to(np.array(array), p.shape) for array, p in kept])
    return parameters, states


EVERY_GOLDEN = pytest.mark.parametrize("golden", GOLDENS, ids=lambda golden: golden.label)


@pytest.mark.parametrize("backend", ["numpy", "numba"])
@EVERY_GOLDEN
def test_trajectory_is_that_of_the_library(golden: Golden, backend: str):
    pytest.importorskip(backend)
    with fo.using(backend):
        parameters, states = replay(golden)
    assert gap(parameters, golden.parameters) < TOLERANCE
    for name in states:
        assert gap(states[name], golden.states[name]) < TOLERANCE, name


def notices(golden: Golden, name: str) -> bool:
    """Whether 1 % less of a hyperparameter gives parameters or state that are not the golden's."""
    value = golden.hyperparameters.get(name, fo.OPTIMIZERS[golden.rule].rule.hyperparameters[name])
    if value == 0:
        return False
    parameters, states = replay(golden, **{name: 0.99 * value})
    pairs = [(parameters, golden.parameters), *((states[n], golden.states[n]) for n in states)]
    return any(gap(ours, theirs) > 100 * TOLERANCE for ours, theirs in pairs)


@pytest.mark.parametrize("rule", dict.fromkeys(golden.rule for golden in GOLDENS))
def test_one_per_cent_on_any_hyperparameter_would_be_noticed(rule: str):
    for name in fo.OPTIMIZERS[rule].rule.hyperparameters:
        assert any(notices(golden, name) for golden in GOLDENS if golden.rule == rule), name


def test_goldens_say_what_made_them():
    libraries = {"torch", "optax", "pytorch_optimizer", "torch-optimi", "jax", "numpy"}
    assert set(ABOUT["versions"]) == libraries
    assert ABOUT["made_by"]
    assert ABOUT["seed"]


def test_goldens_change_lr_midway_and_last_twenty_steps_or_more():
    for golden in GOLDENS:
        (change,) = golden.lr_changes
        assert 1 < change < len(golden.gradients)
        assert len(golden.gradients) == len(golden.parameters) >= 20


@pytest.mark.parametrize("name", fo.OPTIMIZERS)
def test_every_state_of_an_optimizer_is_in_its_goldens(name: str):
    optimizer = fo.OPTIMIZERS[name](np.zeros(1))
    stored = [set(golden.states) for golden in GOLDENS + OTHERS if golden.rule == name]
    assert stored
    assert all(states == set(optimizer.state) for states in stored)
