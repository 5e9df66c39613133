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


#: Values far from the defaults, of the names that many rules have.
MOVED = {"lr": 0.1, "momentum": 0.5, "beta1": 0.5, "beta2": 0.9, "eps": 1e-2, "weight_decay": 0.5}
#: In the place of others. alpha of the centred form stays where alpha^50 > 0.05: for gradients that hardly change,
#: v − a² is some alpha^t g², and the rule, like its paper, computes it as the difference of two nearly equal numbers.
#: v_max of amsgrad_corrected is v / (1 − β₂^t) itself, of which 1 − 0.999 alone rounds away three digits; Adam's root
#: of it has half that error.
INSTEAD = {"centered_rmsprop": {"alpha": (0.99, 0.95)}, "amsgrad_corrected": {"beta2": (0.99, 0.9)}}
#: Values at which a rule becomes another, or reaches a branch that it seldom takes.
MORE = {
    "momentum": [{"momentum": 0.0}],
    "nesterov": [{"momentum": 0.0}],
    "dampened_momentum": [{"lr": 0.5, "momentum": 0.5, "dampening": 1.0}],
    "qhm": [{"nu": 1.0}, {"nu": 0.0}],
    "signum": [{"momentum": 0.0}],
    "rprop": [{"lr": 0.1, "etaminus": 0.3, "etaplus": 1.5, "step_min": 0.03, "step_max": 0.6}],
    "ftrl": [{"lr": 0.5, "beta": 0.0, "lambda1": 0.4}],
    "rmsprop": [{"lr": 0.1, "alpha": 0.0, "eps": 1e-3}],
    "adadelta": [{"rho": 0.0}],
    "adam": [{"lr": 0.1, "beta1": 0.0, "beta2": 0.0, "eps": 1e-4}],
    "sophia": [{"lr": 0.1, "curvature_weight": 0.5, "eps": 0.3}],
    "radam": [{"beta2": 0.75}, {"beta2": 0.6}],
}


def far(rule: fo.Rule, name: str) -> float:
    """A value of a hyperparameter that is far from its default, and allowed."""
    known = rule.meanings[name]
    if name in MOVED:
        return MOVED[name]
    return 0.6 if known.scale == "complement" else 0.3 if known.high <= 1.5 else max(known.low, 0) + 0.3


def cases(key: str) -> list[dict[str, float]]:
    """The hyperparameters that a rule is run with: the defaults, others, and what is listed above."""
    rule = fo.OPTIMIZERS[key].rule
    usual = dict(rule.hyperparameters)
    moved = {name: far(rule, name) for name in usual}
    for name, (first, second) in INSTEAD.get(key, {}).items():
        usual[name], moved[name] = first, second
    return [usual, moved, *(usual | more for more in MORE.get(key, []))]


CASES = [(key, hyperparameters) for key in ORACLES for hyperparameters in cases(key)]


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
def test_uncorrected_optimizer_is_the_closed_form_without_correction(name: str, hyperparameters: dict[str, float]):
    compare(fo.OPTIMIZERS[name].uncorrected, ORACLES[name], hyperparameters, corrected=False)


def test_every_optimizer_is_compared():
    elsewhere = {*MATRIX_ORACLES, *LAYERWISE_ORACLES, *PARAMETER_FREE_ORACLES}  # in the tests of those families
    assert set(ORACLES) == set(fo.OPTIMIZERS) - elsewhere
    assert {*INSTEAD, *MORE} <= set(ORACLES)
