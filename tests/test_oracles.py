"""Every optimizer against its oracle: the closed form of the same mathematics, on awkward gradients."""

import numpy as np
import pytest
from layerwise_oracles import ORACLES as LAYERWISE_ORACLES
from matrix_oracles import ORACLES as MATRIX_ORACLES
from oracles import ORACLES
from parameter_free_oracles import ORACLES as PARAMETER_FREE_ORACLES

import firstorder as fo

STEPS = 50

# Relative to the largest value an element takes on its path. A recursion of 50 steps rounds each of some ten
# operations a step to 1.1e-16, the oracle adds without rounding: 5e-15 apart at most (Adadelta).
TOLERANCE = 1e-14


def histories() -> dict[str, np.ndarray]:
    random = np.random.default_rng(1412)
    normal = random.normal(size=STEPS)
    step = np.arange(STEPS)
    return {
        "normal": normal,
        "zero": np.zeros(STEPS),
        "constant": np.full(STEPS, 0.7),
        "sign flips every step": np.where(step % 2, -1.0, 1.0),
        "sign flips with noise": np.where(step % 2, -1.0, 1.0) + 1e-3 * normal,
        "tiny": 1e-8 * normal,
        "huge": 1e6 * normal,
        "huge and tiny in turn": np.where(step % 2, 1e-8, 1e6) * normal,
        "one huge, then tiny": np.where(step == 0, 1e6, 1e-8),
        "tiny, then huge": np.where(step < STEPS // 2, 1e-8, 1e6) * normal,
        "sparse": np.where(step % 10 == 3, normal, 0.0),
        "zero until the last": np.where(step == STEPS - 1, 1.0, 0.0),
        "fading": 0.5**step,
        "growing": 1.3**step,
    }


# alpha of the centred form stays where alpha^50 > 0.05: for gradients that hardly change, v − a² is some
# alpha^t g², and the rule, like its paper, computes it as the difference of two nearly equal numbers.
HYPERPARAMETERS = {
    "sgd": [{"lr": 1e-3}, {"lr": 2.0}],
    "momentum": [{"lr": 1e-3, "momentum": 0.9}, {"lr": 0.5, "momentum": 0.5}, {"lr": 0.1, "momentum": 0.0}],
    "nesterov": [{"lr": 1e-3, "momentum": 0.9}, {"lr": 0.5, "momentum": 0.5}, {"lr": 0.1, "momentum": 0.0}],
    "adagrad": [
        {"lr": 1e-2, "eps": 1e-10, "initial_accumulator_value": 0.0},
        {"lr": 0.5, "eps": 1e-2, "initial_accumulator_value": 0.1},
    ],
    "rmsprop": [
        {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8},
        {"lr": 0.1, "alpha": 0.5, "eps": 1e-3},
        {"lr": 0.1, "alpha": 0.0, "eps": 1e-3},
    ],
    "centered_rmsprop": [{"lr": 1e-2, "alpha": 0.99, "eps": 1e-8}, {"lr": 0.1, "alpha": 0.95, "eps": 1e-3}],
    "adadelta": [
        {"lr": 1.0, "rho": 0.9, "eps": 1e-6},
        {"lr": 0.3, "rho": 0.5, "eps": 1e-2},
        {"lr": 1.0, "rho": 0.0, "eps": 1e-6},
    ],
    "adam": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2},
        {"lr": 0.1, "beta1": 0.0, "beta2": 0.0, "eps": 1e-4},
    ],
    "adamw": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "weight_decay": 0.5},
    ],
}
HYPERPARAMETERS |= {
    "dampened_momentum": [
        {"lr": 1e-3, "momentum": 0.9, "dampening": 0.9},
        {"lr": 0.5, "momentum": 0.5, "dampening": 0.2},
        {"lr": 0.5, "momentum": 0.5, "dampening": 1.0},
    ],
    "aggmo": [
        {"lr": 1e-3, "momentum1": 0.0, "momentum2": 0.9, "momentum3": 0.99},
        {"lr": 0.5, "momentum1": 0.2, "momentum2": 0.5, "momentum3": 0.8},
    ],
    "qhm": [
        {"lr": 1e-3, "momentum": 0.999, "nu": 0.7},
        {"lr": 0.5, "momentum": 0.5, "nu": 1.0},
        {"lr": 0.5, "momentum": 0.5, "nu": 0.0},
    ],
    "signsgd": [{"lr": 1e-3}, {"lr": 2.0}],
    "signum": [{"lr": 1e-3, "momentum": 0.9}, {"lr": 0.5, "momentum": 0.6}, {"lr": 0.1, "momentum": 0.0}],
    "lion": [
        {"lr": 1e-4, "beta1": 0.9, "beta2": 0.99, "weight_decay": 1e-3},
        {"lr": 0.1, "beta1": 0.6, "beta2": 0.9, "weight_decay": 0.5},
    ],
    "rprop": [
        {"lr": 1e-2, "etaminus": 0.5, "etaplus": 1.2, "step_min": 1e-6, "step_max": 50.0},
        {"lr": 0.1, "etaminus": 0.3, "etaplus": 1.5, "step_min": 0.03, "step_max": 0.6},
    ],
    "ftrl": [
        {"lr": 1e-3, "beta": 1.0, "lambda1": 0.0, "lambda2": 0.0},
        {"lr": 0.5, "beta": 0.3, "lambda1": 0.4, "lambda2": 0.1},
        {"lr": 0.5, "beta": 0.0, "lambda1": 0.4, "lambda2": 0.0},
    ],
    "rmsprop_momentum": [
        {"lr": 1e-2, "alpha": 0.99, "eps": 1e-8, "momentum": 0.9},
        {"lr": 0.1, "alpha": 0.5, "eps": 1e-3, "momentum": 0.5},
    ],
    "fully_decoupled_adamw": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-5, "lr_max": 1e-3},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "weight_decay": 0.3, "lr_max": 0.2},
    ],
    "qhadam": [
        {"lr": 1e-3, "beta1": 0.995, "beta2": 0.999, "nu1": 0.7, "nu2": 1.0, "eps": 1e-8},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "nu1": 0.3, "nu2": 0.6, "eps": 1e-2},
    ],
    "ademamix": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "beta3": 0.9999, "mixing": 2.0, "eps": 1e-8},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "beta3": 0.95, "mixing": 5.0, "eps": 1e-2},
    ],
    "nadam": [
        {"lr": 2e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "momentum_decay": 4e-3},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "momentum_decay": 1.0},
    ],
    "adan": [
        {"lr": 1e-3, "beta1": 0.98, "beta2": 0.92, "beta3": 0.99, "eps": 1e-8},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.7, "beta3": 0.9, "eps": 1e-2},
    ],
    # With beta2 = 0.9 and no offset, v reaches a constant g² after ten steps but for rounding, which decides the sign.
    "yogi": [
        {"lr": 1e-2, "beta1": 0.9, "beta2": 0.999, "eps": 1e-3, "initial_accumulator_value": 1e-6},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "initial_accumulator_value": 0.01},
    ],
    "adabelief": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-16},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2},
    ],
    "adabound": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "final_lr": 0.1, "gamma": 1e-3},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "final_lr": 0.3, "gamma": 0.5},
    ],
    # The formula of ρ is a difference of numbers near 2 / (1 − β₂): with beta2 = 0.999 it is good to ten digits.
    "radam": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.9, "eps": 1e-8},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.75, "eps": 1e-2},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.6, "eps": 1e-2},
    ],
    "sophia": [
        {"lr": 1e-3, "beta1": 0.965, "curvature_weight": 0.04, "eps": 1e-12, "weight_decay": 0.1},
        {"lr": 0.1, "beta1": 0.5, "curvature_weight": 0.5, "eps": 0.3, "weight_decay": 0.5},
    ],
    "adopt": [
        {"lr": 1e-3, "beta1": 0.9, "beta2": 0.9999, "eps": 1e-6},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2},
    ],
    "schedule_free_sgd": [{"lr": 1.0, "momentum": 0.9}, {"lr": 0.1, "momentum": 0.5}],
    "schedule_free_adamw": [
        {"lr": 2.5e-3, "beta1": 0.9, "beta2": 0.999, "eps": 1e-8, "weight_decay": 1e-2},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "weight_decay": 0.5},
    ],
}
# v_max of amsgrad_corrected is v / (1 − β₂^t) itself, of which 1 − 0.999 alone rounds away three digits; Adam's root
# of it has half that error.
LIKE_ADAM = {"adamax": 0.999, "amsgrad": 0.999, "amsgrad_corrected": 0.99, "nadam_constant": 0.999, "grams": 0.999}
HYPERPARAMETERS |= {
    name: [
        {"lr": 1e-3, "beta1": 0.9, "beta2": beta2, "eps": 1e-8},
        {"lr": 0.1, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2},
    ]
    for name, beta2 in LIKE_ADAM.items()
}
CASES = [(name, hyperparameters) for name, several in HYPERPARAMETERS.items() for hyperparameters in several]


def gap(ours: np.ndarray, expected: np.ndarray) -> dict[str, float]:
    """By kind of gradient, the largest difference relative to the largest value on that path."""
    scale = np.maximum(np.abs(expected).max(axis=0), np.finfo(float).tiny)
    return dict(zip(histories(), (np.abs(ours - expected) / scale).max(axis=0), strict=True))


def compare(optimizer_class, oracle, hyperparameters: dict[str, float], **options: bool) -> None:
    """Run both on every kind of gradient at once, one parameter each, dividing lr at steps 26 and 41."""
    gradients = np.stack(list(histories().values()), axis=1)
    start = np.random.default_rng(6980).normal(size=gradients.shape[1])
    others = {name: value for name, value in hyperparameters.items() if name != "lr"}
    lrs = [hyperparameters["lr"] * (1 if step < 25 else 0.1 if step < 40 else 0.03) for step in range(STEPS)]

    params = start.copy()
    optimizer = optimizer_class(params, **hyperparameters)
    parameters, states = [], []
    for gradient, lr in zip(gradients, lrs, strict=True):
        optimizer.lr = lr
        optimizer.step(gradient)
        parameters.append(params.copy())
        states.append({name: np.broadcast_to(array, params.shape).copy() for name, array in optimizer.state.items()})

    paths = [
        oracle(list(map(float, column)), float(p0), lrs, **others, **options)
        for column, p0 in zip(gradients.T, start, strict=True)
    ]
    expected = np.stack([path for path, _ in paths], axis=1)
    assert max(gap(np.stack(parameters), expected).values()) < TOLERANCE, gap(np.stack(parameters), expected)
    assert set(states[-1]) == set(paths[0][1][-1])
    for name in states[-1]:
        ours = np.stack([state[name] for state in states])
        theirs = np.stack([[state[name] for state in history] for _, history in paths], axis=1)
        assert max(gap(ours, theirs).values()) < TOLERANCE, (name, gap(ours, theirs))


@pytest.mark.parametrize(("name", "hyperparameters"), CASES, ids=str)
def test_optimizer_is_the_closed_form(name: str, hyperparameters: dict[str, float]):
    compare(fo.OPTIMIZERS[name], ORACLES[name], hyperparameters)


@pytest.mark.parametrize(
    ("name", "hyperparameters"), [case for case in CASES if fo.OPTIMIZERS[case[0]].uncorrected], ids=str
)
def test_uncorrected_optimizer_is_the_closed_form_without_correction(
    name: str, hyperparameters: dict[str, float]
):
    compare(fo.OPTIMIZERS[name].uncorrected, ORACLES[name], hyperparameters, corrected=False)


def test_every_optimizer_is_compared():
    elsewhere = {*MATRIX_ORACLES, *LAYERWISE_ORACLES, *PARAMETER_FREE_ORACLES}  # in the tests of those families
    assert set(HYPERPARAMETERS) == set(ORACLES) == set(fo.OPTIMIZERS) - elsewhere
